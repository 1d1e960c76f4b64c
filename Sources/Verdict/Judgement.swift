/// What a flow of mail means.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
  /// DMARC passed on the direct path.
  case aligned
  /// SPF was lost on the way, an author's DKIM signature survived: harmless.
  case forwarded
  /// A relay changed the mail: SPF and DKIM were both lost.
  case forwardedModified = "forwarded-modified"
  /// A list broke both.
  case mailingList = "mailing-list"
  /// A service authenticates as itself, not as us.
  case misalignedService = "misaligned-service"
  /// Passes for a parent or child name where strict alignment demands the same name.
  case subdomainAlignment = "subdomain-alignment"
  /// Our own path, done wrong.
  case ownMisconfigured = "own-misconfigured"
  /// The receiver could not look something up, or contradicts itself.
  case receiverError = "receiver-error"
  /// A signed mail of ours seems to be sent again in bulk.
  case dkimReplaySuspected = "dkim-replay-suspected"
  /// Nobody of ours vouches for it.
  case unknownUnauthenticated = "unknown-unauthenticated"
}

/// How sure a verdict is.
public enum Confidence: String, Sendable, Hashable, CaseIterable {
  case high, medium, low
}

/// One fact that a verdict rests on.
public struct Evidence: Sendable, Hashable {
  /// A short stable name.
  public let code: String
  /// A sentence with the concrete names and numbers.
  public let text: String

  /// A piece of evidence.
  public init(_ code: String, _ text: String) {
    self.code = code
    self.text = text
  }
}

/// The verdict on a flow: what it is, how sure that is, why, and what to do.
public struct Judgement: Sendable, Hashable {
  /// What the flow means.
  public let verdict: Verdict
  /// The verdict, more closely.
  public let subtype: String
  /// How sure the verdict is: high, medium or low.
  public let confidence: Confidence
  /// Name of the rule that decided.
  public let rule: String
  /// Whether a person should look at this source.
  public let isUnknownIP: Bool
  /// Side issues, by short stable names.
  public let issues: [String]
  /// What the verdict rests on.
  public let evidence: [Evidence]

  /// What the operator can do about it.
  public var advice: String { Advice.text(verdict, subtype) }
}
