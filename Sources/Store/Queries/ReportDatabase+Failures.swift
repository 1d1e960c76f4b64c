import DMARC
import GRDB

extension ReportDatabase {
  /// Groups of failing messages, the largest first.
  /// - Throws: ``StoreError``.
  package func failures(by grouping: FailureGrouping, _ filter: RecordFilter) throws(StoreError) -> [FailureGroup] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT \(grouping.expression) AS key, \(Aggregate.messages), \(Aggregate.blocked),
          \(Aggregate.messages(if: "flow.unknown_ip", as: "unknown")),
          count(DISTINCT flow.source_id) AS sources, \(Aggregate.days),
          \(Aggregate.list("reporter.name", as: "reporters")), \(Aggregate.list("header_from.name", as: "header_froms")),
          \(Aggregate.list("outcome.spf_results", as: "spf")), \(Aggregate.list("outcome.dkim_results", as: "dkim")),
          \(Aggregate.list("flow.verdict || '/' || flow.subtype", as: "verdicts")),
          \(Aggregate.list("known_sender.name", as: "senders"))
        FROM \(Join.record) \(Join.source) \(Join.reporter) \(Join.headerFrom) \(Join.knownSender)
        WHERE NOT outcome.dmarc_pass AND outcome.evaluation <> 'none' AND \(filter.condition)
        GROUP BY 1 ORDER BY messages DESC, key \(filter.limitClause)
        """
      return try request.fetchAll(db).map { row in
        FailureGroup(
          key: row["key"], messages: row["messages"], blocked: row["blocked"], unknown: row["unknown"],
          sources: row["sources"],
          reporters: row.list("reporters"), headerFroms: row.list("header_froms"),
          spf: try row.list("spf").flatMap(OutcomeColumns.spf),
          dkim: try row.list("dkim").flatMap(OutcomeColumns.dkim), verdicts: row.list("verdicts"),
          knownSenders: row.list("senders"),
          firstDay: CalendarDay(number: row["first_day"]), lastDay: CalendarDay(number: row["last_day"]))
      }
    }
  }

  /// `network(address)`: the /24 or /48 of an address, as text.
  static let networkFunction = DatabaseFunction("network", argumentCount: 1, pure: true) { values in
    guard let bytes = DatabaseBytes.fromDatabaseValue(values[0])?.bytes, let address = IPAddress(networkBytes: bytes)
    else {
      return nil
    }
    return CIDR(address, length: address.isIPv6 ? 48 : 24)?.description
  }
}
