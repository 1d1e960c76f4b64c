package import DMARC
import GRDB

/// The results of all chosen domains in one day, week or month. All counts are messages unless stated otherwise.
package struct PeriodSummary: Sendable, Hashable {
  /// The first UTC day of the day, week or month, even if the question begins later.
  package var start: CalendarDay
  /// Messages.
  package var messages: Int64
  /// Messages that passed DMARC.
  package var passed: Int64
  /// Messages with an aligned DKIM pass, with an aligned SPF pass, and with both.
  package var dkimAligned, spfAligned, bothAligned: Int64
  /// Messages by disposition: `none` or `pass`, `quarantine`, `reject`.
  package var delivered, quarantined, rejected: Int64
  /// Messages from sources that need review.
  package var unknown: Int64
  /// Messages that the receiver did not evaluate.
  package var notEvaluated: Int64
  /// Distinct source addresses.
  package var sources: Int64
  /// Numbers of policy domains, reporters and reports.
  package var domains, reporters, reports: Int64
  /// Records that were dropped because they could not be read.
  package var droppedRows: Int64

  /// Messages that failed DMARC.
  package var failed: Int64 { messages - passed - notEvaluated }
  /// Share of the evaluated messages that passed, 0...1; nil if there were none.
  package var passRate: Double? {
    messages > notEvaluated ? Double(passed) / Double(messages - notEvaluated) : nil
  }
}

extension ReportDatabase {
  /// The sums of the chosen domains for each day, week or month with reports, the earliest first. The limit of the filter does not count.
  /// - Throws: ``StoreError``.
  package func summary(per length: PeriodLength, _ filter: RecordFilter) throws(StoreError) -> [PeriodSummary] {
    try read { db in
      let request: SQLRequest<Row> = """
        WITH total AS (
          SELECT \(length.start) AS start, \(Aggregate.messages), \(Aggregate.passed), \(Aggregate.aligned),
            sum(record.messages * outcome.dkim_aligned * outcome.spf_aligned) AS both_aligned,
            \(Aggregate.messages(if: "outcome.disposition IN ('none', 'pass')", as: "delivered")),
            \(Aggregate.messages(if: "outcome.disposition = 'quarantine'", as: "quarantined")),
            \(Aggregate.messages(if: "outcome.disposition = 'reject'", as: "rejected")),
            \(Aggregate.messages(if: "flow.unknown_ip", as: "unknown")), \(Aggregate.notEvaluated),
            count(DISTINCT flow.source_id) AS sources
          FROM \(Join.record) WHERE \(filter.condition) GROUP BY 1
        ), period AS (
          SELECT \(length.start) AS start, count(*) AS reports, count(DISTINCT report.reporter_id) AS reporters,
            count(DISTINCT report.policy_domain_id) AS domains, sum(report.dropped_rows) AS dropped_rows
          FROM report WHERE \(filter.condition) GROUP BY 1
        )
        SELECT period.start AS start, period.reports, period.reporters, period.domains, period.dropped_rows,
          total.messages, total.passed, total.dkim_aligned, total.spf_aligned, total.both_aligned, total.delivered,
          total.quarantined, total.rejected, total.unknown, total.not_evaluated, total.sources
        FROM period LEFT JOIN total ON total.start = period.start ORDER BY period.start
        """
      return try request.fetchAll(db).map { row in
        func count(_ column: String) -> Int64 { row[column] as Int64? ?? 0 }
        return PeriodSummary(
          start: CalendarDay(number: count("start")), messages: count("messages"), passed: count("passed"),
          dkimAligned: count("dkim_aligned"), spfAligned: count("spf_aligned"), bothAligned: count("both_aligned"),
          delivered: count("delivered"), quarantined: count("quarantined"), rejected: count("rejected"),
          unknown: count("unknown"), notEvaluated: count("not_evaluated"), sources: count("sources"),
          domains: count("domains"), reporters: count("reporters"), reports: count("reports"),
          droppedRows: count("dropped_rows"))
      }
    }
  }

  /// The failing messages of each day, week or month with any, the earliest first: its first day, and the group with its name as the
  /// key. The limit of the filter does not count.
  /// - Throws: ``StoreError``.
  package func failures(
    per length: PeriodLength, _ filter: RecordFilter
  ) throws(StoreError) -> [(start: CalendarDay, group: FailureGroup)] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT \(length.start) AS start, \(Aggregate.messages), \(Aggregate.blocked),
          \(Aggregate.messages(if: "flow.unknown_ip", as: "unknown")),
          count(DISTINCT flow.source_id) AS sources, \(Aggregate.days),
          \(Aggregate.list("reporter.name", as: "reporters")), \(Aggregate.list("header_from.name", as: "header_froms")),
          \(Aggregate.list("outcome.spf_results", as: "spf")), \(Aggregate.list("outcome.dkim_results", as: "dkim")),
          \(Aggregate.list("flow.verdict || '/' || flow.subtype", as: "verdicts")),
          \(Aggregate.list("known_sender.name", as: "senders"))
        FROM \(Join.record) \(Join.reporter) \(Join.headerFrom) \(Join.knownSender)
        WHERE NOT outcome.dmarc_pass AND outcome.evaluation <> 'none' AND \(filter.condition)
        GROUP BY 1 ORDER BY 1
        """
      return try request.fetchAll(db).map { row in
        let start = CalendarDay(number: row["start"])
        let group = FailureGroup(
          key: length.name(start: start), messages: row["messages"], blocked: row["blocked"], unknown: row["unknown"],
          sources: row["sources"], reporters: row.list("reporters"), headerFroms: row.list("header_froms"),
          spf: try row.list("spf").flatMap(OutcomeColumns.spf),
          dkim: try row.list("dkim").flatMap(OutcomeColumns.dkim), verdicts: row.list("verdicts"),
          knownSenders: row.list("senders"),
          firstDay: CalendarDay(number: row["first_day"]), lastDay: CalendarDay(number: row["last_day"]))
        return (start, group)
      }
    }
  }
}
