package import DMARC
import GRDB

extension ReportDatabase {
  /// Every policy domain in the filter, the one with the most messages first.
  /// - Parameter today: a policy that is reported for a later day does not count as the newest one.
  /// - Throws: ``StoreError``.
  package func summary(_ filter: RecordFilter, today: CalendarDay = .last) throws(StoreError) -> [DomainSummary] {
    try read { db in
      var result = try Self.summaryRows(db, filter, today)
      try Self.estimate(&result, db, filter)
      guard let before = filter.before else { return result }
      var unlimited = before
      unlimited.limit = nil
      let earlier = try Dictionary(uniqueKeysWithValues: Self.summaryRows(db, unlimited, today).map { ($0.domain, $0) })
      for index in result.indices {
        result[index].messagesBefore = earlier[result[index].domain]?.messages ?? 0
        result[index].passedBefore = earlier[result[index].domain]?.passed ?? 0
        result[index].notEvaluatedBefore = earlier[result[index].domain]?.notEvaluated ?? 0
      }
      return result
    }
  }

  private static func summaryRows(_ db: Database, _ filter: RecordFilter, _ today: CalendarDay) throws
    -> [DomainSummary]
  {
    let request: SQLRequest<Row> = """
      WITH total AS (
        SELECT report.policy_domain_id AS domain_id, \(Aggregate.messages), \(Aggregate.passed), \(Aggregate.aligned),
          sum(record.messages * outcome.dkim_aligned * outcome.spf_aligned) AS both_aligned,
          \(Aggregate.messages(if: "outcome.disposition IN ('none', 'pass')", as: "delivered")),
          \(Aggregate.messages(if: "outcome.disposition = 'quarantine'", as: "quarantined")),
          \(Aggregate.messages(if: "outcome.disposition = 'reject'", as: "rejected")),
          \(Aggregate.messages(if: "flow.unknown_ip", as: "unknown")), \(Aggregate.notEvaluated),
          count(DISTINCT flow.source_id) AS sources
        FROM \(Join.record) WHERE \(filter.condition) GROUP BY report.policy_domain_id
      ), period AS (
        SELECT report.policy_domain_id AS domain_id, sum(\(filter.condition)) AS reports,
          count(DISTINCT CASE WHEN \(filter.condition) THEN report.reporter_id END) AS reporters, \(Aggregate.days),
          sum(CASE WHEN \(filter.condition) THEN report.dropped_rows ELSE 0 END) AS dropped_rows
        FROM report WHERE \(filter.overlapping) GROUP BY +report.policy_domain_id -- by the days, not by all domains
      ), newest AS (
        SELECT report.policy_domain_id AS domain_id, report.policy_id AS policy_id, -- of the row that has the maximum
          max(CASE WHEN report.impossible OR report.day > \(today.number) THEN 0 ELSE report.end END) AS end
        FROM report WHERE \(filter.overlapping) GROUP BY +report.policy_domain_id
      )
      SELECT domain.name AS domain, total.messages, total.passed, total.dkim_aligned, total.spf_aligned,
        total.both_aligned, total.delivered, total.quarantined, total.rejected, total.unknown, total.not_evaluated, total.sources,
        period.reports, period.reporters, period.first_day, period.last_day, period.dropped_rows,
        policy.p, policy.sp, policy.np, policy.adkim, policy.aspf, policy.pct, policy.fo, policy.testing,
        policy.discovery_method
      FROM period JOIN domain ON domain.id = period.domain_id JOIN newest ON newest.domain_id = period.domain_id
      JOIN policy ON policy.id = newest.policy_id
      LEFT JOIN total ON total.domain_id = period.domain_id
      ORDER BY coalesce(total.messages, 0) DESC, domain.name \(filter.limitClause)
      """
    return try request.fetchAll(db).map(summaryRow)
  }

  /// Adds how many messages were within the period, if reports reach beyond it.
  private static func estimate(_ domains: inout [DomainSummary], _ db: Database, _ filter: RecordFilter) throws {
    guard let crossing = filter.crossing else { return }
    let part: SQL = "(\(filter.share) - \(filter.condition))"
    let request: SQLRequest<Row> = """
      SELECT domain.name AS domain, sum(record.messages * \(part)) AS messages,
        sum(record.messages * outcome.dmarc_pass * \(part)) AS passed
      -- Few reports cover several days, so they come first.
      FROM report CROSS JOIN record ON record.report_id = report.id CROSS JOIN flow ON flow.id = record.flow_id
      CROSS JOIN outcome ON outcome.id = flow.outcome_id JOIN domain ON domain.id = report.policy_domain_id
      WHERE \(crossing) GROUP BY +report.policy_domain_id
      """
    let rows = try request.fetchAll(db)
    let changes = Dictionary(uniqueKeysWithValues: rows.map { ($0["domain"] as String, $0) })
    for index in domains.indices {
      guard let change = changes[domains[index].domain] else { continue }
      let (messages, passed): (Double, Double) = (change["messages"], change["passed"])
      domains[index].estimatedMessages = domains[index].messages.addingClamped(Int64(clampedRounding: messages))
      domains[index].estimatedPassed = domains[index].passed.addingClamped(Int64(clampedRounding: passed))
    }
  }

  private static func summaryRow(_ row: Row) -> DomainSummary {
    func count(_ column: String) -> Int64 { row[column] as Int64? ?? 0 }
    return DomainSummary(
      domain: row["domain"], messages: count("messages"), passed: count("passed"), dkimAligned: count("dkim_aligned"),
      spfAligned: count("spf_aligned"), bothAligned: count("both_aligned"), delivered: count("delivered"),
      quarantined: count("quarantined"), rejected: count("rejected"), unknown: count("unknown"),
      sources: count("sources"), reports: count("reports"), reporters: count("reporters"),
      droppedRows: count("dropped_rows"), firstDay: CalendarDay(number: count("first_day")),
      lastDay: CalendarDay(number: count("last_day")), policy: policyText(row), notEvaluated: count("not_evaluated"),
      testing: row["testing"], discoveryMethod: row["discovery_method"])
  }

  /// The tags that were published, in the order of a DMARC record.
  static func policyText(_ row: Row) -> String {
    ["p", "sp", "np", "adkim", "aspf", "pct", "fo", "testing"].compactMap { tag in
      let value = (row[tag] as DatabaseValue?).flatMap {
        $0.isNull ? nil : String.fromDatabaseValue($0) ?? "\(Int64.fromDatabaseValue($0) ?? 0)"
      }
      return value.map { "\(tag)=\($0)" }
    }.joined(separator: " ")
  }
}
