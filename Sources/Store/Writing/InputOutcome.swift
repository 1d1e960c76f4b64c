import GRDB

/// The outcome of an input as a whole, which decides whether it may be cleaned up.
package enum InputOutcome: Int, Sendable, Hashable {
  /// Everything is stored: it contains only reports, and each is complete, without loss and without conflicts.
  case settled = 0
  /// Something in it was rejected, truncated or lossy.
  case rejected = 1
  /// It contains something other than reports.
  case other = 2
  /// A report in it is in conflict with one of another input, whichever of the two is stored. The input is not cleaned up until the
  /// conflict is decided.
  case conflicting = 3

  /// The only definition, an aggregate of the ledger items of an input joined with their reports. Null if nothing is known: for an
  /// input without items, and for one whose reports have been deleted since.
  static let sql = """
    CASE
      WHEN max(EXISTS (SELECT * FROM conflict WHERE conflict.report_id = input_item.report_id AND decision IS NULL)
        OR input_item.outcome = 'conflict'
          AND NOT EXISTS (SELECT * FROM conflict WHERE conflict.report_id = input_item.report_id)) THEN 3
      WHEN max(input_item.outcome = 'rejected' OR input_item.incomplete
        OR coalesce(report.truncated OR report.lossy, 0)
        OR EXISTS (SELECT * FROM set_aside WHERE set_aside.id = aside_id AND set_aside.incomplete)) THEN 1
      WHEN min(report.id IS NOT NULL
        OR EXISTS (SELECT * FROM set_aside WHERE set_aside.id = aside_id AND content IS NOT NULL)) THEN 0
      WHEN max(input_item.outcome = 'not-a-report') THEN 2
    END
    """

  /// The tables of the definition.
  static let tables = """
    input JOIN input_item ON input_id = input.id LEFT JOIN report ON report.id = input_item.report_id
    """
}

extension ReportWriter {
  /// The outcomes of inputs by their rows in the ledger. They may change until the transaction ends, and by later conflicts.
  ///
  /// Nil for mbox files, and if nothing is known.
  package func outcomes(ofInputs ids: [Int64]) throws -> [InputOutcome?] {
    guard !ids.isEmpty else { return [] }
    let statement = try RawStatement(
      db,
      """
      SELECT \(InputOutcome.sql)
      FROM \(InputOutcome.tables)
      WHERE input.id = ? AND fingerprint IS NULL
      """)
    return try ids.map { id in
      statement.bind(id, at: 1)
      return try statement.firstInteger().flatMap { InputOutcome(rawValue: Int($0)) }
    }
  }
}
