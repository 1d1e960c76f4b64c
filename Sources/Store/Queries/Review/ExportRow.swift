package import DMARC

/// A row of the monthly review: a policy domain, a source address and an authentication outcome.
package struct ExportRow: Sendable, Hashable {
  /// The policy domain.
  package var policyDomain: String
  /// The source address; for a campaign, the one with the most messages.
  package var source: String
  /// Number of source addresses: 1, unless it is a campaign.
  package var addresses: Int64
  /// Number of networks, each a /24 or /64.
  package var networks: Int64
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
  /// Other outcomes of a campaign, most messages first; not more than ``maximumOutcomes``.
  package var otherOutcomes: [AuthenticationOutcome]
  /// What receivers did with other messages of a campaign.
  package var otherDispositions: [String]
  /// Whether somebody must decide about it.
  package var isDecision: Bool
  /// Messages in the period before; nil if the policy domain had no reports then, or if nothing is compared.
  package var messagesBefore: Int64?
  /// What is different from the period before; nil if nothing is.
  package var change: Change?

  /// A difference from the period before.
  package enum Change: Sendable, Hashable {
    /// No message came from the network of the source.
    case new
    /// Most messages of the source had another verdict, as it is stored.
    case changed(from: String)
  }

  /// Outcomes that a row of a campaign can name.
  static let maximumOutcomes = 5
}
