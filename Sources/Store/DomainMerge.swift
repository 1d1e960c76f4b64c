import DMARC
import GRDB

/// Migration 10: earlier versions stored a name beyond ASCII as it was reported, so that one domain had a row for each spelling. Each now
/// has one, its A-label, and so have the policies, outcomes, flows and reports that differed in nothing else.
///
/// Everything that repeats is read in pages and matched in temporary tables, so memory does not grow with the database. Verdicts are
/// reached again afterwards, because they depend on all mail of an organisation.
struct DomainMerge {
  private let db: Database
  private static let page = 500
  /// Whether a text has a character beyond ASCII, in SQL.
  private static let isForeign = "GLOB '*[^' || char(1) || '-' || char(127) || ']*'"

  static func run(_ db: Database) throws {
    let names = try String.fetchOne(db, sql: "SELECT name FROM domain WHERE name \(isForeign) LIMIT 1")
    let keys = try String.fetchOne(db, sql: "SELECT key FROM outcome WHERE key \(isForeign) LIMIT 1")
    let merge = DomainMerge(db: db)
    try merge.renameDeclarations()
    try merge.renameLookUps()
    try merge.renameMail()
    try db.execute(
      sql: """
        CREATE TEMP TABLE merged_domain (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
        CREATE TEMP TABLE merged_policy (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
        CREATE TEMP TABLE merged_outcome (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
        CREATE TEMP TABLE merged_flow (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
        """)
    if names != nil || keys != nil {
      try merge.mergeDomains()
      try merge.mergePolicies()
      try merge.mergeOutcomes()
      try merge.mergeFlows()
    }
    try merge.mergeReports()
    try db.execute(
      sql: """
        UPDATE record SET envelope_to_id = (SELECT new FROM merged_domain WHERE old = envelope_to_id)
          WHERE envelope_to_id IN (SELECT old FROM merged_domain) AND EXISTS (SELECT * FROM merged_domain);
        DELETE FROM policy WHERE id IN (SELECT old FROM merged_policy);
        DELETE FROM outcome WHERE id IN (SELECT old FROM merged_outcome);
        DELETE FROM domain WHERE id IN (SELECT old FROM merged_domain);
        DROP TABLE merged_domain; DROP TABLE merged_policy; DROP TABLE merged_outcome; DROP TABLE merged_flow;
        """)
  }

  /// Calls `body` with the rows of a query in pages; the first column is the row id, and the query compares it with its parameter.
  private func forEach(_ sql: String, _ body: (Row) throws -> Void) throws {
    var last: Int64 = .min
    while true {
      let rows = try Row.fetchAll(
        db, sql: sql + " ORDER BY 1 LIMIT \(Self.page)", arguments: [last])
      try rows.forEach(body)
      guard rows.count == Self.page, let next = rows.last?[0] as Int64? else { return }
      last = next
    }
  }

  private func note(_ table: String, _ old: Int64, _ new: Int64) throws {
    try db.execute(sql: "INSERT INTO merged_\(table) VALUES (?, ?)", arguments: [old, new])
  }

  // MARK: Values

  private func mergeDomains() throws {
    try forEach("SELECT id, name FROM domain WHERE id > ? AND name \(Self.isForeign)") { row in
      let (id, name): (Int64, String) = (row[0], row[1])
      let ascii = OutcomeColumns.fold(name)
      guard !ascii.isEmpty, !Self.isSame(ascii, name) else { return }
      if let other = try Int64.fetchOne(db, sql: "SELECT id FROM domain WHERE name = ?", arguments: [ascii]) {
        try note("domain", id, other)
      } else {
        try db.execute(sql: "UPDATE domain SET name = ? WHERE id = ?", arguments: [ascii, id])
      }
    }
  }

