package import DMARC

/// What a monitoring system wants to know about a database.
package struct StoreMetrics: Sendable, Hashable {
  /// Messages of a period that are alike.
  package struct Messages: Sendable, Hashable {
    /// The policy domain; nil for the sum of all domains that are not listed by themselves.
    package var domain: String?
    /// The stored verdict; empty before the messages have been judged.
    package var verdict: String
    /// What the receiver did; empty if it was not reported.
    package var disposition: String
    /// Whether DMARC passed; nil if the receiver did not say so.
    package var passes: Bool?
    /// Whether the source is unknown and needs review.
    package var isUnknown: Bool
    /// Messages.
    package var count: Int64
  }

  /// A policy domain with reports.
  package struct Domain: Sendable, Hashable {
    package var name: String
    /// The last UTC day that a report about it is for.
    package var newestDay: CalendarDay
  }

  /// Sums of a period, by domain; those of the domains that are not listed by themselves come last.
  package var messages: [Messages]
  /// The domains that are listed by themselves, by name.
  package var domains: [Domain]
  /// The number of domains with messages in the period that are not.
  package var otherDomains: Int
  /// The last UTC day that any report is for; nil without reports.
  package var newestDay: CalendarDay?
  /// Files, members of archives and messages by their outcome.
  package var inputs: [String: Int64]
  /// Reports, and their rows.
  package var reports, rows: Int64
  /// Conflicts that nobody has decided.
  package var conflicts: Int64
  /// Problems that last from run to run, such as a server that cannot be reached, by their code.
  package var problems: [String: Int64]
  /// Flows without a verdict.
  package var notJudged: Int64
  /// Bytes of the database.
  package var bytes: Int64
  /// When reports were last looked for.
  package var ingest: IngestTimes
}

/// When `ingest` last ran.
package struct IngestTimes: Sendable, Hashable {
  /// When a run last ended, and when one last ended with every source read; epoch seconds, nil if none has.
  package var finished, succeeded: Int64?
}
