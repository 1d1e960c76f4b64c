package import DMARC
import GRDB

extension ReportDatabase {
  /// The days of a period that reports cover.
  package struct CoveredPeriod: Sendable, Hashable {
    /// The number of days.
    package var days: Int64
    /// Whether any of the reports covers several days, so that numbers per day are estimates.
    package var isEstimated: Bool
  }

  /// The days of the period that reports cover.
  /// - Throws: ``StoreError``.
  package func coveredPeriod(_ filter: RecordFilter) throws(StoreError) -> CoveredPeriod {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT DISTINCT report.first_day, report.last_day FROM report WHERE \(filter.overlapping) ORDER BY 1, 2
        """
      let (first, last) = (filter.firstDay?.number ?? .min, filter.lastDay?.number ?? .max)
      var covered = CoveredPeriod(days: 0, isEstimated: false)
      var next = first
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() {
        let (begin, end): (Int64, Int64) = (row[0], row[1])
        if end > begin { covered.isEstimated = true }
        let (start, stop) = (max(begin, next), min(end, last))
        guard start <= stop else { continue }
        covered.days += stop - start + 1
        next = stop + 1
      }
      return covered
    }
  }

  /// The newest day of the period that a report covers; nil if there is none. Impossible days count only if there are no others.
  /// - Throws: ``StoreError``.
  package func newestDay(_ filter: RecordFilter) throws(StoreError) -> CalendarDay? {
    try read { db in
      let request: SQLRequest<Int64> = "SELECT \(Aggregate.lastDay) FROM report WHERE \(filter.overlapping)"
      return try request.fetchOne(db).map { min(CalendarDay(number: $0), filter.lastDay ?? .last) }
    }
  }

  /// The first and last day with a report in the filter; nil if there is none.
  /// - Throws: ``StoreError``.
  package func coveredDays(_ filter: RecordFilter) throws(StoreError) -> ClosedRange<CalendarDay>? {
    try read { db in
      // Two queries, because an index answers each, but not both at once.
      let first: SQLRequest<Int64> = "SELECT min(report.day) FROM report WHERE \(filter.condition)"
      let last: SQLRequest<Int64> = "SELECT max(report.day) FROM report WHERE \(filter.condition)"
      guard let first = try first.fetchOne(db), let last = try last.fetchOne(db) else { return nil }
      // The few reports over several days have an index of their own.
      let long: SQLRequest<Row> = """
        SELECT min(report.first_day), max(report.last_day) FROM report
        WHERE report.last_day > report.first_day AND NOT report.impossible AND \(filter.condition)
        """
      let row = try long.fetchOne(db)
      let start: Int64 = min(first, row?[0] ?? first)
      let end: Int64 = max(last, row?[1] ?? last)
      return CalendarDay(number: start)...CalendarDay(number: max(start, end))
    }
  }

  /// The domains that reports are about.
  /// - Throws: ``StoreError``.
  package func policyDomains() throws(StoreError) -> [DomainName] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT name FROM domain WHERE id IN (SELECT policy_domain_id FROM report) ORDER BY name"
      ).compactMap(DomainName.init)
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
  ///   - isSpread: whether reports over several days count with the part that is within the period, in whole messages.
  ///   - withPlacing: whether to fill ``StreamFlow/placingOrganisations``, for which the message of each report is looked up.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func streamFlows(
    _ filter: RecordFilter, trustedHosts: [String] = [], isSpread: Bool = false, withPlacing: Bool = false,
    _ body: (StreamFlow) throws -> Void
  ) throws(StoreError) {
    try read { db in
      let isBelieved = ReportOrigins.isBelieved
      let messages: SQL = isSpread ? "record.messages * \(filter.share)" : "record.messages"
      let placing: SQL =
        withPlacing
        ? """
        group_concat(DISTINCT CASE WHEN NOT report.contested AND report.id NOT IN (SELECT report_id FROM report_mail)
          THEN report.sending_organisation_id END)
        """ : "NULL"
      let request: SQLRequest<Row> = """
        SELECT source.text AS source, source_host.host AS host, sum(\(messages)) AS messages,
          group_concat(DISTINCT \(Self.days)) AS days, group_concat(DISTINCT report.reporter_id) AS reporters,
          flow.outcome_id, flow.verdict, flow.subtype, flow.confidence, flow.rule, flow.unknown_ip,
          known_sender.name AS known_sender, policy_domain.name AS policy_domain, policy.adkim, policy.aspf,
          sum(\(messages) * \(isBelieved)) AS believed_messages,
          group_concat(DISTINCT CASE WHEN \(isBelieved) THEN \(Self.days) END) AS believed_days,
          group_concat(DISTINCT CASE WHEN \(isBelieved) THEN report.sending_organisation_id END) AS believed_organisations,
          group_concat(DISTINCT CASE WHEN NOT report.contested THEN report.sending_organisation_id END) AS organisations,
          \(placing) AS placing_organisations,
          sum(\(messages) * (NOT \(ReportOrigins.isAuthenticated(by: trustedHosts)))) AS unauthenticated
        FROM \(Join.record) \(Join.source) \(Join.sourceHost) \(Join.knownSender)
        JOIN policy ON policy.id = flow.policy_id JOIN domain AS policy_domain ON policy_domain.id = policy.domain_id
        WHERE \(isSpread ? filter.overlapping : filter.condition) GROUP BY flow.id ORDER BY messages DESC, flow.id
        """
      let flows = FlowStore(db)
      var (all, believed, unauthenticated) = (Carry(), Carry(), Carry())
      func numbers(_ text: String) -> Set<Int64> { Set(text.split(separator: ",").compactMap { Int64($0) }) }
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() {
        guard let source = IPAddress(row["source"] as String) else { continue }
        try body(
          StreamFlow(
            source: source, host: row["host"], messages: all.take(row["messages"]), days: Self.days(row["days"]),
            reporters: numbers(row["reporters"]),
            believed: StreamFlow.Believed(
              messages: believed.take(row["believed_messages"]), days: Self.days(row["believed_days"] ?? ""),
              organisations: numbers(row["believed_organisations"] ?? "")),
            unauthenticated: unauthenticated.take(row["unauthenticated"]),
            organisations: numbers(row["organisations"] ?? ""),
            placingOrganisations: numbers(row["placing_organisations"] ?? ""),
            outcome: try flows.outcome(row["outcome_id"]),
            policyDomain: row["policy_domain"], adkim: (row["adkim"] as String?).flatMap(AlignmentMode.init),
            aspf: (row["aspf"] as String?).flatMap(AlignmentMode.init), verdict: row["verdict"] ?? "",
            subtype: row["subtype"] ?? "", confidence: row["confidence"] ?? "", rule: row["rule"] ?? "",
            isUnknownIP: row["unknown_ip"] ?? false, knownSender: row["known_sender"]))
      }
    }
  }

  /// The days of a report as text: `first+more`, or the day alone.
  private static let days: SQL = """
    CASE report.last_day - report.first_day WHEN 0 THEN report.first_day
      ELSE report.first_day || '+' || (report.last_day - report.first_day) END
    """

  private static func days(_ text: String) -> Set<Int64> {
    var days: Set<Int64> = []
    for part in text.split(separator: ",") {
      let numbers = part.split(separator: "+").compactMap { Int64($0) }
      guard let first = numbers.first else { continue }
      // A report covers a bounded number of days.
      for more in 0...(numbers.count > 1 ? min(max(numbers[1], 0), CoveredDays.most) : 0) {
        days.insert(first.addingClamped(more))
      }
    }
    return days
  }
}

/// Rounds numbers of messages to whole ones, carrying what was cut or added, so that the sum stays right.
private struct Carry {
  private var rest = 0.0

  mutating func take(_ messages: Double) -> Int64 {
    let whole = Int64(clampedRounding: messages + rest)
    rest += messages - Double(whole)
    return whole
  }
}
