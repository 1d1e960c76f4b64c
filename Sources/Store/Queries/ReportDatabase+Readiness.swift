package import DMARC
import GRDB

/// The sums of one policy domain and the domains below it, for the ranking of `readiness --all`.
package struct DomainReadiness: Sendable {
  /// The policy domain.
  package var domain: String
  /// The period: the first and last UTC day.
  package var firstDay, lastDay: CalendarDay
  /// Messages, and those that passed DMARC.
  package var messages, passed: Int64
  /// UTC days with reports, and reporters.
  package var days, reporters: Int64
  /// Whether an SPF snapshot of the domain is stored.
  package var hasSnapshot: Bool
  /// The failing messages by flow.
  package var failing: [FailingFlow] = []
}

/// The failing messages of one flow in a period.
package struct FailingFlow: Sendable, Hashable {
  /// The stored verdict.
  package var verdict, subtype, confidence: String
  /// Whether the source needs review, and whether it is a known sender.
  package var isUnknownIP, isDeclared: Bool
  /// UTC days on which it was reported.
  package var days: Int64
  /// Messages.
  package var messages: Int64

  /// Creates the sums of a flow.
  package init(
    verdict: String, subtype: String, confidence: String, isUnknownIP: Bool, isDeclared: Bool, days: Int64,
    messages: Int64
  ) {
    self.verdict = verdict
    self.subtype = subtype
    self.confidence = confidence
    self.isUnknownIP = isUnknownIP
    self.isDeclared = isDeclared
    self.days = days
    self.messages = messages
  }
}

extension RecordFilter {
  /// Whether a report can have been about days that were over when it arrived. The tolerance is for clocks and zones.
  static let isPlausible: SQL = "NOT report.impossible"
}

extension ReportDatabase {
  /// The number of reporters in the filter.
  /// - Throws: ``StoreError``.
  package func countReporters(_ filter: RecordFilter) throws(StoreError) -> Int64 {
    try read { db in
      let request: SQLRequest<Int64> = "SELECT count(DISTINCT report.reporter_id) FROM report WHERE \(filter.condition)"
      return try request.fetchOne(db) ?? 0
    }
  }

  /// The sums of every policy domain with the domains below it, in one pass over the reports.
  /// - Parameters:
  ///   - filter: the period; without one, the 30 days up to the newest report of each domain. Its domains do not count.
  ///   - today: reports for later days do not count, unless the filter names such days.
  /// - Throws: ``StoreError``.
  package func readiness(_ filter: RecordFilter, today: CalendarDay) throws(StoreError) -> [DomainReadiness] {
    let families = try families()
    let isGiven = filter.firstDay != nil || filter.lastDay != nil
    let limit = filter.lastDay ?? max(today, filter.firstDay ?? today)
    let first: SQL = isGiven ? "\(filter.firstDay?.number ?? -1_000_000_000)" : "max(report.day) - 29"
    let period: SQL = """
      family(member, head) AS MATERIALIZED (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(\(families))
      ), bound AS MATERIALIZED (
        SELECT head, max(report.day) AS last_day, \(first) AS first_day
        FROM family JOIN report ON report.policy_domain_id = member
        WHERE report.day <= \(limit.number) AND \(RecordFilter.isPlausible) GROUP BY head
      ), chosen AS (
        SELECT head, member, first_day, last_day FROM bound JOIN family USING (head)
      )
      """
    let scope: SQL = "report.policy_domain_id = member AND report.day BETWEEN chosen.first_day AND chosen.last_day"
    return try read { db in
      let totals: SQLRequest<Row> = """
        WITH \(period)
        SELECT head, domain.name AS domain, chosen.first_day, chosen.last_day,
          coalesce(sum(record.messages * (outcome.evaluation <> 'none')), 0) AS messages,
          coalesce(sum(record.messages * outcome.dmarc_pass), 0) AS passed,
          count(DISTINCT report.day) AS days, count(DISTINCT report.reporter_id) AS reporters,
          EXISTS (SELECT 1 FROM spf_snapshot WHERE spf_snapshot.domain = domain.name) AS has_snapshot
        FROM chosen CROSS JOIN report ON \(scope) LEFT JOIN record ON record.report_id = report.id
          LEFT JOIN flow ON flow.id = record.flow_id LEFT JOIN outcome ON outcome.id = flow.outcome_id
          JOIN domain ON domain.id = head
        GROUP BY head ORDER BY domain.name
        """
      var result: [DomainReadiness] = []
      var places: [Int64: Int] = [:]
      for row in try totals.fetchAll(db) {
        places[row["head"]] = result.count
        result.append(
          DomainReadiness(
            domain: row["domain"], firstDay: CalendarDay(number: row["first_day"]),
            lastDay: CalendarDay(number: row["last_day"]), messages: row["messages"], passed: row["passed"],
            days: row["days"], reporters: row["reporters"], hasSnapshot: row["has_snapshot"]))
      }
      let failing: SQLRequest<Row> = """
        WITH \(period)
        SELECT head, flow.verdict, flow.subtype, flow.confidence, flow.unknown_ip,
          flow.known_sender_id IS NOT NULL AS is_declared, \(Aggregate.messages), count(DISTINCT report.day) AS days
        FROM chosen CROSS JOIN report ON \(scope) JOIN record ON record.report_id = report.id
          JOIN flow ON flow.id = record.flow_id JOIN outcome ON outcome.id = flow.outcome_id
        WHERE NOT outcome.dmarc_pass AND outcome.evaluation <> 'none' GROUP BY head, flow.id
        """
      let rows = try failing.fetchCursor(db)
      while let row = try rows.next() {
        guard let place = places[row["head"]] else { continue }
        result[place].failing.append(
          FailingFlow(
            verdict: row["verdict"] ?? "", subtype: row["subtype"] ?? "", confidence: row["confidence"] ?? "",
            isUnknownIP: row["unknown_ip"] ?? false, isDeclared: row["is_declared"], days: row["days"],
            messages: row["messages"]))
      }
      return result
    }
  }

  /// Row ids of every policy domain and of itself or a policy domain above it, as JSON: `[[member, head], ...]`.
  private func families() throws(StoreError) -> String {
    let names = try read { db in
      try Row.fetchAll(db, sql: "SELECT id, name FROM domain WHERE id IN (SELECT policy_domain_id FROM report)")
        .map { (id: $0["id"] as Int64, name: $0["name"] as String) }
    }
    let ids = Dictionary(names.map { ($0.name, $0.id) }) { first, _ in first }
    return OutcomeColumns.json { json in
      json.array { list in
        for (id, name) in names {
          var rest = name[...]
          while true {
            if let head = ids[String(rest)] {
              list.array {
                $0.value(id)
                $0.value(head)
              }
            }
            guard let dot = rest.firstIndex(of: ".") else { break }
            rest = rest[rest.index(after: dot)...]
          }
        }
      }
    }
  }
}
