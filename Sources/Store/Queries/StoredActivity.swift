import DMARC

/// What messages have in common that changes are looked for in.
package struct MailKind: Sendable, Hashable {
  /// Whether they passed DMARC, and whether the receiver evaluated it.
  package var passesDMARC, isEvaluated: Bool
  /// The stored verdict; empty if they have not been judged.
  package var verdict, subtype: String
  /// Whether their sources need review.
  package var isUnknownIP: Bool
}

/// Messages on one day in the reports of one reporter.
package struct ReportedDay: Sendable, Hashable {
  /// The UTC day that holds the middle of the reports' periods, as days since 1970-01-01.
  package var day: Int64
  /// Row id of the reporter.
  package var reporter: Int64
  package var messages: Int64
}

/// Which flows of a kind are read.
package enum FlowSelection: Sendable, Hashable {
  case none, all
  /// Only those that occur on several days of a month.
  case repeated
}

/// The messages of one flow in a month.
package struct ActiveFlow: Sendable {
  /// Row ids.
  package var source, outcome: Int64
  /// What the messages have in common.
  package var kind: MailKind
  /// The name of the known sender; nil if there is none.
  package var knownSender: String?
  package var days: [ReportedDay]
}

/// A reporter with its reports on each day.
package struct ReporterDays: Sendable {
  package var id: Int64
  package var name: String
  /// Reports, not messages, by day.
  package var days: [ReportedDay]
}

/// Reports for a period that arrived late.
package struct LateReports: Sendable, Hashable {
  package var reports, messages: Int64
}

/// A DMARC policy, as one reporter says on a day.
package struct ReportedPolicy: Sendable, Hashable {
  package var domain: String
  package var day, reporter: Int64
  package var tags: [StoredPolicy.Tag]
}
