import GRDB

/// The views, which are a public interface: columns are added, never renamed or removed (`docs/database.md`).
///
/// There is one text of each view. It replaces the text of an older program after the migrations have run. A change needs a new
/// migration, even an empty one: otherwise an older program that opens the database would restore its own views.
enum Views {
  /// Whether the database has these views, each with exactly this text.
  static func areCurrent(_ db: Database) throws -> Bool {
    let rows = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'view'")
    let stored = Dictionary(uniqueKeysWithValues: rows.map { ($0["name"] as String, $0["sql"] as String) })
    return current.allSatisfy { stored[$0.name] == $0.sql }
  }

  /// Replaces the views, unless they are current.
  static func recreate(_ db: Database) throws {
    if try areCurrent(db) { return }
    for view in current {
      try db.execute(sql: "DROP VIEW IF EXISTS \(view.name)")
      try db.execute(sql: view.sql)
    }
  }

  /// Name and text of each view, as SQLite keeps it.
  static let current: [(name: String, sql: String)] = [
    ("v_record", record), ("v_report", report), ("v_source", source),
  ]

  /// One row for each record of each report.
  private static let record = """
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
      flow.issues AS issues, flow.rules_version AS rules_version, source_host.host AS host,
      outcome.evaluation AS evaluation, flow.unknown_ip AS needs_review
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
    LEFT JOIN source_host ON source_host.source_id = source.id
    """

  /// One row for each report.
  private static let report = """
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
      sending_organisation.standing AS standing, report.contested AS contested,
      date(report.first_day * 86400, 'unixepoch') AS first_day,
      date(report.last_day * 86400, 'unixepoch') AS last_day, report.impossible AS impossible
    FROM report
    JOIN reporter ON reporter.id = report.reporter_id
    JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
    JOIN policy ON policy.id = report.policy_id
    LEFT JOIN report_mail ON report_mail.report_id = report.id
    LEFT JOIN sending_organisation ON sending_organisation.id = report.sending_organisation_id
    """

  /// One row for each source address.
  private static let source = """
    CREATE VIEW v_source AS
    SELECT source.text AS source_ip, sum(record.messages) AS messages, count(*) AS row_count,
      sum(record.messages * outcome.dmarc_pass) AS passed, 
      sum(CASE WHEN outcome.dmarc_pass OR outcome.evaluation = 'none' THEN 0 ELSE record.messages END) AS failed,
      sum(record.messages * outcome.dkim_aligned) AS dkim_aligned,
      sum(record.messages * outcome.spf_aligned) AS spf_aligned,
      count(DISTINCT report.reporter_id) AS reporters, count(DISTINCT report.policy_domain_id) AS policy_domains,
      date(coalesce(min(CASE WHEN NOT report.impossible THEN report.first_day END), min(report.first_day)) * 86400,
        'unixepoch') AS first_day,
      date(coalesce(max(CASE WHEN NOT report.impossible THEN report.last_day END), max(report.last_day)) * 86400,
        'unixepoch') AS last_day,
      max(known_sender.name) AS known_sender,
      sum(CASE WHEN outcome.evaluation = 'none' THEN record.messages ELSE 0 END) AS not_evaluated
    FROM source
    JOIN flow ON flow.source_id = source.id
    JOIN outcome ON outcome.id = flow.outcome_id
    JOIN record ON record.flow_id = flow.id
    JOIN report ON report.id = record.report_id
    LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
    GROUP BY source.id
    """
}
