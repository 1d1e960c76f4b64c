package import DMARC

/// A row of the monthly review: a policy domain, a source address and an authentication outcome.
package struct ExportRow: Sendable, Hashable {
  /// The policy domain.
  package var policyDomain: String
  /// The source address.
  package var source: String
  /// Messages.
  package var messages: Int64
  /// Whether DMARC passed, as reported.
  package var passedDMARC: Bool
  /// Whether an aligned DKIM signature passed.
  package var dkimAligned: Bool
  /// Whether SPF passed and was aligned.
  package var spfAligned: Bool
  /// What the receiver did.
  package var disposition: String?
  /// The verdict; nil before the flow has been classified.
  package var verdict: String?
  /// The subtype of the verdict.
  package var subtype: String?
  /// The confidence of the verdict: high, medium or low.
  package var confidence: String?
  /// Whether the source needs review.
  package var unknownIP: Bool
  /// Name of the known sender, if any.
  package var knownSender: String?
  /// The From domain.
  package var headerFrom: String?
  /// The MAIL FROM domain; empty for a null sender.
  package var envelopeFrom: String?
  /// Number of reporters.
  package var reporters: Int64
  /// First UTC day on which it was reported.
  package var firstDay: CalendarDay
  /// Last UTC day on which it was reported.
  package var lastDay: CalendarDay
  /// Other issues, by short stable names.
  package var issues: [String]
  /// The raw results of DKIM and SPF, with the From and MAIL FROM domains, and where the DMARC result comes from. Nothing else of the outcome is set.
  package var outcome: AuthenticationOutcome
}
