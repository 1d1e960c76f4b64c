import DMARC
import GRDB

/// What failing messages are grouped by.
public enum FailureGrouping: String, Sendable, Hashable, CaseIterable {
  case source
  case headerFrom = "header-from"
  case reporter
  /// The /24 of IPv4, the /48 of IPv6.
  case network
  case verdict

  var expression: SQL {
    switch self {
    case .source: "source.text"
    case .headerFrom: "coalesce(header_from.name, '')"
    case .reporter: "reporter.name"
    case .network: "network(source.address)"
    case .verdict: "coalesce(flow.verdict || '/' || flow.subtype, 'not judged')"
    }
  }
}

/// Messages that failed DMARC and share a source, From domain, reporter, network or verdict.
public struct FailureGroup: Sendable, Hashable {
  /// What the group shares: an address, a name, a network, or `verdict/subtype`.
  public var key: String
  /// Messages.
  public var messages: Int64
  /// Of those, quarantined or rejected.
  public var blocked: Int64
  /// Of those, messages from sources that need review.
  public var unknown: Int64
  /// Distinct source addresses.
  public var sources: Int64
  /// Reporters.
  public var reporters: [String]
  /// From domains.
  public var headerFroms: [String]
  /// Raw SPF results; some may be equal.
  public var spf: [SPFResult]
  /// Raw DKIM results; some may be equal.
  public var dkim: [DKIMResult]
  /// Verdicts on its flows, as `verdict/subtype`.
  public var verdicts: [String]
  /// Names of known senders.
  public var knownSenders: [String]
  /// First UTC day on which it was reported.
  public var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  public var lastDay: CalendarDay
}

extension ReportDatabase {
  /// Groups of failing messages, the largest first.
  /// - Throws: ``StoreError``.
  public func failures(by grouping: FailureGrouping, _ filter: RecordFilter) throws(StoreError) -> [FailureGroup] {
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
        WHERE NOT outcome.dmarc_pass AND \(filter.condition)
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

  /// `network(address)`: the /24 or /48 that an address lies in, as text.
  static let networkFunction = DatabaseFunction("network", argumentCount: 1, pure: true) { values in
    guard let bytes = DatabaseBytes.fromDatabaseValue(values[0])?.bytes, let address = IPAddress(networkBytes: bytes)
    else {
      return nil
    }
    return CIDR(address, length: address.isIPv6 ? 48 : 24)?.description
  }
}