  private func mergePolicies() throws {
    try forEach(
      """
      SELECT policy.id, key, coalesce(new, domain_id) AS merged_id, domain.name AS domain, adkim, aspf, p, sp, np, pct, fo,
        testing, discovery_method
      FROM policy LEFT JOIN merged_domain ON old = domain_id JOIN domain ON domain.id = coalesce(new, domain_id)
      WHERE policy.id > ? AND key \(Self.isForeign)
      """
    ) { row in
      var policy = PolicyPublished()
      policy.adkim = (row["adkim"] as String?).flatMap(AlignmentMode.init)
      policy.aspf = (row["aspf"] as String?).flatMap(AlignmentMode.init)
      policy.p = (row["p"] as String?).flatMap(RequestedPolicy.init)
      policy.sp = (row["sp"] as String?).flatMap(RequestedPolicy.init)
      policy.np = (row["np"] as String?).flatMap(RequestedPolicy.init)
      policy.pct = row["pct"]
      policy.fo = row["fo"]
      policy.testing = row["testing"]
      policy.discoveryMethod = row["discovery_method"]
      let (id, old): (Int64, String) = (row["id"], row["key"])
      guard let domain = DomainName(row["domain"]) else { return }
      let key = policy.canonicalText(for: domain)
      guard !Self.isSame(key, old) else { return }
      if let other = try Int64.fetchOne(db, sql: "SELECT id FROM policy WHERE key = ?", arguments: [key]) {
        try note("policy", id, other)
      } else {
        try db.execute(
          sql: "UPDATE policy SET key = ?, domain_id = ? WHERE id = ?", arguments: [key, row["merged_id"] as Int64, id])
      }
    }
  }

  private func mergeOutcomes() throws {
    try forEach(
      """
      SELECT outcome.id, key, disposition, evaluated_dkim, evaluated_spf, dkim_results, spf_results, reasons, extension,
        header_from.name AS header_from, envelope_from.name AS envelope_from
      FROM outcome LEFT JOIN domain AS header_from ON header_from.id = header_from_id
        LEFT JOIN domain AS envelope_from ON envelope_from.id = envelope_from_id
      WHERE outcome.id > ? AND key \(Self.isForeign)
      """
    ) { row in
      var outcome = AuthenticationOutcome()
      outcome.disposition = (row["disposition"] as String?).flatMap(Disposition.init)
      outcome.evaluatedDKIM = (row["evaluated_dkim"] as String?).flatMap(AlignedResult.init)
      outcome.evaluatedSPF = (row["evaluated_spf"] as String?).flatMap(AlignedResult.init)
      outcome.headerFrom = row["header_from"]
      outcome.envelopeFrom = row["envelope_from"]
      outcome.dkim = try OutcomeColumns.dkim(row["dkim_results"])
      outcome.spf = try OutcomeColumns.spf(row["spf_results"])
      outcome.reasons = try OutcomeColumns.reasons(row["reasons"])
      outcome.extensionXML = row["extension"]
      try merge(outcome.canonical, row["id"], row["key"])
    }
  }

  private func merge(_ outcome: AuthenticationOutcome, _ id: Int64, _ old: String) throws {
    let key = outcome.form.string
    guard !Self.isSame(key, old) else { return }
    if let other = try Int64.fetchOne(db, sql: "SELECT id FROM outcome WHERE key = ?", arguments: [key]) {
      return try note("outcome", id, other)
    }
    try db.execute(
      sql: """
        UPDATE outcome SET key = ?, dkim_results = ?, spf_results = ?,
          header_from_id = coalesce((SELECT new FROM merged_domain WHERE old = header_from_id), header_from_id),
          envelope_from_id = coalesce((SELECT new FROM merged_domain WHERE old = envelope_from_id), envelope_from_id)
        WHERE id = ?
        """,
      arguments: [
        key, OutcomeColumns.json { $0.dkimResults(outcome.dkim) }, OutcomeColumns.json { $0.spfResults(outcome.spf) },
        id,
      ])
  }

