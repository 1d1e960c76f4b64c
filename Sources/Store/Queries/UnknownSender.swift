package import DMARC

/// A source that needs review, or several that belong together.
package struct UnknownSender: Sendable, Hashable {
  /// The address; for several, their network or the organisation of their host names.
  package var source: String
  /// Distinct addresses.
  package var addresses: Int64
  /// One of the addresses: the one with the most messages.
  package var address: String
  /// Its rank: volume, spread, newness and severity, one step for each doubling.
  package var threat: Int64
  /// Messages that need review.
  package var messages: Int64
  /// Of those, messages that passed DMARC.
  package var passed: Int64
  /// Of those, quarantined or rejected.
  package var blocked: Int64
  /// Number of reporters.
  package var reporters: Int64
  /// Policy domains.
  package var policyDomains: [String]
  /// From domains.
  package var headerFroms: [String]
  /// Raw SPF results; some may be equal.
  package var spf: [SPFResult]
  /// Verdicts on its flows, as `verdict/subtype`.
  package var verdicts: [String]
  /// Forward-confirmed reverse DNS names.
  package var hosts: [String]
  /// First UTC day on which it was ever reported, even before the period.
  package var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  package var lastDay: CalendarDay
}

/// How serious a verdict is. The store ranks by it and attaches no meaning to the names.
package struct VerdictSeverity: Sendable, Hashable {
  /// The verdict, as stored.
  package var verdict: String
  /// The subtype, as stored.
  package var subtype: String
  /// Steps from 0; each adds as much to the threat as four times the messages.
  package var severity: Int64

  /// The severity of a verdict with a subtype.
  package init(verdict: String, subtype: String, severity: Int64) {
    self.verdict = verdict
    self.subtype = subtype
    self.severity = severity
  }
}
