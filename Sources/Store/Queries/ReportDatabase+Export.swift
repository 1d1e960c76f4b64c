import DMARC
import GRDB

extension ReportDatabase {
  /// Calls `body` with each row of a review, ordered by policy domain, failing rows first, then by messages.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func review(_ filter: RecordFilter, _ body: (ExportRow) throws -> Void) throws(StoreError) {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT policy_domain.name AS policy_domain, source.text AS source, \(Aggregate.messages),
          outcome.dmarc_pass, outcome.evaluation, outcome.dkim_aligned, outcome.spf_aligned, outcome.disposition, outcome.dkim_results,
          outcome.spf_results, header_from.name AS header_from, envelope_from.name AS envelope_from,
          flow.verdict, flow.subtype, flow.confidence, flow.issues, max(flow.unknown_ip) AS unknown_ip,
          known_sender.name AS known_sender, count(DISTINCT report.reporter_id) AS reporters,
          \(Aggregate.days)
        FROM \(Join.record) \(Join.source) \(Join.policyDomain) \(Join.headerFrom) \(Join.envelopeFrom) \(Join.knownSender)
        WHERE \(filter.condition)
        GROUP BY report.policy_domain_id, flow.source_id, flow.outcome_id
        ORDER BY policy_domain.name, outcome.dmarc_pass, messages DESC, source.text, outcome.id \(filter.limitClause)
        """
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() { try body(try Self.reviewLine(row)) }
    }
  }

  private static func reviewLine(_ row: Row) throws -> ExportRow {
    var outcome = AuthenticationOutcome()
    outcome.headerFrom = row["header_from"]
    outcome.evaluation = Evaluation(rawValue: row["evaluation"]) ?? .reported
    outcome.envelopeFrom = row["envelope_from"]
    outcome.dkim = try OutcomeColumns.dkim(row["dkim_results"])
    outcome.spf = try OutcomeColumns.spf(row["spf_results"])
    return ExportRow(
      policyDomain: row["policy_domain"], source: row["source"], messages: row["messages"],
      passedDMARC: row["dmarc_pass"], dkimAligned: row["dkim_aligned"], spfAligned: row["spf_aligned"],
      disposition: row["disposition"], verdict: row["verdict"], subtype: row["subtype"], confidence: row["confidence"],
      unknownIP: row["unknown_ip"] as Bool? ?? false, knownSender: row["known_sender"], headerFrom: row["header_from"],
      envelopeFrom: row["envelope_from"], reporters: row["reporters"],
      firstDay: CalendarDay(number: row["first_day"]), lastDay: CalendarDay(number: row["last_day"]),
      issues: (row["issues"] as String? ?? "").split(separator: " ").map(String.init), outcome: outcome)
  }

  /// Names of the columns of `v_record`, in order.
  /// - Throws: ``StoreError``.
  package func recordColumns() throws(StoreError) -> [String] {
    try read { try $0.columns(in: "v_record").map(\.name) }
  }

  /// Calls `body` with each record in the filter, in the order of the reports: one value for each of ``recordColumns()``.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func records(_ filter: RecordFilter, _ body: ([StoredValue]) throws -> Void) throws(StoreError) {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT v_record.* FROM v_record JOIN report ON report.id = report_row_id
        WHERE \(filter.condition) ORDER BY report_row_id, ordinal \(filter.limitClause)
        """
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() { try body(row.databaseValues.map(StoredValue.init)) }
    }
  }
}
