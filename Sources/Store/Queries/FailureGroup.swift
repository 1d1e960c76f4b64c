package import DMARC

/// The property by which failing messages are grouped.
package enum FailureGrouping: String, Sendable, Hashable, CaseIterable {
  case source
  case headerFrom = "header-from"
  case reporter
  /// The /24 of IPv4, the /48 of IPv6.
  case network
  case verdict
  /// The name of the source's operator.
  case `operator`
}

/// Messages that failed DMARC and share a source, From domain, reporter, network, verdict or operator.
package struct FailureGroup: Sendable, Hashable {
  /// What the group shares: an address, a name, a network, or `verdict/subtype`.
  package var key: String
  /// Messages.
  package var messages: Int64
  /// Of those, quarantined or rejected.
  package var blocked: Int64
  /// Of those, messages from sources that need review.
  package var unknown: Int64
  /// Distinct source addresses.
  package var sources: Int64
  /// Reporters.
  package var reporters: [String]
  /// From domains.
  package var headerFroms: [String]
  /// Raw SPF results; some may be equal.
  package var spf: [SPFResult]
  /// Raw DKIM results; some may be equal.
  package var dkim: [DKIMResult]
  /// Verdicts on its flows, as `verdict/subtype`.
  package var verdicts: [String]
  /// Names of known senders.
  package var knownSenders: [String]
  /// First UTC day on which it was reported.
  package var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  package var lastDay: CalendarDay
  /// Where the name of the operator comes from; empty for other groups.
  package var namedBy: [String] = []
}
