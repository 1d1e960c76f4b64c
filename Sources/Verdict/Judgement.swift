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

  /// The subtypes that the rules give, the first being the plainest.
  public var subtypes: [String] {
    switch self {
    case .aligned: ["both", "spf-only", "dkim-only"]
    case .forwarded: ["dkim-survived", "unsigned"]
    case .forwardedModified: ["attested", "gateway", "forwarder", "resender", "unidentified-relay"]
    case .mailingList: ["attested", "pattern"]
    case .misalignedService: ["declared", "esp", "default-signing", "send-as", "other-org"]
    case .subdomainAlignment: ["strict"]
    case .ownMisconfigured:
      [
        "unsigned-not-in-spf", "unsigned", "dkim-broken", "dkim-permerror", "spf-permerror", "envelope-not-aligned",
        "cross-domain", "shared-infrastructure",
      ]
    case .receiverError: ["temperror", "inconsistent-report"]
    case .dkimReplaySuspected: ["burst", "volume"]
    case .unknownUnauthenticated:
      ["nothing-passes", "foreign-identity", "spoof-suspected", "undecided", "forwarded-unauthenticated"]
    }
  }

  /// Mail that others passed on.
  public var isForwarding: Bool { [.forwarded, .forwardedModified, .mailingList].contains(self) }
}

/// How sure a verdict is.
public enum Confidence: String, Sendable, Hashable, CaseIterable {
  case high, medium, low
}

/// Whether the mail really is from us.
public enum Authenticity: String, Sendable, Hashable, CaseIterable {
  /// An aligned pass shows it.
  case proven
  /// The operator, the receiver or earlier mail speaks for it.
  case likely
  /// Nothing shows it.
  case unproven
}

/// What the source is to us.
public enum SourceStatus: String, Sendable, Hashable, CaseIterable {
  case own
  case knownService = "known-service"
  case knownGateway = "known-gateway"
  case knownForwarder = "known-forwarder"
  /// In our SPF record by a term of our own.
  case authorized
  /// In our SPF record only as one of many customers of a provider.
  case authorizedShared = "authorized-shared"
  /// Known from the infrastructure table, or as an origin of mail of ours.
  case recognised
  case unknown
}

/// One fact that a verdict rests on, with the concrete names and numbers.
public struct Evidence: Sendable, Hashable {
  /// A short stable name, as the data files of the texts have it.
  public let code: String
  /// What is filled into the text.
  public let values: [String: String]
  /// Keys of values that are not valid names, so that a text must not offer a DNS record or a command with them.
  public let unpublishable: Set<String>

  /// A piece of evidence.
  public init(_ code: String, _ values: [String: String] = [:], unpublishable: Set<String> = []) {
    self.code = code
    self.values = values
    self.unpublishable = unpublishable
  }
}

/// The verdict on a flow: what it is, how sure that is, why, and what to do.
public struct Judgement: Sendable {
  /// What the flow means.
  public let verdict: Verdict
  /// The verdict, more closely.
  public let subtype: String
  /// How sure the verdict is: high, medium or low.
  public let confidence: Confidence
  /// Name of the rule that decided.
  public let rule: String
  /// Whether DMARC passed, by the reporter's word.
  public let passesDMARC: Bool
  /// Whether the mail really is from us.
  public let authenticity: Authenticity
  /// Whether a person should look at this source.
  public let isUnknownIP: Bool
  /// Side issues, by short stable names.
  public let issues: [String]
  private let makeStatus: @Sendable () -> SourceStatus
  private let makeEvidence: @Sendable () -> [Evidence]
  private let makeAdvice: @Sendable (_ verdict: String) -> Evidence

  init(
    _ finding: Finding, rule: String, passesDMARC: Bool, authenticity: Authenticity,
    sourceStatus: @escaping @Sendable () -> SourceStatus,
    advice: @escaping @Sendable (_ verdict: String) -> Evidence
  ) {
    verdict = finding.verdict
    subtype = finding.subtype
    confidence = finding.confidence
    self.rule = rule
    self.passesDMARC = passesDMARC
    self.authenticity = authenticity
    makeStatus = sourceStatus
    // What is only guessed must be looked at by a person.
    isUnknownIP = finding.isUnknownIP || finding.confidence == .low
    issues = finding.issues
    makeEvidence = finding.evidence
    makeAdvice = advice
  }

  /// What the source is to us.
  public var sourceStatus: SourceStatus { makeStatus() }

  /// What the verdict rests on. Put together when asked for: most verdicts are only counted.
  public var evidence: [Evidence] { makeEvidence() }

  /// What the operator can do about it.
  public var advice: Evidence { makeAdvice("\(verdict.rawValue).\(subtype)") }
}