  private func mergeFlows() throws {
    try forEach(
      """
      SELECT flow.id, source_id, coalesce(merged_outcome.new, outcome_id), coalesce(merged_policy.new, policy_id)
      FROM flow LEFT JOIN merged_outcome ON merged_outcome.old = outcome_id
        LEFT JOIN merged_policy ON merged_policy.old = policy_id
      WHERE flow.id > ? AND (merged_outcome.new IS NOT NULL OR merged_policy.new IS NOT NULL)
      """
    ) { row in
      let (id, source, outcome, policy): (Int64, Int64, Int64, Int64) = (row[0], row[1], row[2], row[3])
      let other = try Int64.fetchOne(
        db, sql: "SELECT id FROM flow WHERE source_id = ? AND outcome_id = ? AND policy_id = ?",
        arguments: [source, outcome, policy])
      if let other { return try note("flow", id, other) }
      try db.execute(
        sql: "UPDATE flow SET outcome_id = ?, policy_id = ? WHERE id = ?", arguments: [outcome, policy, id])
    }
    try db.execute(
      sql: """
        UPDATE record SET flow_id = (SELECT new FROM merged_flow WHERE old = flow_id)
          WHERE flow_id IN (SELECT old FROM merged_flow);
        DELETE FROM flow WHERE id IN (SELECT old FROM merged_flow);
        UPDATE report SET policy_id = (SELECT new FROM merged_policy WHERE old = policy_id)
          WHERE policy_id IN (SELECT old FROM merged_policy);
        DELETE FROM setting WHERE key IN ('judged.report', 'judged.rules');
        """)
  }

  // MARK: Declarations, lookups, mail

  private func renameDeclarations() throws {
    let rows = try Row.fetchAll(
      db,
      sql: "SELECT * FROM known_sender_match WHERE kind IN ('domain', 'host') AND value \(Self.isForeign)")
    for row in rows {
      let (sender, kind, value): (Int64, String, String) = (row["known_sender_id"], row["kind"], row["value"])
      let ascii = OutcomeColumns.fold(value)
      guard !ascii.isEmpty, !Self.isSame(ascii, value) else { continue }
      try db.execute(
        sql: "INSERT OR IGNORE INTO known_sender_match VALUES (?, ?, ?)", arguments: [sender, kind, ascii])
      try db.execute(
        sql: "DELETE FROM known_sender_match WHERE known_sender_id = ? AND kind = ? AND value = ?",
        arguments: [sender, kind, value])
    }
  }

  private func renameLookUps() throws {
    try db.execute(sql: "DELETE FROM dns_answer WHERE name \(Self.isForeign)")
    // Name servers were asked for names that are in no zone.
    try db.execute(
      sql: """
        DELETE FROM spf_range WHERE snapshot_id IN (SELECT id FROM spf_snapshot WHERE domain \(Self.isForeign));
        DELETE FROM spf_snapshot WHERE domain \(Self.isForeign);
        """)
    try rename("source_host", "source_id", ["host"], isList: false)
  }

  private func renameMail() throws {
    try rename(
      "report_mail", "report_id", ["authenticated_by", "authenticated_domain", "spf_domain", "dmarc_domain"],
      isList: false)
    try rename("report_mail", "report_id", ["signature_domains", "dkim_domains"], isList: true)
  }

  /// Converts the names in columns of a table.
  private func rename(_ table: String, _ id: String, _ columns: [String], isList: Bool) throws {
    for column in columns {
      try forEach("SELECT \(id), \(column) FROM \(table) WHERE \(id) > ? AND \(column) \(Self.isForeign)") { row in
        let text: String = row[1]
        let ascii =
          try isList
          ? OutcomeColumns.list(OutcomeColumns.strings(text).map(OutcomeColumns.fold)) : OutcomeColumns.fold(text)
        guard !Self.isSame(ascii, text) else { return }
        try db.execute(
          sql: "UPDATE \(table) SET \(column) = ? WHERE \(id) = ?", arguments: [ascii, row[0] as Int64])
      }
    }
  }

  // MARK: Reports

