extension Schema {
  /// The tables of the first migration. Later migrations change them: the schema of today is in docs/database.md.
  static let tables = """
    -- Names and addresses that repeat are stored once.
    CREATE TABLE reporter (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE domain (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE source (
      id INTEGER PRIMARY KEY,
      address BLOB NOT NULL UNIQUE CHECK (length(address) IN (4, 16)),
      text TEXT NOT NULL
    ) STRICT;

    -- Distinct published policies; key is the canonical JSON of all columns.
    CREATE TABLE policy (
      id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
      domain_id INTEGER NOT NULL REFERENCES domain,
      adkim TEXT, aspf TEXT, p TEXT, sp TEXT, np TEXT, pct INTEGER, fo TEXT, testing TEXT, discovery_method TEXT
    ) STRICT;

    -- Distinct authentication outcomes; key is the canonical JSON of all columns.
    CREATE TABLE outcome (
      id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
      disposition TEXT, dkim_aligned INTEGER NOT NULL, spf_aligned INTEGER NOT NULL, dmarc_pass INTEGER NOT NULL,
      header_from_id INTEGER REFERENCES domain, envelope_from_id INTEGER REFERENCES domain,
      evaluated_dkim TEXT, evaluated_spf TEXT,
      dkim_results TEXT NOT NULL, spf_results TEXT NOT NULL, reasons TEXT NOT NULL, extension TEXT
    ) STRICT;

    CREATE TABLE known_sender (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
      origin TEXT NOT NULL CHECK (origin IN ('database', 'configuration'))
    ) STRICT;
    CREATE TABLE known_sender_match (
      known_sender_id INTEGER NOT NULL REFERENCES known_sender ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('network', 'domain')), value TEXT NOT NULL,
      PRIMARY KEY (known_sender_id, kind, value)
    ) STRICT, WITHOUT ROWID;

    -- What is classified: one source with one outcome under one policy. verdict is null before that.
    CREATE TABLE flow (
      id INTEGER PRIMARY KEY,
      source_id INTEGER NOT NULL REFERENCES source,
      outcome_id INTEGER NOT NULL REFERENCES outcome,
      policy_id INTEGER NOT NULL REFERENCES policy,
      known_sender_id INTEGER REFERENCES known_sender ON DELETE SET NULL,
      verdict TEXT, subtype TEXT, confidence TEXT, rule TEXT, unknown_ip INTEGER,
      UNIQUE (source_id, outcome_id, policy_id)
    ) STRICT;
    CREATE INDEX flow_by_outcome ON flow (outcome_id);
    CREATE INDEX flow_unjudged ON flow (id) WHERE verdict IS NULL;

    -- The ledger: every input that was read, and what became of it.
    CREATE TABLE input (
      id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL, modified INTEGER NOT NULL, tried_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE report (
      id INTEGER PRIMARY KEY,
      reporter_id INTEGER NOT NULL REFERENCES reporter,
      report_key TEXT NOT NULL,
      policy_domain_id INTEGER NOT NULL REFERENCES domain,
      begin INTEGER NOT NULL, end INTEGER NOT NULL, day INTEGER NOT NULL,
      sha256 BLOB NOT NULL UNIQUE,
      policy_id INTEGER NOT NULL REFERENCES policy,
      org_name TEXT, email TEXT, extra_contact_info TEXT, report_id TEXT, errors TEXT NOT NULL, generator TEXT,
      version TEXT, namespace TEXT, dialect TEXT NOT NULL, extension TEXT,
      row_count INTEGER NOT NULL, messages INTEGER NOT NULL, dropped_rows INTEGER NOT NULL,
      warning_count INTEGER NOT NULL, recovered INTEGER NOT NULL DEFAULT 0,
      ingested_at INTEGER NOT NULL,
      UNIQUE (reporter_id, report_key, policy_domain_id, begin, end)
    ) STRICT;
    CREATE INDEX report_by_day ON report (day);
    CREATE INDEX report_by_domain ON report (policy_domain_id, day);

    CREATE TABLE record (
      report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
      ordinal INTEGER NOT NULL,
      flow_id INTEGER NOT NULL REFERENCES flow,
      envelope_to_id INTEGER REFERENCES domain,
      messages INTEGER NOT NULL,
      PRIMARY KEY (report_id, ordinal)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX record_by_flow ON record (flow_id, messages);

    CREATE TABLE warning (
      report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
      ordinal INTEGER NOT NULL, code TEXT NOT NULL, line INTEGER, message TEXT NOT NULL,
      PRIMARY KEY (report_id, ordinal)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE input_item (
      input_id INTEGER NOT NULL REFERENCES input ON DELETE CASCADE,
      ordinal INTEGER NOT NULL, member TEXT,
      outcome TEXT NOT NULL CHECK (outcome IN ('ingested', 'duplicate', 'conflict', 'rejected', 'not-a-report')),
      report_id INTEGER REFERENCES report ON DELETE SET NULL,
      code TEXT, cause TEXT, line INTEGER, next_step TEXT,
      PRIMARY KEY (input_id, ordinal)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX input_item_by_report ON input_item (report_id);
    CREATE INDEX input_item_rejected ON input_item (input_id) WHERE outcome = 'rejected';

    -- Another content under the identity of a stored report.
    CREATE TABLE conflict (
      report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
      sha256 BLOB NOT NULL, origin TEXT NOT NULL, seen_at INTEGER NOT NULL,
      row_count INTEGER NOT NULL, messages INTEGER NOT NULL,
      PRIMARY KEY (report_id, sha256)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

    """
}
