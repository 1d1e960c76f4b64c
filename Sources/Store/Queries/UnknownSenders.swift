import DMARC
import GRDB

/// An address that nobody has declared and that never passed aligned DKIM.
public struct UnknownSender: Sendable, Hashable {
  /// The address that sent the mail.
  public var source: String
  /// Messages.
  public var messages: Int64
  /// Of those, messages that passed DMARC by SPF.
  public var passed: Int64
  /// Of those, quarantined or rejected.
  public var blocked: Int64
  /// Reporters.
  public var reporters: Int64
  /// Policy domains.
  public var policyDomains: [String]
  /// From domains.
  public var headerFroms: [String]
  /// Raw SPF results with their domains.
  public var spf: [String]
  /// Verdicts on its flows.
  public var verdicts: [String]
  /// First day of all, also before the period asked for.
  public var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  public var lastDay: CalendarDay
}

extension ReportDatabase {
  /// Unknown senders, most messages first.
  /// - Parameter newSince: only addresses that were never seen before this day.
  /// - Throws: ``StoreError``.
  public func unknownSenders(_ filter: RecordFilter, newSince: CalendarDay? = nil) throws(StoreError) -> [UnknownSender]
  {
    try read { db in
      let isNew: SQL = newSince.map { "HAVING first_day >= \($0.number)" } ?? ""
      let request: SQLRequest<Row> = """
        WITH vouched AS (
          SELECT DISTINCT flow.source_id FROM flow JOIN outcome ON outcome.id = flow.outcome_id
          WHERE outcome.dkim_aligned OR flow.known_sender_id IS NOT NULL
        )
        SELECT source.text AS source, sum(record.messages) AS messages, sum(record.messages * dmarc_pass) AS passed,
          sum(CASE WHEN disposition IN ('quarantine', 'reject') THEN record.messages ELSE 0 END) AS blocked,
          count(DISTINCT report.reporter_id) AS reporters, max(report.day) AS last_day,
          (SELECT min(r.day) FROM flow f JOIN record ON record.flow_id = f.id JOIN report r ON r.id = record.report_id
            WHERE f.source_id = source.id) AS first_day,
          json_group_array(DISTINCT policy_domain.name) AS policy_domains,
          json_group_array(DISTINCT header_from.name) AS header_froms,
          json_group_array(DISTINCT outcome.spf_results) AS spf,
          json_group_array(DISTINCT flow.verdict) AS verdicts
        FROM \(RecordSource.joins)
        JOIN source ON source.id = flow.source_id
        JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
        LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
        WHERE \(filter.condition) AND flow.source_id NOT IN (SELECT source_id FROM vouched)
        GROUP BY source.id \(isNew) ORDER BY messages DESC, source.text \(filter.limitClause)
        """
      return try request.fetchAll(db).map { row in
        UnknownSender(
          source: row["source"], messages: row["messages"], passed: row["passed"], blocked: row["blocked"],
          reporters: row["reporters"], policyDomains: row.list("policy_domains"), headerFroms: row.list("header_froms"),
          spf: ResultText.spf(row.list("spf")), verdicts: row.list("verdicts"),
          firstDay: CalendarDay(number: row["first_day"]), lastDay: CalendarDay(number: row["last_day"]))
      }
    }
  }
}
