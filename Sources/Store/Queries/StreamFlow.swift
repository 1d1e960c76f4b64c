package import DMARC

/// Messages of one flow in a period, with what was reported and the verdict on it.
package struct StreamFlow: Sendable, Hashable {
  /// The source address.
  package var source: IPAddress
  /// The forward-confirmed reverse DNS name of the address; nil if none is known.
  package var host: String?
  /// Messages in the period.
  package var messages: Int64
  /// UTC days of the period on which it was reported.
  package var days: Set<Int64>
  /// Row ids of the reporters.
  package var reporters: Set<Int64>
  /// The part of it in reports of organisations that are trusted on their own; see ``SendingOrganisation/standing``.
  package var believed: Believed
  /// Messages in reports that no trusted host has authenticated.
  package var unauthenticated: Int64
  /// Row ids of the organisations that reported it, without contested reports.
  package var organisations: Set<Int64>
  /// Of those, the organisations with a report that was supplied as a file. Empty unless requested.
  package var placingOrganisations: Set<Int64>
  /// What was reported.
  package var outcome: AuthenticationOutcome
  /// The policy domain.
  package var policyDomain: String
  /// The alignment that the policy requires.
  package var adkim, aspf: AlignmentMode?
  /// The stored verdict.
  package var verdict, subtype, confidence, rule: String
  /// Whether the source needs review.
  package var isUnknownIP: Bool
  /// Name of the known sender, if any.
  package var knownSender: String?

  /// The part of a flow in reports of organisations that are trusted on their own.
  package struct Believed: Sendable, Hashable {
    /// Messages in the period.
    package var messages: Int64
    /// UTC days of the period.
    package var days: Set<Int64>
    /// Row ids of the organisations.
    package var organisations: Set<Int64>
  }
}
