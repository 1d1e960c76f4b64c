import DMARC
import GRDB

/// Everything about one report.
package struct ReportDetails: Sendable {
  /// Its row of the view `v_report`.
  package var facts: StoredRow
  /// The warnings about it.
  package var warnings: [StoredRow]
  /// Its records, in the order of the report.
  package var records: [StoredRow]
  /// The conflicting reports of its identity.
  package var conflicts: [StoredRow]
  /// The inputs that contain it.
  package var inputs: [StoredRow]
}

extension ReportDatabase {
  /// Row ids of the reports with a given id: the id that the reporter gave, or the row id.
  /// - Throws: ``StoreError``.
  package func reportRowIDs(_ name: String) throws(StoreError) -> [Int64] {
    try read { db in
      let byName = try Int64.fetchAll(
        db, sql: "SELECT id FROM report WHERE report_id = ? OR report_key = ? ORDER BY id", arguments: [name, name])
      if !byName.isEmpty { return byName }
      return try Int64.fetchAll(db, sql: "SELECT id FROM report WHERE id = ?", arguments: [Int64(name)])
    }
  }

  /// Everything about one report; nil if there is none with this row id.
  /// - Parameter limit: maximum number of records; nil for all.
  /// - Throws: ``StoreError``.
  package func details(ofReport rowID: Int64, limit: Int?) throws(StoreError) -> ReportDetails? {
    try read { db in
      func rows(_ request: SQLRequest<Row>) throws -> [StoredRow] { try request.storedRows(db) }
      guard let facts = try rows("SELECT * FROM v_report WHERE report_row_id = \(rowID)").first else { return nil }
      return ReportDetails(
        facts: facts,
        warnings: try rows("SELECT code, line, message FROM warning WHERE report_id = \(rowID) ORDER BY ordinal"),
        records: try rows(
          """
          SELECT source_ip, messages, disposition, dkim_aligned, spf_aligned, header_from, envelope_from, envelope_to,
            dkim_results, spf_results, reasons, verdict, subtype, known_sender, evaluation, extension, ordinal AS row
          FROM v_record WHERE report_row_id = \(rowID) ORDER BY ordinal LIMIT \(limit ?? -1)
          """),
        conflicts: try rows(
          """
          SELECT origin, lower(hex(sha256)) AS sha256, seen_at, row_count, messages FROM conflict
          WHERE report_id = \(rowID)
          """),
        inputs: try rows(
          """
          SELECT path, member, outcome, tried_at FROM input_item JOIN input ON input.id = input_id
          WHERE report_id = \(rowID) ORDER BY path
          """))
    }
  }
}
