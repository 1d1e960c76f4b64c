import DMARC

/// A row of the monthly review: a policy domain, a source address and an authentication outcome.
public struct ExportRow: Sendable, Hashable {
  /// The policy domain.
  public var policyDomain: String
  /// The source address.
  public var source: String
  /// Messages.
  public var messages: Int64
  /// Whether DMARC passed, as reported.
  public var passedDMARC: Bool
  /// Whether an aligned DKIM signature passed.
  public var dkimAligned: Bool
  /// Whether SPF passed and was aligned.
  public var spfAligned: Bool
  /// What the receiver did.
  public var disposition: String?
  /// The verdict; nil before the flow has been classified.
  public var verdict: String?
  /// The subtype of the verdict.
  public var subtype: String?
  /// The confidence of the verdict: high, medium or low.
  public var confidence: String?
  /// Whether the source needs review.
  public var unknownIP: Bool
  /// Name of the known sender, if any.
  public var knownSender: String?
  /// The From domain.
  public var headerFrom: String?
  /// The MAIL FROM domain; empty for a null sender.
  public var envelopeFrom: String?
  /// Number of reporters.
  public var reporters: Int64
  /// First UTC day on which it was reported.
  public var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  public var lastDay: CalendarDay
  /// Other issues, by short stable names.
  public var issues: [String]
  /// The raw results of DKIM and SPF, with the From and MAIL FROM domains. Nothing else of the outcome is set.
  public var outcome: AuthenticationOutcome
}
