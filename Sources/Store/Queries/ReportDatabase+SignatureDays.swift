package import DMARC
import GRDB

/// Messages with one outcome on one day by one reporter, with what is needed to see how DKIM keys fare.
package struct SignatureDay: Sendable {
  /// The policy domain.
  package var policyDomain: String
  /// What was reported.
  package var outcome: AuthenticationOutcome
  /// The source address; nil for the sum of all.
  package var source: IPAddress?
  /// The UTC day, as days since 1970-01-01.
  package var day: Int64
  /// Row id of the reporter.
  package var reporter: Int64
  /// Messages.
  package var messages: Int64
}

extension ReportDatabase {
  /// Calls `body` with directly sent messages that passed DMARC although a signature of them did not verify, by outcome,
  /// source, day and reporter.
  /// - Throws: ``StoreError``.
  package func failingSignatures(_ filter: RecordFilter, _ body: (SignatureDay) throws -> Void) throws(StoreError) {
    try signatures(
      // From the few outcomes to their reports, not from all reports to their outcomes.
      """
      SELECT policy_domain.name AS policy_domain, flow.outcome_id, source.text AS source, report.day,
        report.reporter_id, \(Aggregate.messages)
      FROM outcome CROSS JOIN flow ON flow.outcome_id = outcome.id CROSS JOIN record ON record.flow_id = flow.id
        CROSS JOIN report ON report.id = record.report_id \(Join.source) \(Join.policyDomain)
      WHERE outcome.dmarc_pass AND flow.verdict = 'aligned' AND (outcome.spf_aligned OR NOT coalesce(flow.unknown_ip, 0))
        AND \(Self.hasFailingSignature) AND \(filter.condition)
      GROUP BY report.policy_domain_id, flow.id, report.day, report.reporter_id
      """, body)
  }

  /// Calls `body` with the signed messages of some policy domains in a period, by outcome, day and reporter.
  /// - Throws: ``StoreError``.
  package func signatures(
    _ filter: RecordFilter, of domains: Set<String>, _ body: (SignatureDay) throws -> Void
  ) throws(StoreError) {
    try signatures(
      """
      SELECT policy_domain.name AS policy_domain, flow.outcome_id, NULL AS source, report.day, report.reporter_id,
        \(Aggregate.messages)
      FROM \(Join.record) \(Join.policyDomain)
      WHERE outcome.dkim_aligned AND policy_domain.name IN \(SQL.list(domains)) AND \(filter.condition)
      GROUP BY report.policy_domain_id, flow.outcome_id, report.day, report.reporter_id
      """, body)
  }

  private func signatures(_ request: SQLRequest<Row>, _ body: (SignatureDay) throws -> Void) throws(StoreError) {
    try read { db in
      let flows = FlowStore(db)
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() {
        try body(
          SignatureDay(
            policyDomain: row["policy_domain"], outcome: try flows.outcome(row["outcome_id"]),
            source: (row["source"] as String?).flatMap(IPAddress.init), day: row["day"], reporter: row["reporter_id"],
            messages: row["messages"]))
      }
    }
  }

  private static let hasFailingSignature: SQL = """
    (outcome.dkim_results LIKE '%"result":"fail"%' OR outcome.dkim_results LIKE '%"result":"permerror"%'
      OR outcome.dkim_results LIKE '%"result":"neutral"%' OR outcome.dkim_results LIKE '%"result":"policy"%')
    """
}
