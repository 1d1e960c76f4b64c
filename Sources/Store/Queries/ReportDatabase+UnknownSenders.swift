package import DMARC
import GRDB

extension ReportDatabase {
  /// Sources that need review, the most threatening first.
  /// - Parameters:
  ///   - severities: how serious each verdict is; 0 for those not named.
  ///   - newSince: only sources that were never seen before this day.
  ///   - today: reports of later days do not make other sources look old.
  ///   - isFolded: addresses of one pool become one line: an IPv6 /64, one operator's hosts, or three or more of a /24.
  ///   - organisation: the organisational domain of a host name.
  /// - Throws: ``StoreError``.
  package func unknownSenders(
    _ filter: RecordFilter, severities: [VerdictSeverity], newSince: CalendarDay? = nil, today: CalendarDay = .last,
    isFolded: Bool = true,
    organisation: (DomainName) -> DomainName? = { $0 }
  ) throws(StoreError) -> [UnknownSender] {
    try read { db in
      var sources = try Self.flaggedSources(db, filter, severities)
      if let newSince { sources.removeAll { $0.firstDay < newSince.number } }
      let newest = sources.lazy.map(\.lastDay).filter { $0 <= today.number }.max() ?? 0
      let pools = isFolded ? SenderPool.fold(sources, organisation) : sources.map { SenderPool($0) }
      let ranked = pools.map { (pool: $0, threat: $0.threat(newest)) }
        .sorted { ($1.threat, $1.pool.messages, $0.pool.name) < ($0.threat, $0.pool.messages, $1.pool.name) }
      return try ranked.prefix(filter.limit ?? ranked.count).map { try Self.details($0.pool, $0.threat, db, filter) }
    }
  }

  /// With `max`, SQLite takes the other columns from the row that has it: `kind` is the worst verdict.
  private static func flaggedSources(
    _ db: Database, _ filter: RecordFilter, _ severities: [VerdictSeverity]
  ) throws -> [FlaggedSource] {
    let cases = severities.filter { $0.severity != 0 }.map { known -> SQL in
      "WHEN flow.verdict = \(known.verdict) AND flow.subtype = \(known.subtype) THEN \(known.severity)"
    }
    let severity: SQL = cases.isEmpty ? "0" : "CASE \(cases.joined(separator: " ")) ELSE 0 END"
    let request: SQLRequest<Row> = """
      SELECT source.id AS id, source.text AS text, source_host.host AS host,
        \(Aggregate.messages), max(\(severity)) AS severity,
        flow.verdict || '/' || flow.subtype AS kind,
        count(DISTINCT report.reporter_id) AS reporters, count(DISTINCT report.policy_domain_id) AS domains,
        \(Aggregate.lastDay) AS last_day,
        (SELECT coalesce(min(CASE WHEN NOT r.impossible THEN r.first_day END), min(r.first_day))
          FROM flow f JOIN record ON record.flow_id = f.id JOIN report r ON r.id = record.report_id
          WHERE f.source_id = source.id) AS first_day
      FROM \(Join.record) \(Join.source) \(Join.sourceHost)
      WHERE flow.unknown_ip AND \(filter.condition) GROUP BY source.id
      """
    return try request.fetchAll(db).map { try FlaggedSource($0) }
  }

  private static func details(
    _ pool: SenderPool, _ threat: Double, _ db: Database, _ filter: RecordFilter
  ) throws -> UnknownSender {
    let request: SQLRequest<Row> = """
      SELECT \(Aggregate.messages), \(Aggregate.passed), \(Aggregate.blocked),
        count(DISTINCT report.reporter_id) AS reporters,
        \(Aggregate.list("policy_domain.name", as: "policy_domains")),
        \(Aggregate.list("header_from.name", as: "header_froms")), \(Aggregate.list("outcome.spf_results", as: "spf")),
        \(Aggregate.list("flow.verdict || '/' || flow.subtype", as: "verdicts"))
      FROM \(Join.record) \(Join.policyDomain) \(Join.headerFrom)
      WHERE flow.source_id IN \(SQL.list(pool.sources.map(\.id))) AND flow.unknown_ip AND \(filter.condition)
      """
    guard let row = try request.fetchOne(db) else { throw StoreError("the sources are gone") }
    return UnknownSender(
      source: pool.name, addresses: Int64(pool.sources.count), address: pool.largest, threat: Int64(threat.rounded()),
      messages: row["messages"], passed: row["passed"], blocked: row["blocked"], reporters: row["reporters"],
      policyDomains: row.list("policy_domains"), headerFroms: row.list("header_froms"),
      spf: try row.list("spf").flatMap(OutcomeColumns.spf), verdicts: row.list("verdicts"),
      hosts: Set(pool.sources.compactMap(\.host)).sorted(),
      firstDay: CalendarDay(number: pool.sources.map(\.firstDay).min() ?? 0),
      lastDay: CalendarDay(number: pool.sources.map(\.lastDay).max() ?? 0))
  }
}
