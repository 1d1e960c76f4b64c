import DMARC

/// Messages that arrived through one forwarder.
public struct ForwarderSummary: Sendable, Hashable {
  /// The domain for which SPF passed; otherwise the organisation of the host name, or else the address.
  public var forwarder: String
  /// Messages.
  public var messages: Int64
  /// Of those, messages whose aligned DKIM signature survived.
  public var dkimSurvived: Int64
  /// Of those, messages that the receiver reports as forwarded.
  public var attested: Int64
  /// Of those, messages that kept the own MAIL FROM domain, so that raw SPF failed.
  public var envelopeKept: Int64
  /// Verdicts on its flows.
  public var verdicts: [String]
  /// Confidences of those verdicts.
  public var confidences: [String]
  /// From domains.
  public var headerFroms: [String]
  /// Selectors of the own signatures that survived, as `domain/selector`.
  public var selectors: [String]
  /// Distinct source addresses.
  public var sources: [String]
  /// Reporters.
  public var reporters: [String]
  /// First UTC day on which it was reported.
  public var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  public var lastDay: CalendarDay
}
