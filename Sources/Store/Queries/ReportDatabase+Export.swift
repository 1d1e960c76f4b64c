import DMARC
import GRDB

extension ReportDatabase {
  /// Calls `body` with each row of a review: first those that somebody must decide about; then by policy domain, failing rows first, and
  /// messages. A row is compared with the period before, if there is one.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func review(_ question: ReviewQuestion, _ body: (ExportRow) throws -> Void) throws(StoreError) {
    try read { db in try ReviewLines(db, question).forEach(body) }
  }

  /// Names of the columns of `v_record`, in order. `unknown_ip` keeps its place for one version, and the printer adds its new name.
  /// - Throws: ``StoreError``.
  package func recordColumns() throws(StoreError) -> [String] {
    try read { try $0.columns(in: "v_record").map(\.name).filter { $0 != "needs_review" } }
  }

  /// Calls `body` with each record in the filter, in the order of the reports: one value for each of ``recordColumns()``.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func records(_ filter: RecordFilter, _ body: ([StoredValue]) throws -> Void) throws(StoreError) {
    let columns = try recordColumns().map { "v_record." + $0 }.joined(separator: ", ")
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT \(sql: columns) FROM v_record JOIN report ON report.id = report_row_id
        WHERE \(filter.condition) ORDER BY report_row_id, ordinal \(filter.limitClause)
        """
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() { try body(row.databaseValues.map(StoredValue.init)) }
    }
  }
}
