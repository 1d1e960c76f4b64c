import GRDB

/// The migrations of the tables. A released migration never changes; a change is a new migration at the end.
///
/// Migrations do not touch views: ``Views`` contains the current text of each.
enum Schema {
  /// Brings tables and views up to date.
  /// - Parameter progress: takes the completed share of a long migration, 0 to 1.
  static func migrate(_ queue: DatabaseQueue, progress: (Double) -> Void = { _ in }) throws {
    try migrator.migrate(queue)
    try RollUpFill.run(queue, progress: progress)
    try queue.write { try Views.recreate($0) }
  }

  /// Whether tables and views are up to date.
  static func isCurrent(_ db: Database) throws -> Bool {
    try migrator.hasCompletedMigrations(db) && Views.areCurrent(db) && RollUpFill.isComplete(db)
  }

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: reports, records, ledger") { try $0.execute(sql: tables) }
    migrator.registerMigration("2: mailboxes, truncated reports") { try $0.execute(sql: mailboxes) }
    migrator.registerMigration("3: look-ups, verdicts with issues") { try $0.execute(sql: lookUps) }
    migrator.registerMigration("4: mails on servers") { try $0.execute(sql: serverMail) }
    migrator.registerMigration("5: exact copies, quarantine") { try $0.execute(sql: exactCopies) }
    migrator.registerMigration("7: where reports came from") { try $0.execute(sql: reportMail) }
    migrator.registerMigration("9: notices") { try $0.execute(sql: notices) }
    migrator.registerMigration("10: one name for a domain") {
      try $0.execute(sql: plainHashes)
      try DomainMerge.run($0)
    }
    migrator.registerMigration("11: reports set aside") { try $0.execute(sql: setAside) }
    migrator.registerMigration("12: days of reports, evaluations") { try $0.execute(sql: whatReportsSay) }
    migrator.registerMigration("13: senders of one organisation") { try $0.execute(sql: senderScopes) }
    migrator.registerMigration("16: own hosts, learned relays, acknowledgements") { try $0.execute(sql: ownHosts) }
    migrator.registerMigration("17: roll-ups") { try $0.execute(sql: rollUps) }
    migrator.registerMigration("18: outcomes and policies by hash") { try CanonicalKeys.convert($0) }
    migrator.registerMigration("19: organisations to be judged") { try $0.execute(sql: judgedOrganisations) }
    migrator.registerMigration("20: dated DMARC records") { try $0.execute(sql: policySnapshots) }
    migrator.registerMigration("21: matters") { try $0.execute(sql: matters) }
    migrator.registerMigration("22: outbox") { try $0.execute(sql: outbox) }
    migrator.registerMigration("23: dated records of every kind") { try $0.execute(sql: recordSnapshots) }
    // The view itself is replaced after the migrations.
    migrator.registerMigration("24: needs_review in v_record") { _ in }
    return migrator
  }

  private static let mailboxes = """
    ALTER TABLE report ADD COLUMN truncated INTEGER NOT NULL DEFAULT 0;
    -- Set for mbox files: where the last message begins, and a hash that shows whether the file has only grown.
    ALTER TABLE input ADD COLUMN last_mail INTEGER;
    ALTER TABLE input ADD COLUMN fingerprint BLOB;
    ALTER TABLE input_item ADD COLUMN mail_offset INTEGER;
    -- What earlier versions could not read is read again: this one also reads mail and damaged reports.
    DELETE FROM input WHERE id IN (SELECT input_id FROM input_item WHERE outcome IN ('rejected', 'not-a-report'));
    DELETE FROM input_item WHERE input_id NOT IN (SELECT id FROM input);
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

    -- Answers of name servers, kept until they expire.
    CREATE TABLE dns_answer (
      name TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL, answers TEXT NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (name, type)
    ) STRICT, WITHOUT ROWID;
    -- The forward-confirmed reverse DNS name of an address; null if it has none.
    CREATE TABLE source_host (
      source_id INTEGER PRIMARY KEY REFERENCES source ON DELETE CASCADE,
      host TEXT, looked_up_at INTEGER NOT NULL
    ) STRICT;
    -- What the SPF record of a domain authorised, with dates: a new row for each change.
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
    """

  private static let exactCopies = """
    -- Whether something in the report is not stored.
    ALTER TABLE report ADD COLUMN lossy INTEGER NOT NULL DEFAULT 0;
    UPDATE report SET lossy = 1 WHERE dropped_rows > 0;
    -- Whether this copy of the report was truncated or lossy, even if the stored one is neither.
    ALTER TABLE input_item ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0;
    """

  private static let serverMail = """
    -- Mailboxes of IMAP servers. Messages are identified by their UIDs, which are only valid with one UIDVALIDITY.
    CREATE TABLE mailbox (
      id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, uid_validity INTEGER NOT NULL,
      UNIQUE (account, name, uid_validity)
    ) STRICT;
    ALTER TABLE input ADD COLUMN mailbox_id INTEGER REFERENCES mailbox;
    ALTER TABLE input ADD COLUMN uid INTEGER;
    -- The last step of the clean-up of the message on the server.
    ALTER TABLE input ADD COLUMN cleared TEXT;
    CREATE UNIQUE INDEX input_by_uid ON input (mailbox_id, uid) WHERE mailbox_id IS NOT NULL;
    """

  private static let plainHashes = """
    -- The hash of the XML with LF line ends and without a byte order mark; null if it has none other anyway.
    ALTER TABLE report ADD COLUMN plain_sha256 BLOB;
    CREATE INDEX report_by_plain_sha256 ON report (plain_sha256) WHERE plain_sha256 IS NOT NULL;
    """

  private static let notices = """
    -- Problems that last from run to run; those reported less than a day ago are not reported again.
    CREATE TABLE notice (
      scope TEXT NOT NULL, key TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,
      first_seen INTEGER NOT NULL, last_told INTEGER NOT NULL,
      PRIMARY KEY (scope, key)
    ) STRICT, WITHOUT ROWID;
    """

  private static let ownHosts = """
    -- Addresses that the DNS of a From domain names as its own; changed_at is when the set of the domain last changed.
    CREATE TABLE own_host (
      domain TEXT NOT NULL, address BLOB NOT NULL CHECK (length(address) IN (4, 16)), name TEXT NOT NULL,
      type TEXT NOT NULL CHECK (type IN ('A', 'MX')), changed_at INTEGER NOT NULL,
      PRIMARY KEY (domain, address)
    ) STRICT, WITHOUT ROWID;
    -- Relays that mail in the name of an organisation shows, by the key of their infrastructure.
    CREATE TABLE learned_relay (
      key TEXT NOT NULL, organisation TEXT NOT NULL, steady INTEGER NOT NULL, PRIMARY KEY (key, organisation)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX learned_relay_by_organisation ON learned_relay (organisation);
    -- Sources that a person has looked at; severity is that of the worst verdict at that time.
    CREATE TABLE acknowledgement (
      subject TEXT PRIMARY KEY, note TEXT, severity INTEGER NOT NULL, made_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- Set if the record is one of several, so that receivers get a permanent error.
    ALTER TABLE spf_range ADD COLUMN only_meant INTEGER NOT NULL DEFAULT 0;
    """

  private static let judgedOrganisations = """
    -- Organisations that were touched by a change: wanted is the number of the last change that touches their verdicts, judged that of
    -- the last one that these take into account. Where it is smaller, verdicts are out of date.
    CREATE TABLE judged_organisation (
      name TEXT PRIMARY KEY, wanted INTEGER NOT NULL, judged INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX organisation_to_judge ON judged_organisation (name) WHERE judged < wanted;
    """

  private static let policySnapshots = """
    -- The DMARC record of a domain, with dates: a new row for each change. record is null if there was none, or several.
    CREATE TABLE dmarc_snapshot (
      domain TEXT NOT NULL, taken_at INTEGER NOT NULL, checked_at INTEGER NOT NULL, record TEXT,
      PRIMARY KEY (domain, taken_at)
    ) STRICT, WITHOUT ROWID;
    """

  private static let outbox = """
    -- What is to be delivered, and what was. key says what it is and for whom; header and body are the same at each attempt. body is null
    -- once it was delivered or dropped. lease names the attempt under way, which another process may repeat after leased_until.
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('alert', 'digest', 'test')), title TEXT NOT NULL,
      channel TEXT NOT NULL, address TEXT, header TEXT NOT NULL, body BLOB,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
      created_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER,
      lease TEXT, leased_until INTEGER, finished_at INTEGER, cause TEXT
    ) STRICT;
    CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state = 'waiting';
    CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;
    """

  private static let senderScopes = """
    -- The From domains, with all below them, that a sender was declared for; none for all.
    CREATE TABLE known_sender_for (
      known_sender_id INTEGER NOT NULL REFERENCES known_sender ON DELETE CASCADE,
      domain TEXT NOT NULL,
      PRIMARY KEY (known_sender_id, domain)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX flow_by_known_sender ON flow (known_sender_id) WHERE known_sender_id IS NOT NULL;
    """

  private static let setAside = """
    -- Reports that are in no answer: removed, ignored, or in conflict with a stored one. content is the whole report as JSON; null if
    -- it is not kept. report_row_id is the row id that the report had, and gets back.
    CREATE TABLE set_aside (
      id INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('removed', 'ignored', 'conflict')),
      reporter TEXT NOT NULL, report_key TEXT NOT NULL, policy_domain TEXT NOT NULL,
      begin INTEGER NOT NULL, end INTEGER NOT NULL, day INTEGER NOT NULL, sha256 BLOB NOT NULL,
      report_id TEXT, row_count INTEGER NOT NULL, messages INTEGER NOT NULL, incomplete INTEGER NOT NULL,
      sender TEXT, organisation TEXT, is_authenticated INTEGER NOT NULL, origin TEXT,
      set_aside_at INTEGER NOT NULL, set_aside_by TEXT, reason TEXT, rule_id INTEGER,
      report_row_id INTEGER, content_bytes INTEGER NOT NULL, content TEXT
    ) STRICT;
    CREATE INDEX set_aside_by_identity ON set_aside (report_key, reporter, begin);
    CREATE INDEX set_aside_by_row ON set_aside (report_row_id);
    ALTER TABLE input_item ADD COLUMN aside_id INTEGER REFERENCES set_aside ON DELETE SET NULL;
    CREATE INDEX input_item_by_aside ON input_item (aside_id) WHERE aside_id IS NOT NULL;

    -- Another content under the identity of a report, and what was decided. aside_id holds the content that does not count now;
    -- other_row_id is the row id of the other content if both count.
    CREATE TABLE conflict_11 (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      report_id INTEGER NOT NULL, sha256 BLOB NOT NULL, origin TEXT NOT NULL, seen_at INTEGER NOT NULL,
      row_count INTEGER NOT NULL, messages INTEGER NOT NULL,
      aside_id INTEGER REFERENCES set_aside ON DELETE SET NULL,
      decision TEXT CHECK (decision IN ('keep', 'take', 'both')), decided_at INTEGER,
      stored_sha256 BLOB, other_row_id INTEGER,
      UNIQUE (report_id, sha256)
    ) STRICT;
    INSERT INTO conflict_11 (report_id, sha256, origin, seen_at, row_count, messages)
      SELECT report_id, sha256, origin, seen_at, row_count, messages FROM conflict ORDER BY seen_at, report_id, sha256;
    DROP TABLE conflict;
    ALTER TABLE conflict_11 RENAME TO conflict;
    CREATE INDEX conflict_by_aside ON conflict (aside_id) WHERE aside_id IS NOT NULL;

    -- Reporters and domains whose reports are set aside.
    CREATE TABLE ignore_rule (
      id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('reporter', 'domain')), value TEXT NOT NULL,
      origin TEXT NOT NULL CHECK (origin IN ('database', 'configuration')), added_at INTEGER NOT NULL, reason TEXT,
      UNIQUE (kind, value)
    ) STRICT;

    -- What was decided about reports, in order: the trace.
    CREATE TABLE decision (
      id INTEGER PRIMARY KEY, decided_at INTEGER NOT NULL, decided_by TEXT, action TEXT NOT NULL,
      reporter TEXT NOT NULL, report_id TEXT, policy_domain TEXT NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT NULL,
      row_count INTEGER NOT NULL, messages INTEGER NOT NULL, sha256 BLOB NOT NULL, other_sha256 BLOB, reason TEXT
    ) STRICT;
    """

  private static let reportMail = """
    -- Organisations that reports came from: the domain of the message's author, or without a message that of the reported address.
    -- standing says why the rules believe what only this organisation reports; null if they do not.
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
    -- Set if the report is not taken as a statement of the organisation that it seems to come from.
    ALTER TABLE report ADD COLUMN contested INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX report_by_sending_organisation
      ON report (sending_organisation_id, reporter_id, policy_domain_id, day, end, ingested_at, contested);
    """

  private static let whatReportsSay = """
    -- The UTC days that a report covers, as CoveredDays computes them, and whether its period cannot be.
    ALTER TABLE report ADD COLUMN first_day INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE report ADD COLUMN last_day INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE report ADD COLUMN impossible INTEGER NOT NULL DEFAULT 0;
    UPDATE report SET first_day = day, last_day = day, impossible = begin < 946684800 OR max(begin, end) > 172800
      + min(ingested_at, coalesce((SELECT received_at FROM report_mail WHERE report_id = report.id), ingested_at));
    UPDATE report SET first_day = (begin + (end - begin) / ((end - begin + 43200) / 86400) / 2) / 86400,
        last_day = (begin + (end - begin) / ((end - begin + 43200) / 86400) / 2) / 86400
          + (end - begin + 43200) / 86400 - 1
      WHERE end - begin >= 129600;
    UPDATE report SET first_day = day - 183, last_day = day + 182 WHERE end - begin >= 366 * 86400 + 43200;
    -- Whether the receiver evaluated DMARC, or the result was computed, or it is not known (none): neither a pass nor a failure.
    ALTER TABLE outcome ADD COLUMN evaluation TEXT NOT NULL DEFAULT 'reported'
      CHECK (evaluation IN ('reported', 'computed', 'none'));
    UPDATE outcome SET evaluation = 'none' WHERE NOT dmarc_pass AND (evaluated_dkim IS NULL OR evaluated_spf IS NULL);
    CREATE INDEX report_over_days ON report (first_day, last_day) WHERE last_day > first_day;
    """

  private static let rollUps = """
    -- Reports that sums need not tell apart: by one reporter, from one organisation, about the same days. organisation_id is 0 if none
    -- is known; arrival_day is 0 unless the period is impossible; authenticated_by is empty unless a host authenticated the message.
    CREATE TABLE report_group (
      id INTEGER PRIMARY KEY,
      day INTEGER NOT NULL, reporter_id INTEGER NOT NULL, organisation_id INTEGER NOT NULL,
      first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, impossible INTEGER NOT NULL, arrival_day INTEGER NOT NULL,
      contested INTEGER NOT NULL, by_mail INTEGER NOT NULL, authenticated_by TEXT NOT NULL,
      UNIQUE (day, reporter_id, organisation_id, first_day, last_day, impossible, arrival_day, contested, by_mail,
        authenticated_by)
    ) STRICT;
    CREATE INDEX report_group_over_days ON report_group (first_day, last_day) WHERE last_day > first_day;
    ALTER TABLE report ADD COLUMN group_id INTEGER;

    -- What questions choose flows by. An empty text stands for none: a flow without a verdict has not been judged.
    CREATE TABLE flow_kind (
      id INTEGER PRIMARY KEY,
      dmarc_pass INTEGER NOT NULL, dkim_aligned INTEGER NOT NULL, spf_aligned INTEGER NOT NULL,
      evaluation TEXT NOT NULL, disposition TEXT NOT NULL,
      verdict TEXT NOT NULL, subtype TEXT NOT NULL, confidence TEXT NOT NULL, unknown_ip INTEGER NOT NULL,
      failed_signature INTEGER NOT NULL, -- whether a DKIM signature did not verify
      UNIQUE (dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition, verdict, subtype, confidence, unknown_ip,
        failed_signature)
    ) STRICT;
    ALTER TABLE flow ADD COLUMN kind_id INTEGER;

    -- The records of a flow in a month. detail lists rows and messages by report_group, as SumDetail packs them.
    CREATE TABLE flow_month (
      month INTEGER NOT NULL, kind_id INTEGER NOT NULL, domain_id INTEGER NOT NULL, flow_id INTEGER NOT NULL,
      source_id INTEGER NOT NULL, outcome_id INTEGER NOT NULL, messages INTEGER NOT NULL, detail BLOB NOT NULL,
      PRIMARY KEY (month, kind_id, domain_id, flow_id)
    ) STRICT, WITHOUT ROWID;
    -- The sums of all flows of one kind and policy domain in a month.
    CREATE TABLE domain_month (
      month INTEGER NOT NULL, kind_id INTEGER NOT NULL, domain_id INTEGER NOT NULL,
      messages INTEGER NOT NULL, detail BLOB NOT NULL,
      PRIMARY KEY (month, kind_id, domain_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX domain_month_by_domain ON domain_month (domain_id, month, kind_id);
    -- The reports about a policy domain in a month. detail lists reports and dropped rows by report_group.
    CREATE TABLE report_month (
      month INTEGER NOT NULL, domain_id INTEGER NOT NULL, detail BLOB NOT NULL,
      PRIMARY KEY (month, domain_id)
    ) STRICT, WITHOUT ROWID;
    -- Recipient domains of messages that passed, with the number of rows.
    CREATE TABLE recipient (
      header_from_id INTEGER NOT NULL, domain_id INTEGER NOT NULL, row_count INTEGER NOT NULL,
      PRIMARY KEY (header_from_id, domain_id)
    ) STRICT, WITHOUT ROWID;

    \(RollUpFill.kindsOfFlows)
    \(RollUpFill.settings)
    """
}
