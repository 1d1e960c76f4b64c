import DMARC
import GRDB

/// Reports that arrive and do not count: removed before, ignored, or in conflict.
extension ReportWriter {
  var asideReports: SetAsideReports {
    SetAsideReports(db: db, decider: Decider(name: nil, now: now), rollUps: rollUps)
  }

  /// The removed or ignored report with this identity; nil if there is none.
  func knownAside(_ identity: ReportIdentity) throws -> StoringOutcome? {
    let isAnyAside =
      try hasAside ?? Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM set_aside WHERE kind <> 'conflict')") ?? true
    hasAside = isAnyAside
    guard isAnyAside else { return nil }
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, kind, set_aside_at FROM set_aside
        WHERE report_key = ? AND reporter = ? AND policy_domain = ? AND begin = ? AND end = ? AND kind <> 'conflict'
        """)
    let row = try Row.fetchOne(
      statement,
      arguments: [
        identity.reportID, identity.reporter, identity.policyDomain.name, identity.begin, identity.end,
      ])
    guard let row, let kind = SetAsideKind(rawValue: row["kind"]) else { return nil }
    return .setAside(row["id"], kind, since: row["set_aside_at"])
  }

  /// Stores a report in memory as a content that is set aside, without leaving anything in the tables.
  func shelve(
    _ report: IncomingReport, _ batch: RecordBatch, _ kind: SetAsideKind, rule: Int64? = nil
  ) throws -> Int64 {
    try db.execute(sql: "SAVEPOINT set_aside")
    var provisional = report
    // The identity may be that of a stored report.
    provisional.identity = ReportIdentity(
      reporter: report.identity.reporter, reportID: "\u{0}", policyDomain: report.identity.policyDomain,
      begin: report.identity.begin, end: report.identity.end)
    let content = try ReportContent(reading: insertRows(of: provisional, batch), db)
    forgetRowIDs()
    try db.execute(sql: "ROLLBACK TO set_aside; RELEASE set_aside")
    ownBytes += Int64(content.records.count) * StoredBytes.record
    if kind != .conflict { hasAside = true }
    return try asideReports.insert(content, kind, key: report.identity.reportID, origin: report.origin, rule: rule)
  }

  /// Maximum number of other contents that are kept for a report, of rows in each, and of bytes in all. An attacker can send any number
  /// of reports with the identity of a stored one; further ones are only counted.
  private static let (mostContents, mostRows, mostBytes) = (8, 20_000, 256 << 20)

  /// Keeps the other content of a conflict, so that it can be compared and taken.
  func keepContent(_ report: IncomingReport, _ batch: RecordBatch, conflictWith rowID: Int64) throws {
    guard report.rows <= Self.mostRows else { return }
    let conflict = try Row.fetchOne(
      db, sql: "SELECT id, aside_id FROM conflict WHERE report_id = ? AND sha256 = ?",
      arguments: [rowID, DatabaseBytes(report.sha256)])
    guard let conflict, conflict["aside_id"] as Int64? == nil else { return }
    let kept = try Int.fetchOne(
      db, sql: "SELECT count(*) FROM conflict WHERE report_id = ? AND aside_id IS NOT NULL", arguments: [rowID])
    let bytes = try Int64.fetchOne(db, sql: "SELECT sum(content_bytes) FROM set_aside WHERE kind = 'conflict'")
    guard (kept ?? 0) < Self.mostContents, (bytes ?? 0) < Self.mostBytes else { return }
    let aside = try shelve(report, batch, .conflict)
    try db.execute(
      sql: "UPDATE conflict SET aside_id = ? WHERE id = ?", arguments: [aside, conflict["id"] as Int64])
  }

  /// Whether it was decided which of the two contents counts.
  func isDecided(_ rowID: Int64, _ sha256: [UInt8]) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT * FROM conflict WHERE report_id = ? AND decision IS NOT NULL
          AND (sha256 = ? OR stored_sha256 = ?))
        """, arguments: [rowID, DatabaseBytes(sha256), DatabaseBytes(sha256)]) ?? false
  }
}
