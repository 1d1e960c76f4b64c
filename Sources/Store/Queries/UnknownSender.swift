import DMARC

/// A source that needs review, or several that belong together.
public struct UnknownSender: Sendable, Hashable {
  /// The address; for several, their network or the organisation of their host names.
  public var source: String
  /// Distinct addresses.
  public var addresses: Int64
  /// One of the addresses: the one with the most messages.
  public var address: String
  /// Its rank: volume, spread, newness and severity, one step for each doubling.
  public var threat: Int64
  /// Messages that need review.
  public var messages: Int64
  /// Of those, messages that passed DMARC.
  public var passed: Int64
  /// Of those, quarantined or rejected.
  public var blocked: Int64
  /// Number of reporters.
  public var reporters: Int64
  /// Policy domains.
  public var policyDomains: [String]
  /// From domains.
  public var headerFroms: [String]
  /// Raw SPF results; some may be equal.
  public var spf: [SPFResult]
  /// Verdicts on its flows, as `verdict/subtype`.
  public var verdicts: [String]
  /// Forward-confirmed reverse DNS names.
  public var hosts: [String]
  /// First UTC day on which it was ever reported, even before the period.
  public var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  public var lastDay: CalendarDay
}

/// How serious a verdict is. The store ranks by it and attaches no meaning to the names.
public struct VerdictSeverity: Sendable, Hashable {
  /// The verdict, as stored.
  public var verdict: String
  /// The subtype, as stored.
  public var subtype: String
  /// Steps from 0; each adds as much to the threat as four times the messages.
  public var severity: Int64

  /// The severity of a verdict with a subtype.
  public init(verdict: String, subtype: String, severity: Int64) {
    self.verdict = verdict
    self.subtype = subtype
    self.severity = severity
  }
}
