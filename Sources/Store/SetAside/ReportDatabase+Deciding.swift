import DMARC
import GRDB

/// Deciding conflicts.
extension ReportDatabase {
  /// Decides conflicts, or takes decisions back. A conflict that is decided like this already stays as it is.
  /// - Parameter decision: nil to take back what was decided.
  /// - Returns: the numbers whose state has changed.
  /// - Throws: ``ConflictProblem`` or ``StoreError``; then nothing is changed.
  package func decide(
    _ numbers: [Int64], _ decision: ReportConflict.Decision?, by decider: Decider
  ) throws -> [Int64] {
    let result: Result<[Int64], ConflictProblem> = try write { db in
      let aside = try SetAsideReports(db: db, decider: decider, rollUps: RollUpWriter(db))
      var changed: [Int64] = []
      try db.execute(sql: "SAVEPOINT decide")
      do {
        for number in numbers where try aside.decide(number, decision) { changed.append(number) }
        if !changed.isEmpty { try aside.finish() }
      } catch let problem as ConflictProblem {
        try db.execute(sql: "ROLLBACK TO decide; RELEASE decide")
        return .failure(problem)
      }
      try db.execute(sql: "RELEASE decide")
      return .success(changed)
    }
    return try result.get()
  }
}

extension SetAsideReports {
  fileprivate func decide(_ number: Int64, _ decision: ReportConflict.Decision?) throws -> Bool {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT conflict.*, report.sha256 AS now_sha256 FROM conflict JOIN report ON report.id = conflict.report_id
        WHERE conflict.id = ?
        """, arguments: [number])
    guard let row else { throw ConflictProblem.unknown(number) }
    let old = (row["decision"] as String?).flatMap(ReportConflict.Decision.init)
    guard old != decision else { return false }
    let report: Int64 = row["report_id"]
    let (sha256, now): (DatabaseBytes, DatabaseBytes) = (row["sha256"], row["now_sha256"])
    var asideID: Int64? = row["aside_id"]
    let before = try ReportContent(reading: report, db).report
    switch old {
    case .take:
      guard let kept = asideID else { throw ConflictProblem.notKept(number, origin: row["origin"]) }
      guard now.bytes == sha256.bytes else { throw ConflictProblem.decidedLater(number) }
      asideID = try swap(report, kept, number)
    case .both: asideID = try separate(row["other_row_id"], number)
    case .keep, nil: break
    }
    var stored: DatabaseBytes?
    switch decision {
    case .take:
      guard let kept = asideID, try content(kept) != nil else {
        throw ConflictProblem.notKept(number, origin: row["origin"])
      }
      stored = DatabaseBytes(
        try DatabaseBytes.fetchOne(db, sql: "SELECT sha256 FROM report WHERE id = ?", arguments: [report])?.bytes ?? [])
      _ = try swap(report, kept, number)
    case .both:
      guard let kept = asideID, let other = try content(kept) else {
        throw ConflictProblem.notKept(number, origin: row["origin"])
      }
      try join(other, kept, to: report, number)
    case .keep, nil: break
    }
    try db.execute(
      sql: "UPDATE conflict SET decision = ?, decided_at = ?, stored_sha256 = ? WHERE id = ?",
      arguments: [decision?.rawValue, decision.map { _ in decider.now }, stored, number])
    try note(decision.map(\.rawValue) ?? "undo", before, other: sha256.bytes)
    return true
  }

  /// Exchanges the content of a stored report and one that is set aside.
  /// - Returns: the row of what is set aside now.
  private func swap(_ report: Int64, _ kept: Int64, _ number: Int64) throws -> Int64 {
    guard let other = try content(kept) else { throw ConflictProblem.notKept(number, origin: "") }
    let key = try String.fetchOne(db, sql: "SELECT report_key FROM report WHERE id = ?", arguments: [report])
    let aside = try setAside(report, .conflict)
    // The inputs of both contents stay with the identity.
    try db.execute(
      sql: "UPDATE input_item SET report_id = NULL, aside_id = ? WHERE aside_id = ?", arguments: [kept, aside])
    try db.execute(
      sql: "UPDATE conflict SET aside_id = ?, other_row_id = NULL WHERE id = ?", arguments: [aside, number])
    try put(other, kept, as: report, key: key)
    return aside
  }

  /// Stores the other content beside a report.
  private func join(_ other: ReportContent, _ kept: Int64, to report: Int64, _ number: Int64) throws {
    let rowID = try nextRowID()
    let key = (other.report["report_key"]?.text ?? "") + " (conflict \(number))"
    try put(other, kept, as: rowID, key: key)
    try db.execute(
      sql: "UPDATE conflict SET aside_id = NULL, other_row_id = ? WHERE id = ?", arguments: [rowID, number])
  }

  /// Sets the second of two reports aside again.
  private func separate(_ rowID: Int64?, _ number: Int64) throws -> Int64 {
    let isStored = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM report WHERE id = ?)", arguments: [rowID])
    guard let rowID, isStored == true else { throw ConflictProblem.otherMissing(number) }
    let aside = try setAside(rowID, .conflict)
    try db.execute(sql: "UPDATE set_aside SET report_row_id = NULL WHERE id = ?", arguments: [aside])
    try db.execute(
      sql: "UPDATE conflict SET aside_id = ?, other_row_id = NULL WHERE id = ?", arguments: [aside, number])
    return aside
  }
}
