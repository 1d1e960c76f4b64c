import DMARC
import GRDB

/// Rules that leave reports out.
extension ReportDatabase {
  /// The rules with the number of reports that each leaves out.
  /// - Throws: ``StoreError``.
  package func ignoreRules() throws(StoreError) -> [StoredRow] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT kind, value, origin, added_at, reason,
          (SELECT count(*) FROM set_aside WHERE rule_id = ignore_rule.id) AS reports,
          (SELECT coalesce(sum(messages), 0) FROM set_aside WHERE rule_id = ignore_rule.id) AS messages
        FROM ignore_rule ORDER BY kind, value
        """
      return try request.storedRows(db)
    }
  }

  /// The rules of the configuration that were applied last.
  /// - Throws: ``StoreError``.
  package func configuredIgnoreRules() throws(StoreError) -> Set<IgnoreRule> {
    try read { db in
      Set(
        try Row.fetchAll(db, sql: "SELECT kind, value FROM ignore_rule WHERE origin = 'configuration'").compactMap {
          IgnoreRule(stored: $0["value"], $0["kind"])
        })
    }
  }

  /// Adds rules, and sets the reports aside that match them.
  /// - Returns: the sums of these reports.
  /// - Throws: ``StoreError``.
  package func ignore(_ rules: [IgnoreRule], by decider: Decider) throws(StoreError) -> ReportSums {
    try write { db in
      let aside = try SetAsideReports(db: db, decider: decider, rollUps: RollUpWriter(db))
      for rule in rules { try aside.add(rule, "database") }
      return try aside.applyRules()
    }
  }

  /// Removes rules, and puts the reports back that no other rule leaves out.
  /// - Returns: the sums of these reports, and the rules that do not exist in the database.
  /// - Throws: ``StoreError``, also if the configuration contains one of them.
  package func unignore(
    _ rules: [IgnoreRule], by decider: Decider
  ) throws(StoreError) -> (sums: ReportSums, missing: [IgnoreRule]) {
    try write { db in
      let aside = try SetAsideReports(db: db, decider: decider, rollUps: RollUpWriter(db))
      var missing: [IgnoreRule] = []
      for rule in rules {
        let origin = try String.fetchOne(
          db, sql: "SELECT origin FROM ignore_rule WHERE kind = ? AND value = ?",
          arguments: [rule.kind.rawValue, rule.value])
        if origin == "configuration" {
          throw StoreError(
            "\"\(rule.value)\" is ignored by the configuration", remedy: .changeConfiguration, kind: .wrongUsage)
        }
        if origin == nil { missing.append(rule) }
        try db.execute(
          sql: "DELETE FROM ignore_rule WHERE kind = ? AND value = ?", arguments: [rule.kind.rawValue, rule.value])
      }
      return (try aside.restoreUnmatched(), missing)
    }
  }

  /// Replaces the rules of the configuration; does nothing if they are the same.
  /// - Throws: ``StoreError``.
  package func setConfiguredIgnoreRules(_ rules: Set<IgnoreRule>, by decider: Decider) throws(StoreError) {
    guard try configuredIgnoreRules() != rules else { return }
    try write { db in
      let aside = try SetAsideReports(db: db, decider: decider, rollUps: RollUpWriter(db))
      try db.execute(sql: "DELETE FROM ignore_rule WHERE origin = 'configuration'")
      for rule in rules.sorted(by: { ($0.kind.rawValue, $0.value) < ($1.kind.rawValue, $1.value) }) {
        try aside.add(rule, "configuration")
      }
      _ = try aside.restoreUnmatched()
      _ = try aside.applyRules()
    }
  }
}

extension IgnoreRule {
  init?(stored value: String, _ kind: String) {
    guard let kind = Kind(rawValue: kind) else { return nil }
    self.kind = kind
    self.value = value
  }
}

extension SetAsideReports {
  fileprivate func add(_ rule: IgnoreRule, _ origin: String) throws {
    try db.execute(
      sql: """
        INSERT INTO ignore_rule (kind, value, origin, added_at, reason) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (kind, value) DO UPDATE SET origin = excluded.origin
        """, arguments: [rule.kind.rawValue, rule.value, origin, decider.now, decider.reason])
  }

  /// Sets all stored reports aside that match a rule.
  fileprivate func applyRules() throws -> ReportSums {
    let rules = try IgnoreRules(db)
    var sums = ReportSums()
    guard !rules.isEmpty else { return sums }
    let reports = try Row.fetchAll(
      db,
      sql: """
        SELECT report.id AS id, reporter.name AS reporter, sending_organisation.name AS organisation,
          domain.name AS domain, row_count, messages
        FROM report JOIN reporter ON reporter.id = reporter_id JOIN domain ON domain.id = policy_domain_id
        LEFT JOIN sending_organisation ON sending_organisation.id = sending_organisation_id ORDER BY report.id
        """)
    for row in reports {
      let rule = rules.match(
        reporter: row["reporter"], organisation: row["organisation"], policyDomain: row["domain"],
        headerFroms: try IgnoreRules.headerFroms(of: row["id"], db))
      guard let rule else { continue }
      sums.add(rows: row["row_count"], messages: row["messages"])
      try note("ignore", aside: setAside(row["id"], .ignored, rule: rule))
    }
    if sums.reports > 0 { try finish() }
    return sums
  }

  /// Puts ignored reports back that no rule leaves out any more.
  fileprivate func restoreUnmatched() throws -> ReportSums {
    let rules = try IgnoreRules(db)
    var sums = ReportSums()
    let reports = try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM set_aside
        WHERE kind = 'ignored' AND content IS NOT NULL AND rule_id NOT IN (SELECT id FROM ignore_rule) ORDER BY id
        """)
    for row in reports {
      let id: Int64 = row["id"]
      guard let content = try content(id) else { continue }
      let headerFroms = content.records.map { content.outcomes[$0.outcome]["header_from_id"]?.text }
      let other = rules.match(
        reporter: row["reporter"], organisation: row["organisation"], policyDomain: row["policy_domain"],
        headerFroms: Set(headerFroms))
      if let other {
        try db.execute(sql: "UPDATE set_aside SET rule_id = ? WHERE id = ?", arguments: [other, id])
        continue
      }
      try note("stop-ignoring", aside: id)
      guard try restore(id) != nil else { continue }
      sums.add(rows: row["row_count"], messages: row["messages"])
    }
    if sums.reports > 0 { try finish() }
    return sums
  }
}
