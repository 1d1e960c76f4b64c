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
  static let policyDomain: SQL = "JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id"
  static let headerFrom: SQL = "LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id"
  static let envelopeFrom: SQL = "LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id"
  static let knownSender: SQL = "LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id"
}

/// Columns of a group of records.
enum Aggregate {
  /// `messages`.
  static let messages: SQL = "sum(record.messages) AS messages"
  /// `passed`: messages that passed DMARC.
  static let passed: SQL = "sum(record.messages * outcome.dmarc_pass) AS passed"
  /// `not_evaluated`: messages that the receiver did not evaluate, so that they neither passed nor failed.
  static let notEvaluated = messages(if: "outcome.evaluation = 'none'", as: "not_evaluated")
  /// `dkim_aligned` and `spf_aligned`: messages.
  static let aligned: SQL = """
    sum(record.messages * outcome.dkim_aligned) AS dkim_aligned, sum(record.messages * outcome.spf_aligned) AS spf_aligned
    """
  /// `blocked`: messages that were quarantined or rejected.
  static let blocked = messages(if: "outcome.disposition IN ('quarantine', 'reject')", as: "blocked")
  /// The first and last UTC day that the reports cover. Impossible days count only if there are no others.
  static let firstDay: SQL =
    "coalesce(min(CASE WHEN NOT report.impossible THEN report.first_day END), min(report.first_day))"
  static let lastDay: SQL =
    "coalesce(max(CASE WHEN NOT report.impossible THEN report.last_day END), max(report.last_day))"
  /// `first_day` and `last_day`: numbers of UTC days.
  static let days: SQL = "\(firstDay) AS first_day, \(lastDay) AS last_day"
  /// `first_day` and `last_day`: YYYY-MM-DD.
  static let dates: SQL = """
    date(\(firstDay) * 86400, 'unixepoch') AS first_day, date(\(lastDay) * 86400, 'unixepoch') AS last_day
    """

  /// Messages of the records for which a condition holds.
  static func messages(if condition: SQL, as name: SQL) -> SQL {
    "sum(CASE WHEN \(condition) THEN record.messages ELSE 0 END) AS \(name)"
  }

  /// A JSON array of the distinct values; `Row.list(_:)` reads it.
  static func list(_ value: SQL, as name: SQL) -> SQL { "json_group_array(DISTINCT \(value)) AS \(name)" }
}

extension SQL {
  /// The right side of `IN`: values bound as one JSON array, so that their number has no limit and never changes the statement.
  static func list(_ values: some Sequence<Int64>) -> SQL {
    let json = OutcomeColumns.json { $0.array { for value in values { $0.value(value) } } }
    return "(SELECT value FROM json_each(\(json)))"
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
