import GRDB

/// The tables, step by step. A migration that has shipped is never changed; the next one comes behind it.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: reports, records, ledger") { try $0.execute(sql: tables + views) }
    migrator.registerMigration("2: mailboxes, truncated reports") { try $0.execute(sql: mailboxes) }
    migrator.registerMigration("3: look-ups, verdicts with issues") { try $0.execute(sql: lookUps) }
    migrator.registerMigration("4: mails on servers") { try $0.execute(sql: serverMail) }
    migrator.registerMigration("5: exact copies, quarantine") { try $0.execute(sql: exactCopies) }
    migrator.registerMigration("7: where reports came from") { try $0.execute(sql: reportMail) }
    migrator.registerMigration("9: notices") { try $0.execute(sql: notices) }
    return migrator
  }

  private static let tables = """
    -- Names and addresses that repeat, once each.
    CREATE TABLE reporter (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE domain (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE source (
      id INTEGER PRIMARY KEY,
      address BLOB NOT NULL UNIQUE CHECK (length(address) IN (4, 16)),
      text TEXT NOT NULL
    ) STRICT;

    -- Published policies, once each; key is the canonical JSON of all columns.
    CREATE TABLE policy (
      id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
      domain_id INTEGER NOT NULL REFERENCES domain,
      adkim TEXT, aspf TEXT, p TEXT, sp TEXT, np TEXT, pct INTEGER, fo TEXT, testing TEXT, discovery_method TEXT
    ) STRICT;

    -- Whole authentication outcomes, once each; key is the canonical JSON of all columns.
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

    -- What is judged: one source with one outcome under one policy. verdict is null until it has been judged.
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

    -- The ledger: every input that was looked at, and what became of it.
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

    -- Another content under the identity of a report that is kept.
    CREATE TABLE conflict (
      report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
      sha256 BLOB NOT NULL, origin TEXT NOT NULL, seen_at INTEGER NOT NULL,
      row_count INTEGER NOT NULL, messages INTEGER NOT NULL,
      PRIMARY KEY (report_id, sha256)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

    """

  private static let views = """
    CREATE VIEW v_record AS
    SELECT record.report_id AS report_row_id, record.ordinal AS ordinal, reporter.name AS reporter,
      report.report_id AS report_id, policy_domain.name AS policy_domain, report.begin AS begin, report.end AS end,
      date(report.day * 86400, 'unixepoch') AS day, source.text AS source_ip, record.messages AS messages,
      outcome.disposition AS disposition, outcome.dkim_aligned AS dkim_aligned, outcome.spf_aligned AS spf_aligned,
      outcome.dmarc_pass AS dmarc_pass, header_from.name AS header_from, envelope_from.name AS envelope_from,
      envelope_to.name AS envelope_to, outcome.dkim_results AS dkim_results, outcome.spf_results AS spf_results,
      outcome.reasons AS reasons, flow.verdict AS verdict, flow.subtype AS subtype, flow.confidence AS confidence,
      flow.rule AS rule, flow.unknown_ip AS unknown_ip, known_sender.name AS known_sender,
      outcome.extension AS extension
    FROM record
    JOIN report ON report.id = record.report_id
    JOIN reporter ON reporter.id = report.reporter_id
    JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
    JOIN flow ON flow.id = record.flow_id
    JOIN source ON source.id = flow.source_id
    JOIN outcome ON outcome.id = flow.outcome_id
    LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
    LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id
    LEFT JOIN domain AS envelope_to ON envelope_to.id = record.envelope_to_id
    LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id;

    CREATE VIEW v_report AS
    SELECT report.id AS report_row_id, reporter.name AS reporter, report.report_id AS report_id,
      policy_domain.name AS policy_domain, report.begin AS begin, report.end AS end,
      date(report.day * 86400, 'unixepoch') AS day, report.org_name AS org_name, report.email AS email,
      report.extra_contact_info AS extra_contact_info, report.errors AS errors, report.generator AS generator,
      report.version AS version, report.namespace AS namespace, report.dialect AS dialect,
      report.extension AS extension, policy.adkim AS adkim, policy.aspf AS aspf, policy.p AS p, policy.sp AS sp,
      policy.np AS np, policy.pct AS pct, policy.fo AS fo, policy.testing AS testing,
      policy.discovery_method AS discovery_method, report.row_count AS row_count, report.messages AS messages,
      report.dropped_rows AS dropped_rows, report.warning_count AS warning_count, report.recovered AS recovered,
      lower(hex(report.sha256)) AS sha256, report.ingested_at AS ingested_at,
      (SELECT input.path || coalesce('#' || input_item.member, '') FROM input_item
        JOIN input ON input.id = input_item.input_id
        WHERE input_item.report_id = report.id AND input_item.outcome = 'ingested' LIMIT 1) AS origin
    FROM report
    JOIN reporter ON reporter.id = report.reporter_id
    JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
    JOIN policy ON policy.id = report.policy_id;

    CREATE VIEW v_source AS
    SELECT source.text AS source_ip, sum(record.messages) AS messages, count(*) AS row_count,
      sum(record.messages * outcome.dmarc_pass) AS passed, sum(record.messages * (1 - outcome.dmarc_pass)) AS failed,
      sum(record.messages * outcome.dkim_aligned) AS dkim_aligned,
      sum(record.messages * outcome.spf_aligned) AS spf_aligned,
      count(DISTINCT report.reporter_id) AS reporters, count(DISTINCT report.policy_domain_id) AS policy_domains,
      date(min(report.day) * 86400, 'unixepoch') AS first_day, date(max(report.day) * 86400, 'unixepoch') AS last_day,
      max(known_sender.name) AS known_sender
    FROM source
    JOIN flow ON flow.source_id = source.id
    JOIN outcome ON outcome.id = flow.outcome_id
    JOIN record ON record.flow_id = flow.id
    JOIN report ON report.id = record.report_id
    LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
    GROUP BY source.id;
    """

  private static let mailboxes = """
    ALTER TABLE report ADD COLUMN truncated INTEGER NOT NULL DEFAULT 0;
    -- Set for mbox files: where the last mail begins, and what tells whether the file has only grown.
    ALTER TABLE input ADD COLUMN last_mail INTEGER;
    ALTER TABLE input ADD COLUMN fingerprint BLOB;
    ALTER TABLE input_item ADD COLUMN mail_offset INTEGER;
    -- What could not be read before mail and damaged reports were read is to be looked at again.
    DELETE FROM input WHERE id IN (SELECT input_id FROM input_item WHERE outcome IN ('rejected', 'not-a-report'));
    DELETE FROM input_item WHERE input_id NOT IN (SELECT id FROM input);
    DROP VIEW v_report;
    CREATE VIEW v_report AS
    SELECT report.id AS report_row_id, reporter.name AS reporter, report.report_id AS report_id,
      policy_domain.name AS policy_domain, report.begin AS begin, report.end AS end,
      date(report.day * 86400, 'unixepoch') AS day, report.org_name AS org_name, report.email AS email,
      report.extra_contact_info AS extra_contact_info, report.errors AS errors, report.generator AS generator,
      report.version AS version, report.namespace AS namespace, report.dialect AS dialect,
      report.extension AS extension, policy.adkim AS adkim, policy.aspf AS aspf, policy.p AS p, policy.sp AS sp,
      policy.np AS np, policy.pct AS pct, policy.fo AS fo, policy.testing AS testing,
      policy.discovery_method AS discovery_method, report.row_count AS row_count, report.messages AS messages,
      report.dropped_rows AS dropped_rows, report.warning_count AS warning_count, report.recovered AS recovered,
      report.truncated AS truncated,
      lower(hex(report.sha256)) AS sha256, report.ingested_at AS ingested_at,
      (SELECT input.path || coalesce('#' || input_item.member, '') FROM input_item
        JOIN input ON input.id = input_item.input_id
        WHERE input_item.report_id = report.id AND input_item.outcome = 'ingested' LIMIT 1) AS origin
    FROM report
    JOIN reporter ON reporter.id = report.reporter_id
    JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
    JOIN policy ON policy.id = report.policy_id;
    """

  private static let lookUps = """
    -- Senders are also known by host names and autonomous systems.
    CREATE TABLE known_sender_match_3 (
      known_sender_id INTEGER NOT NULL REFERENCES known_sender ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('network', 'domain', 'host', 'asn')), value TEXT NOT NULL,
      PRIMARY KEY (known_sender_id, kind, value)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO known_sender_match_3 SELECT known_sender_id, kind, value FROM known_sender_match;
    DROP TABLE known_sender_match;
    ALTER TABLE known_sender_match_3 RENAME TO known_sender_match;

    -- Answers of name servers, kept for as long as they say.
    CREATE TABLE dns_answer (
      name TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL, answers TEXT NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (name, type)
    ) STRICT, WITHOUT ROWID;
    -- The host name of an address, where it leads back to the address; null where there is none.
    CREATE TABLE source_host (
      source_id INTEGER PRIMARY KEY REFERENCES source ON DELETE CASCADE,
      host TEXT, looked_up_at INTEGER NOT NULL
    ) STRICT;
    -- What the SPF record of a domain authorised, dated: a new row whenever it has changed.
    CREATE TABLE spf_snapshot (
      id INTEGER PRIMARY KEY, domain TEXT NOT NULL, taken_at INTEGER NOT NULL, checked_at INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('valid', 'none', 'permerror', 'temperror')),
      record TEXT, errors TEXT NOT NULL, dynamic_terms TEXT NOT NULL,
      look_ups INTEGER NOT NULL, void_look_ups INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX spf_snapshot_by_domain ON spf_snapshot (domain, taken_at);
    CREATE TABLE spf_range (
      snapshot_id INTEGER NOT NULL REFERENCES spf_snapshot ON DELETE CASCADE,
      ordinal INTEGER NOT NULL, network TEXT NOT NULL, path TEXT NOT NULL, term TEXT NOT NULL,
      everybody INTEGER NOT NULL, shared INTEGER NOT NULL,
      PRIMARY KEY (snapshot_id, ordinal)
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE flow ADD COLUMN issues TEXT;
    ALTER TABLE flow ADD COLUMN rules_version INTEGER;
    DROP INDEX flow_unjudged;
    CREATE INDEX outcome_by_header_from ON outcome (header_from_id);
    DROP VIEW v_record;
    CREATE VIEW v_record AS
    SELECT record.report_id AS report_row_id, record.ordinal AS ordinal, reporter.name AS reporter,
      report.report_id AS report_id, policy_domain.name AS policy_domain, report.begin AS begin, report.end AS end,
      date(report.day * 86400, 'unixepoch') AS day, source.text AS source_ip, record.messages AS messages,
      outcome.disposition AS disposition, outcome.dkim_aligned AS dkim_aligned, outcome.spf_aligned AS spf_aligned,
      outcome.dmarc_pass AS dmarc_pass, header_from.name AS header_from, envelope_from.name AS envelope_from,
      envelope_to.name AS envelope_to, outcome.dkim_results AS dkim_results, outcome.spf_results AS spf_results,
      outcome.reasons AS reasons, flow.verdict AS verdict, flow.subtype AS subtype, flow.confidence AS confidence,
      flow.rule AS rule, flow.unknown_ip AS unknown_ip, known_sender.name AS known_sender,
      outcome.extension AS extension,
      flow.issues AS issues, flow.rules_version AS rules_version, source_host.host AS host
    FROM record
    JOIN report ON report.id = record.report_id
    JOIN reporter ON reporter.id = report.reporter_id
    JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
    JOIN flow ON flow.id = record.flow_id
    JOIN source ON source.id = flow.source_id
    JOIN outcome ON outcome.id = flow.outcome_id
    LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
    LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id
    LEFT JOIN domain AS envelope_to ON envelope_to.id = record.envelope_to_id
    LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
    LEFT JOIN source_host ON source_host.source_id = source.id;
    """

  private static let exactCopies = """
    -- Whether something that the report says is not stored.
    ALTER TABLE report ADD COLUMN lossy INTEGER NOT NULL DEFAULT 0;
    UPDATE report SET lossy = 1 WHERE dropped_rows > 0;
    -- Whether this copy of the report was cut off or lossy, also if the stored one is neither.
    ALTER TABLE input_item ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0;
    """

  private static let serverMail = """
    -- Mailboxes of IMAP servers. Mails in them are known by their UIDs, which are worth something only under one UIDVALIDITY.
    CREATE TABLE mailbox (
      id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, uid_validity INTEGER NOT NULL,
      UNIQUE (account, name, uid_validity)
    ) STRICT;
    ALTER TABLE input ADD COLUMN mailbox_id INTEGER REFERENCES mailbox;
    ALTER TABLE input ADD COLUMN uid INTEGER;
    -- What has been done with the mail on the server since it was stored, as far as it has come.
    ALTER TABLE input ADD COLUMN cleared TEXT;
    CREATE UNIQUE INDEX input_by_uid ON input (mailbox_id, uid) WHERE mailbox_id IS NOT NULL;
    """

  private static let notices = """
    -- Problems that last from run to run; what was reported less than a day ago is not reported again.
    CREATE TABLE notice (
      scope TEXT NOT NULL, key TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,
      first_seen INTEGER NOT NULL, last_told INTEGER NOT NULL,
      PRIMARY KEY (scope, key)
    ) STRICT, WITHOUT ROWID;
    """

  private static let reportMail = """
    -- Organisations that reports came from: the domain of the message's author, or without a message that of the reported address.
    -- standing says why the rules believe what it alone reports; null if they do not.
    CREATE TABLE sending_organisation (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
      standing TEXT CHECK (standing IN ('usual', 'authenticated'))
    ) STRICT;
    -- What the header says of the message that a report came in.
    CREATE TABLE report_mail (
      report_id INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
      sender TEXT, forwarded_by TEXT, received_at INTEGER,
      agreement TEXT NOT NULL CHECK (agreement IN ('agrees', 'disagrees', 'unknown')),
      signature_domains TEXT NOT NULL, is_signed INTEGER NOT NULL,
      authenticated_by TEXT, authenticated_domain TEXT, dkim_domains TEXT NOT NULL, spf_domain TEXT, dmarc_domain TEXT
    ) STRICT;
    ALTER TABLE report ADD COLUMN sending_organisation_id INTEGER REFERENCES sending_organisation;
    -- Set if the report is not taken for the word of the organisation that it seems to come from.
    ALTER TABLE report ADD COLUMN contested INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX report_by_sending_organisation
      ON report (sending_organisation_id, reporter_id, policy_domain_id, day, end, ingested_at, contested);
    DROP VIEW v_report;
    CREATE VIEW v_report AS
    SELECT report.id AS report_row_id, reporter.name AS reporter, report.report_id AS report_id,
      policy_domain.name AS policy_domain, report.begin AS begin, report.end AS end,
      date(report.day * 86400, 'unixepoch') AS day, report.org_name AS org_name, report.email AS email,
      report.extra_contact_info AS extra_contact_info, report.errors AS errors, report.generator AS generator,
      report.version AS version, report.namespace AS namespace, report.dialect AS dialect,
      report.extension AS extension, policy.adkim AS adkim, policy.aspf AS aspf, policy.p AS p, policy.sp AS sp,
      policy.np AS np, policy.pct AS pct, policy.fo AS fo, policy.testing AS testing,
      policy.discovery_method AS discovery_method, report.row_count AS row_count, report.messages AS messages,
      report.dropped_rows AS dropped_rows, report.warning_count AS warning_count, report.recovered AS recovered,
      report.truncated AS truncated,
      lower(hex(report.sha256)) AS sha256, report.ingested_at AS ingested_at,
      (SELECT input.path || coalesce('#' || input_item.member, '') FROM input_item
        JOIN input ON input.id = input_item.input_id
        WHERE input_item.report_id = report.id AND input_item.outcome = 'ingested' LIMIT 1) AS origin,
      report_mail.sender AS mail_from, report_mail.forwarded_by AS forwarded_by,
      report_mail.authenticated_by AS authenticated_by, report_mail.authenticated_domain AS authenticated_domain,
      report_mail.signature_domains AS dkim_signatures, report_mail.dkim_domains AS dkim_passed,
      report_mail.spf_domain AS spf_passed, report_mail.dmarc_domain AS dmarc_passed,
      report_mail.agreement AS sender_agreement, sending_organisation.name AS sending_organisation,
      sending_organisation.standing AS standing, report.contested AS contested
    FROM report
    JOIN reporter ON reporter.id = report.reporter_id
    JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
    JOIN policy ON policy.id = report.policy_id
    LEFT JOIN report_mail ON report_mail.report_id = report.id
    LEFT JOIN sending_organisation ON sending_organisation.id = report.sending_organisation_id;
    """
}
