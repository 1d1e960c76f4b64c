import DMARC
import GRDB

/// Moves reports out of the tables that answers are computed from, and back. All of it runs within a transaction of the caller.
struct SetAsideReports {
  let db: Database
  let decider: Decider
  let rollUps: RollUpWriter

  /// Sets a stored report aside.
  /// - Returns: its row in `set_aside`.
  func setAside(_ rowID: Int64, _ kind: SetAsideKind, rule: Int64? = nil) throws -> Int64 {
    let content = try ReportContent(reading: rowID, db)
    let origin = try String.fetchOne(db, sql: "SELECT origin FROM v_report WHERE report_row_id = ?", arguments: [rowID])
    let aside = try insert(content, kind, origin: origin, rowID: rowID, rule: rule)
    try db.execute(
      sql: "UPDATE input_item SET aside_id = ?, report_id = NULL WHERE report_id = ?", arguments: [aside, rowID])
    try ReportDeletion.delete([rowID], db, rollUps)
    return aside
  }

  /// Stores a content that is in no table.
  func insert(
    _ content: ReportContent, _ kind: SetAsideKind, key: String? = nil, origin: String?, rowID: Int64? = nil,
    rule: Int64? = nil
  ) throws -> Int64 {
    var content = content
    if let key { content.report["report_key"] = .text(key) }
    let json = try content.json
    let report = content.report
    func value(_ name: String) -> DatabaseValue { (report[name] ?? .null).databaseValue }
    let isIncomplete = report["truncated"]?.integer != 0 || report["lossy"]?.integer != 0
    let authenticated = content.mail?["authenticated_domain"] ?? .null
    try db.execute(
      sql: """
        INSERT INTO set_aside (kind, reporter, report_key, policy_domain, begin, end, day, sha256, report_id, row_count,
          messages, incomplete, sender, organisation, is_authenticated, origin, set_aside_at, set_aside_by, reason, rule_id,
          report_row_id, content_bytes, content)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        kind.rawValue, value("reporter_id"), value("report_key"), value("policy_domain_id"), value("begin"),
        value("end"), value("day"), value("sha256"), value("report_id"), value("row_count"), value("messages"),
        isIncomplete, content.mail?["sender"]?.text, value("sending_organisation_id"), authenticated != .null, origin,
        decider.now, decider.name, decider.reason, rule, rowID,
        json.utf8.count, json,
      ])
    return db.lastInsertedRowID
  }

  /// The content of a report that is set aside; nil if it is not kept.
  func content(_ aside: Int64) throws -> ReportContent? {
    try String.fetchOne(db, sql: "SELECT content FROM set_aside WHERE id = ?", arguments: [aside])
      .map { try ReportContent.decode($0) }
  }

  /// Puts a report back, under its old row id if it had one.
  /// - Returns: its row id; nil if its content is not kept or its identity is taken.
  func restore(_ aside: Int64) throws -> Int64? {
    guard let content = try content(aside) else { return nil }
    let known = try Int64.fetchOne(db, sql: "SELECT report_row_id FROM set_aside WHERE id = ?", arguments: [aside])
    guard try !isStored(content) else { return nil }
    return try put(content, aside, as: known ?? nextRowID(), key: nil)
  }

  /// Inserts a content as a report; its inputs refer to the report from now on.
  @discardableResult
  func put(_ content: ReportContent, _ aside: Int64, as rowID: Int64, key: String?) throws -> Int64 {
    try content.insert(as: rowID, key: key, db)
    rollUps.add(rowID)
    try db.execute(
      sql: "UPDATE input_item SET report_id = ?, aside_id = NULL WHERE aside_id = ?", arguments: [rowID, aside])
    try db.execute(sql: "DELETE FROM set_aside WHERE id = ?", arguments: [aside])
    return rowID
  }

  /// A row id that no report has, had before it was set aside.
  func nextRowID() throws -> Int64 {
    let used = try Int64.fetchOne(
      db,
      sql: """
        SELECT max(coalesce((SELECT max(id) FROM report), 0), coalesce((SELECT max(report_row_id) FROM set_aside), 0))
        """)
    return (used ?? 0).addingClamped(1)
  }

  private func isStored(_ content: ReportContent) throws -> Bool {
    let names = ["sha256", "reporter_id", "report_key", "policy_domain_id", "begin", "end"]
    let values = names.map { (content.report[$0] ?? .null).databaseValue }
    return try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT * FROM report WHERE sha256 = ?) OR EXISTS (
          SELECT * FROM report JOIN reporter ON reporter.id = reporter_id JOIN domain ON domain.id = policy_domain_id
          WHERE reporter.name = ? AND report_key = ? AND domain.name = ? AND begin = ? AND end = ?)
        """, arguments: StatementArguments(values)) ?? false
  }

  /// Adds a line to the trace.
  func note(_ action: String, _ report: ReportContent.Columns, other: [UInt8]? = nil) throws {
    func value(_ name: String) -> DatabaseValue { (report[name] ?? .null).databaseValue }
    try db.execute(
      sql: """
        INSERT INTO decision (decided_at, decided_by, action, reporter, report_id, policy_domain, begin, end, row_count,
          messages, sha256, other_sha256, reason)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        decider.now, decider.name, action, value("reporter_id"), value("report_id"), value("policy_domain_id"),
        value("begin"), value("end"), value("row_count"), value("messages"), value("sha256"),
        other.map(DatabaseBytes.init), decider.reason,
      ])
  }

  /// Adds a line about a row of `set_aside` to the trace.
  func note(_ action: String, aside: Int64) throws {
    try db.execute(
      sql: """
        INSERT INTO decision (decided_at, decided_by, action, reporter, report_id, policy_domain, begin, end, row_count,
          messages, sha256, reason)
        SELECT ?, ?, ?, reporter, report_id, policy_domain, begin, end, row_count, messages, sha256, ?
        FROM set_aside WHERE id = ?
        """, arguments: [decider.now, decider.name, action, decider.reason, aside])
  }

  /// Ends a change: what only the reports referred to is deleted, and all verdicts are computed again at the next classification.
  func finish() throws {
    try ReportDeletion.sweep(db, rollUps)
    try db.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [FlowStore.judgedReport])
  }
}
