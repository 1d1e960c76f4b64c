import DMARC
import GRDB

/// What happened to reports of a period when they were read.
package struct IntakeSummary: Sendable, Hashable {
  /// Reports that count.
  package var reports: Int64 = 0
  /// Of those: damaged ones that were made well-formed, and those that end too early.
  package var repaired: Int64 = 0
  package var truncated: Int64 = 0
  /// Reports with rows that could not be read, and the number of such rows.
  package var incomplete: Int64 = 0
  package var droppedRows: Int64 = 0
  /// Reports with warnings.
  package var withWarnings: Int64 = 0
  /// Reports whose sender is in doubt.
  package var contested: Int64 = 0
  /// Other contents under the identity of a stored report that wait for a decision.
  package var conflicts: Int64 = 0
  /// Reports that do not count, because rules ignore them or a person removed them.
  package var ignored: Int64 = 0
  package var removed: Int64 = 0

  /// Creates empty sums.
  package init() {}
}

extension ReportDatabase {
  /// What happened to the reports of a period when they were read.
  /// - Throws: ``StoreError``.
  package func intake(_ filter: RecordFilter) throws(StoreError) -> IntakeSummary {
    try read { db in
      let sums: SQLRequest<Row> = """
        SELECT count(*), total(recovered), total(truncated), total(dropped_rows > 0), total(min(dropped_rows, 1000000000)),
          total(warning_count > 0), total(contested)
        FROM report WHERE \(filter.condition)
        """
      var intake = IntakeSummary()
      if let row = try sums.fetchOne(db) {
        func number(_ index: Int) -> Int64 { Int64(clampedRounding: row[index] ?? 0) }
        intake.reports = number(0)
        intake.repaired = number(1)
        intake.truncated = number(2)
        intake.incomplete = number(3)
        intake.droppedRows = number(4)
        intake.withWarnings = number(5)
        intake.contested = number(6)
      }
      let conflicts: SQLRequest<Int64> = """
        SELECT count(*) FROM conflict JOIN report ON report.id = conflict.report_id
        WHERE decision IS NULL AND \(filter.condition)
        """
      intake.conflicts = try conflicts.fetchOne(db) ?? 0
      let (first, last) = (filter.firstDay?.number ?? .min, filter.lastDay?.number ?? .max)
      let scope: SQL =
        filter.coversSomeDomains ? "policy_domain IN (SELECT name FROM domain WHERE \(filter.nameCondition))" : "1"
      let aside: SQLRequest<Row> = """
        SELECT kind, count(*) FROM set_aside WHERE day BETWEEN \(first) AND \(last) AND \(scope) GROUP BY kind
        """
      for row in try aside.fetchAll(db) {
        switch row[0] as String {
        case "ignored": intake.ignored = row[1]
        case "removed": intake.removed = row[1]
        default: break
        }
      }
      return intake
    }
  }
}
