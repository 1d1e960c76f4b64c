package import DMARC
import GRDB

extension ReportDatabase {
  /// The reports that pruning concerns.
  package struct Pruned: Sendable, Hashable {
    /// The reports that were deleted, or would be in a dry run.
    package var removed = 0
    /// The reports for days before the given one that are kept, because their period is not possible and they arrived later.
    package var kept = 0
  }

  /// The reports that ``prune(before:whileTrue:progress:)`` would delete or keep.
  /// - Throws: ``StoreError``.
  package func prunable(before day: CalendarDay) throws(StoreError) -> Pruned {
    try read { db in
      let old = Self.isOld(day)
      let removed: SQLRequest<Int> = "SELECT count(*) FROM report WHERE \(old)"
      let kept: SQLRequest<Int> =
        "SELECT count(*) FROM report WHERE impossible AND last_day < \(day.number) AND NOT \(old)"
      return Pruned(removed: try removed.fetchOne(db) ?? 0, kept: try kept.fetchOne(db) ?? 0)
    }
  }

  /// Deletes the reports whose last day is before the given one, and everything that only they referred to. A report with an impossible
  /// period counts as one of the day on which it arrived. The ledger keeps their inputs, so that they are not read again.
  ///
  /// Each transaction is short, and other writers get their turn after it. If the run is interrupted, the next one continues.
  /// - Parameters:
  ///   - isWanted: asked before each transaction; the run ends once it is false.
  ///   - progress: takes the number of reports deleted so far, and that of all to delete.
  /// - Throws: ``StoreError``.
  package func prune(
    before day: CalendarDay, whileTrue isWanted: () -> Bool = { true }, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(StoreError) -> Pruned {
    var pruned = try prunable(before: day)
    var batches = try batches(before: day)[...]
    let total = pruned.removed
    var turns = WritingTurns()
    pruned.removed = 0
    while let batch = batches.popFirst(), isWanted() {
      pruned.removed += try write { db in try Self.delete(batch, before: day, db) }
      progress(pruned.removed, total)
      turns.letOthersWrite()
    }
    guard batches.isEmpty, isWanted() else { return pruned }
    try write { db in
      try db.execute(literal: Self.pruneSetAside(before: day.number))
      try FlowStore(db).set(Self.prunedKey, "\(day)")
    }
    return pruned
  }

  /// The day before which the last complete run has deleted reports; nil if there was none.
  /// - Throws: ``StoreError``.
  package func prunedDay() throws(StoreError) -> CalendarDay? {
    try read { try FlowStore($0).setting(Self.prunedKey).flatMap { CalendarDay($0) } }
  }

  private static let prunedKey = "pruned.before"

  /// Deletes what nothing refers to any more. This reads the whole store, without making anybody wait.
  /// - Throws: ``StoreError``.
  package func deleteUnusedNames() throws(StoreError) {
    do { try UnusedNames(queue: queue).delete() } catch { throw Self.explain(error, path, .readWrite) }
  }

  /// Rows in one transaction, unless one report has more: a tenth of a second or two. Smaller ones write the same pages again and again.
  private static let rowsInTransaction: Int64 = 20_000
  /// Reports in one transaction.
  private static let reportsInTransaction = 2_000

  /// The row ids of old reports, in groups that are deleted together.
  private func batches(before day: CalendarDay) throws(StoreError) -> [[Int64]] {
    try read { db in
      let request: SQLRequest<Row> = "SELECT id, row_count FROM report WHERE \(Self.isOld(day)) ORDER BY id"
      var batches: [[Int64]] = []
      var rows = Self.rowsInTransaction
      let cursor = try request.fetchCursor(db)
      while let report = try cursor.next() {
        let count: Int64 = report["row_count"]
        if rows.addingClamped(count) > Self.rowsInTransaction || (batches.last?.count ?? 0) >= Self.reportsInTransaction
        {
          batches.append([])
          rows = 0
        }
        rows = rows.addingClamped(count)
        batches[batches.count - 1].append(report["id"])
      }
      return batches
    }
  }

  /// - Returns: the number of reports that were deleted.
  private static func delete(_ batch: [Int64], before day: CalendarDay, _ db: Database) throws -> Int {
    // Another process may have deleted or replaced some of them.
    let request: SQLRequest<Int64> = "SELECT id FROM report WHERE id IN \(SQL.list(batch)) AND \(isOld(day))"
    let reports = try request.fetchAll(db)
    let rollUps = try RollUpWriter(db)
    try ReportDeletion.delete(reports, db, rollUps)
    let conflicts: SQL = "DELETE FROM conflict WHERE report_id IN \(SQL.list(reports))"
    try db.execute(literal: conflicts)
    try ReportDeletion.sweep(db, rollUps)
    return reports.count
  }

  private static func isOld(_ day: CalendarDay) -> SQL {
    "(CASE WHEN impossible THEN ingested_at / 86400 ELSE last_day END < \(day.number))"
  }

  /// What remains of removed and ignored reports is their identity, so that they stay out.
  private static func pruneSetAside(before day: Int64) -> SQL {
    """
    UPDATE set_aside SET content = NULL WHERE day < \(day) AND kind <> 'conflict' AND content IS NOT NULL;
    DELETE FROM set_aside WHERE day < \(day) AND kind = 'conflict';
    DELETE FROM conflict WHERE report_id NOT IN (SELECT id FROM report)
      AND report_id NOT IN (SELECT report_row_id FROM set_aside WHERE content IS NOT NULL AND report_row_id IS NOT NULL);
    """
  }
}
