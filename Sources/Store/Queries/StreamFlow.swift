import DMARC

/// Messages of one flow in a period, with what was reported and the verdict on it.
public struct StreamFlow: Sendable, Hashable {
  /// The source address.
  public var source: IPAddress
  /// The forward-confirmed reverse DNS name of the address; nil if none is known.
  public var host: String?
  /// Messages in the period.
  public var messages: Int64
  /// UTC days of the period on which it was reported.
  public var days: Set<Int64>
  /// Row ids of the reporters.
  public var reporters: Set<Int64>
  /// The part of it in reports of organisations that are trusted on their own; see ``SendingOrganisation/standing``.
  public var believed: Believed
  /// Messages in reports that no trusted host has authenticated.
  public var unauthenticated: Int64
  /// Row ids of the organisations that reported it, without contested reports.
  public var organisations: Set<Int64>
  /// Of those, the organisations with a report that was supplied as a file. Empty unless requested.
  public var placingOrganisations: Set<Int64>
  /// What was reported.
  public var outcome: AuthenticationOutcome
  /// The policy domain.
  public var policyDomain: String
  /// The alignment that the policy requires.
  public var adkim, aspf: AlignmentMode?
  /// The stored verdict.
  public var verdict, subtype, confidence, rule: String
  /// Whether the source needs review.
  public var isUnknownIP: Bool
  /// Name of the known sender, if any.
  public var knownSender: String?

  /// The part of a flow in reports of organisations that are trusted on their own.
  public struct Believed: Sendable, Hashable {
    /// Messages in the period.
    public var messages: Int64
    /// UTC days of the period.
    public var days: Set<Int64>
    /// Row ids of the organisations.
    public var organisations: Set<Int64>
  }
}
