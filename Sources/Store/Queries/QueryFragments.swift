import DMARC
import GRDB

/// Tables that queries about records join to ``record``.
enum Join {
  /// A record with its report, flow and outcome.
  static let record: SQL = """
    report
    JOIN record ON record.report_id = report.id
    JOIN flow ON flow.id = record.flow_id
    JOIN outcome ON outcome.id = flow.outcome_id
    """

  static let source: SQL = "JOIN source ON source.id = flow.source_id"
  static let sourceHost: SQL = "LEFT JOIN source_host ON source_host.source_id = source.id"
  static let reporter: SQL = "JOIN reporter ON reporter.id = report.reporter_id"
  static let headerFrom: SQL = "LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id"
  static let policyDomain: SQL = "JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id"
}

/// Columns of a group of records.
enum Aggregate {
  /// `messages`.
  static let messages: SQL = "sum(record.messages) AS messages"
  /// `passed`: messages that passed DMARC.
  static let passed: SQL = "sum(record.messages * outcome.dmarc_pass) AS passed"
  /// The first and last UTC day that the reports cover. Impossible days count only if there are no others.
  static let firstDay: SQL =
    "coalesce(min(CASE WHEN NOT report.impossible THEN report.first_day END), min(report.first_day))"
  static let lastDay: SQL =
    "coalesce(max(CASE WHEN NOT report.impossible THEN report.last_day END), max(report.last_day))"

  /// A JSON array of the distinct values; `Row.list(_:)` reads it.
  static func list(_ value: SQL, as name: SQL) -> SQL { "json_group_array(DISTINCT \(value)) AS \(name)" }
}

extension SQL {
  /// The right side of `IN`: values bound as one JSON array, so that their number has no limit and never changes the statement.
  static func list(_ values: some Sequence<Int64>) -> SQL {
    "(SELECT value FROM json_each(\(OutcomeColumns.list(values))))"
  }

  /// The right side of `IN`: values bound as one JSON array.
  static func list(_ values: some Sequence<String>) -> SQL {
    "(SELECT value FROM json_each(\(OutcomeColumns.list(values))))"
  }
}

extension Row {
  /// The strings of a JSON array column, sorted, without nulls.
  func list(_ column: String) -> [String] {
    let json: String? = self[column]
    return (json.flatMap { try? OutcomeColumns.strings($0) } ?? []).sorted()
  }
}
