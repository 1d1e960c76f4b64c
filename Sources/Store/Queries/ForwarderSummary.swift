package import DMARC

/// Messages that arrived through one forwarder, or from the hosts of one operator.
package struct ForwarderSummary: Sendable, Hashable {
  /// The domain for which SPF passed; otherwise the organisation of the host name, or else the address. If grouped by
  /// operator, the operator's name.
  package var forwarder: String
  /// Messages.
  package var messages: Int64
  /// Of those, messages whose aligned DKIM signature survived.
  package var dkimSurvived: Int64
  /// Of those, messages that the receiver reports as forwarded.
  package var attested: Int64
  /// Of those, messages that kept the own MAIL FROM domain, so that raw SPF failed.
  package var envelopeKept: Int64
  /// Verdicts on its flows.
  package var verdicts: [String]
  /// Confidences of those verdicts.
  package var confidences: [String]
  /// From domains.
  package var headerFroms: [String]
  /// Selectors of the own signatures that survived, as `domain/selector`.
  package var selectors: [String]
  /// Distinct source addresses.
  package var sources: [String]
  /// Reporters.
  package var reporters: [String]
  /// First UTC day on which it was reported.
  package var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  package var lastDay: CalendarDay
  /// Where the name of an operator comes from; empty for a forwarder.
  package var namedBy: [String] = []
}
