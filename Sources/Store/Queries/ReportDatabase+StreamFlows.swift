package import DMARC
import GRDB

extension ReportDatabase {
  /// Number of days with reports in the filter.
  /// - Throws: ``StoreError``.
  package func countDays(_ filter: RecordFilter) throws(StoreError) -> Int64 {
    try read { db in
      let request: SQLRequest<Int64> = "SELECT count(DISTINCT report.day) FROM report WHERE \(filter.condition)"
      return try request.fetchOne(db) ?? 0
    }
  }

  /// The newest day with a report in the filter; nil if there is none.
  /// - Throws: ``StoreError``.
  package func newestDay(_ filter: RecordFilter) throws(StoreError) -> CalendarDay? {
    try read { db in
      let request: SQLRequest<Int64> = "SELECT max(report.day) FROM report WHERE \(filter.condition)"
      return try request.fetchOne(db).map { CalendarDay(number: $0) }
    }
  }

  /// How many organisations send reports.
  package struct ReporterCounts: Sendable, Hashable {
    /// Organisations that have sent reports, and those of them that are trusted on their own.
    package var organisations, known: Int
    /// Whether most reports arrived by email.
    package var isMostlyMail: Bool
  }

  /// Counts the organisations that reports came from.
  /// - Throws: ``StoreError``.
  package func reporterCounts() throws(StoreError) -> ReporterCounts {
    try readFlows { flows in
      let organisations = try flows.sendingOrganisations()
      return ReporterCounts(
        organisations: organisations.count, known: organisations.filter { $0.standing != nil }.count,
        isMostlyMail: try flows.isMostlyMail())
    }
  }

  /// Calls `body` with each flow of a period, the largest first.
  /// - Parameters:
  ///   - trustedHosts: hosts whose authentication counts.
  ///   - withPlacing: whether to fill ``StreamFlow/placingOrganisations``, for which the message of each report is looked up.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func streamFlows(
    _ filter: RecordFilter, trustedHosts: [String] = [], withPlacing: Bool = false, _ body: (StreamFlow) throws -> Void
  ) throws(StoreError) {
    try read { db in
      let isBelieved = ReportOrigins.isBelieved
      let placing: SQL =
        withPlacing
        ? """
        group_concat(DISTINCT CASE WHEN NOT report.contested AND report.id NOT IN (SELECT report_id FROM report_mail)
          THEN report.sending_organisation_id END)
        """ : "NULL"
      let request: SQLRequest<Row> = """
        SELECT source.text AS source, source_host.host AS host, \(Aggregate.messages),
          group_concat(DISTINCT report.day) AS days, group_concat(DISTINCT report.reporter_id) AS reporters,
          flow.outcome_id, flow.verdict, flow.subtype, flow.confidence, flow.rule, flow.unknown_ip,
          known_sender.name AS known_sender, policy_domain.name AS policy_domain, policy.adkim, policy.aspf,
          sum(record.messages * \(isBelieved)) AS believed_messages,
          group_concat(DISTINCT CASE WHEN \(isBelieved) THEN report.day END) AS believed_days,
          group_concat(DISTINCT CASE WHEN \(isBelieved) THEN report.sending_organisation_id END) AS believed_organisations,
          group_concat(DISTINCT CASE WHEN NOT report.contested THEN report.sending_organisation_id END) AS organisations,
          \(placing) AS placing_organisations,
          sum(record.messages * (NOT \(ReportOrigins.isAuthenticated(by: trustedHosts)))) AS unauthenticated
        FROM \(Join.record) \(Join.source) \(Join.sourceHost) \(Join.knownSender)
        JOIN policy ON policy.id = flow.policy_id JOIN domain AS policy_domain ON policy_domain.id = policy.domain_id
        WHERE \(filter.condition) GROUP BY flow.id ORDER BY messages DESC, flow.id
        """
      let flows = FlowStore(db)
      func numbers(_ text: String) -> Set<Int64> { Set(text.split(separator: ",").compactMap { Int64($0) }) }
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() {
        guard let source = IPAddress(row["source"] as String) else { continue }
        try body(
          StreamFlow(
            source: source, host: row["host"], messages: row["messages"], days: numbers(row["days"]),
            reporters: numbers(row["reporters"]),
            believed: StreamFlow.Believed(
              messages: row["believed_messages"], days: numbers(row["believed_days"] ?? ""),
              organisations: numbers(row["believed_organisations"] ?? "")),
            unauthenticated: row["unauthenticated"], organisations: numbers(row["organisations"] ?? ""),
            placingOrganisations: numbers(row["placing_organisations"] ?? ""),
            outcome: try flows.outcome(row["outcome_id"]),
            policyDomain: row["policy_domain"], adkim: (row["adkim"] as String?).flatMap(AlignmentMode.init),
            aspf: (row["aspf"] as String?).flatMap(AlignmentMode.init), verdict: row["verdict"] ?? "",
            subtype: row["subtype"] ?? "", confidence: row["confidence"] ?? "", rule: row["rule"] ?? "",
            isUnknownIP: row["unknown_ip"] ?? false, knownSender: row["known_sender"]))
      }
    }
  }
}