  /// Reports of which the domain or the reporter has a new name. Two that thereby have one identity and the same rows are copies. If
  /// their rows differ, both are kept: the messages of neither may have been counted by the other.
  private func mergeReports() throws {
    let reporters = try mergedNames("reporter")
    let organisations = try mergedNames("sending_organisation")
    try db.execute(sql: "CREATE TEMP TABLE merged_reporter (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
    for (old, new) in reporters { try note("reporter", old, new) }
    for (old, new) in organisations {
      try db.execute(
        sql: "UPDATE report SET sending_organisation_id = ? WHERE sending_organisation_id = ?", arguments: [new, old])
      try db.execute(sql: "DELETE FROM sending_organisation WHERE id = ?", arguments: [old])
    }
    try forEach(
      """
      SELECT report.id, coalesce(merged_reporter.new, reporter_id), report_key,
        coalesce(merged_domain.new, policy_domain_id), begin, end
      FROM report LEFT JOIN merged_reporter ON merged_reporter.old = reporter_id
        LEFT JOIN merged_domain ON merged_domain.old = policy_domain_id
      WHERE report.id > ? AND (merged_reporter.new IS NOT NULL OR merged_domain.new IS NOT NULL)
      """
    ) { row in
      let (id, reporter, domain): (Int64, Int64, Int64) = (row[0], row[1], row[3])
      let key: String = row[2]
      let other = try Int64.fetchOne(
        db,
        sql: """
          SELECT id FROM report
          WHERE reporter_id = ? AND report_key = ? AND policy_domain_id = ? AND begin = ? AND end = ? AND id <> ?
          """, arguments: [reporter, key, domain, row[4] as Int64, row[5] as Int64, id])
      if let other, try haveSameRows(id, other) { return try replace(id, by: other) }
      // No report ID contains a space.
      try db.execute(
        sql: "UPDATE report SET reporter_id = ?, policy_domain_id = ?, report_key = ? WHERE id = ?",
        arguments: [reporter, domain, other == nil ? key : "\(key) \(id)", id])
    }
    try db.execute(
      sql: """
        DELETE FROM reporter WHERE id IN (SELECT old FROM merged_reporter);
        DROP TABLE merged_reporter
        """)
  }

  /// The rows of a table of reporters that have another name now and whose new name has a row already; the others are renamed.
  private func mergedNames(_ table: String) throws -> [(old: Int64, new: Int64)] {
    var merged: [(Int64, Int64)] = []
    try forEach("SELECT id, name FROM \(table) WHERE id > ? AND (name \(Self.isForeign) OR name LIKE '%.')") { row in
      let (id, name): (Int64, String) = (row[0], row[1])
      let new = ReportIdentity.reporterName(name)
      guard !Self.isSame(new, name) else { return }
      if let other = try Int64.fetchOne(db, sql: "SELECT id FROM \(table) WHERE name = ?", arguments: [new]) {
        merged.append((id, other))
      } else {
        try db.execute(sql: "UPDATE \(table) SET name = ? WHERE id = ?", arguments: [new, id])
      }
    }
    return merged
  }

  private func haveSameRows(_ first: Int64, _ second: Int64) throws -> Bool {
    let rows = """
      SELECT flow_id, coalesce(merged_domain.new, envelope_to_id), messages, count(*)
      FROM record LEFT JOIN merged_domain ON merged_domain.old = envelope_to_id WHERE report_id = ? GROUP BY 1, 2, 3
      """
    let differences = try Int.fetchOne(
      db,
      sql: """
        SELECT (SELECT policy_id FROM report WHERE id = ?) <> (SELECT policy_id FROM report WHERE id = ?)
          OR (SELECT max(truncated OR lossy) FROM report WHERE id IN (?, ?))
          OR EXISTS (SELECT * FROM (\(rows)) EXCEPT SELECT * FROM (\(rows)))
          OR EXISTS (SELECT * FROM (\(rows)) EXCEPT SELECT * FROM (\(rows)))
        """, arguments: [first, second, first, second, first, second, second, first])
    return differences == 0
  }

  private func replace(_ report: Int64, by other: Int64) throws {
    try db.execute(
      sql: "UPDATE input_item SET report_id = ?, outcome = 'duplicate' WHERE report_id = ? AND outcome <> 'conflict'",
      arguments: [other, report])
    try db.execute(sql: "UPDATE input_item SET report_id = ? WHERE report_id = ?", arguments: [other, report])
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO conflict (report_id, sha256, origin, seen_at, row_count, messages)
            SELECT ?, sha256, origin, seen_at, row_count, messages FROM conflict WHERE report_id = ?
        """, arguments: [other, report])
    for table in ["record", "warning", "report_mail", "conflict"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE report_id = ?", arguments: [report])
    }
    try db.execute(sql: "DELETE FROM report WHERE id = ?", arguments: [report])
  }

  /// Whether two texts have the same bytes; strings that are only equivalent are different keys in the database.
  private static func isSame(_ first: String, _ second: String) -> Bool { first.utf8.elementsEqual(second.utf8) }
}
