public import DMARC

/// What a flow means. The raw values are stored and printed, and never change.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
  /// DMARC passed on the direct path.
  case aligned
  /// Forwarded: SPF does not pass any more, but an author signature survived. Harmless.
  case forwarded
  /// A relay changed the message, so that neither SPF nor DKIM passes.
  case forwardedModified = "forwarded-modified"
  /// A mailing list changed the message, so that neither SPF nor DKIM passes.
  case mailingList = "mailing-list"
  /// A service authenticates as itself, not as the From domain.
  case misalignedService = "misaligned-service"
  /// SPF or DKIM passes for a parent or subdomain, but strict alignment requires the same name.
  case subdomainAlignment = "subdomain-alignment"
  /// An own server or known sender is misconfigured.
  case ownMisconfigured = "own-misconfigured"
  /// The receiver had a temporary error, or contradicts itself.
  case receiverError = "receiver-error"
  /// A signed message seems to be replayed in bulk.
  case dkimReplaySuspected = "dkim-replay-suspected"
  /// Not authenticated by the operator or any known sender.
  case unknownUnauthenticated = "unknown-unauthenticated"

  /// The subtypes of the verdict, the most general one first.
  public var subtypes: [Subtype] {
    switch self {
    case .aligned: [.both, .spfOnly, .dkimOnly]
    case .forwarded: [.dkimSurvived, .unsigned]
    case .forwardedModified: [.attested, .gateway, .forwarder, .resender, .unidentifiedRelay]
    case .mailingList: [.attested, .pattern]
    case .misalignedService: [.declared, .esp, .defaultSigning, .sendAs, .otherOrg]
    case .subdomainAlignment: [.strict]
    case .ownMisconfigured:
      [
        .unsignedNotInSPF, .unsigned, .dkimBroken, .dkimPermerror, .spfPermerror, .envelopeNotAligned,
        .crossDomain, .sharedInfrastructure,
      ]
    case .receiverError: [.temperror, .inconsistentReport]
    case .dkimReplaySuspected: [.burst, .volume]
    case .unknownUnauthenticated:
      [.nothingPasses, .foreignIdentity, .spoofSuspected, .undecided, .forwardedUnauthenticated]
    }
  }

  /// Whether others forwarded the messages.
  public var isForwarding: Bool { [.forwarded, .forwardedModified, .mailingList].contains(self) }
}

/// The confidence of a verdict.
public enum Confidence: String, Sendable, Hashable, CaseIterable {
  case high, medium, low
}

/// Whether the messages are genuine: sent by or for the owner of the From domain.
public enum Authenticity: String, Sendable, Hashable, CaseIterable {
  /// An aligned pass proves it.
  case proven
  /// The operator's declarations, the receiver or earlier messages indicate it.
  case likely
  /// There is no evidence of it.
  case unproven
}

/// What the source is to the operator. The raw values are stored and printed.
public enum SourceStatus: String, Sendable, Hashable, CaseIterable {
  case own
  case knownService = "known-service"
  case knownGateway = "known-gateway"
  case knownForwarder = "known-forwarder"
  /// Authorised by a term of the SPF record that no other customers share.
  case authorized
  /// Authorised by the SPF record only as one of many customers of a provider.
  case authorizedShared = "authorized-shared"
  /// Known from the infrastructure table, or as a usual origin.
  case recognised
  case unknown
}

/// A fact that a verdict is based on, with concrete names and numbers.
public struct Evidence: Sendable, Hashable {
  /// The code of the fact, which is the key of its text in ``Phrasebook``.
  public let code: String
  /// The values for the placeholders of the text.
  public let values: [String: String]
  /// The keys of values that are not valid names, so that the text must not propose a record or command with them.
  public let unpublishable: Set<String>

  /// A fact of the verdict.
  init(_ fact: Fact, _ values: [String: String] = [:]) { self.init(code: fact.rawValue, values) }

  /// Why a rule does not hold.
  init(because reason: Reason, _ values: [String: String] = [:]) { self.init(code: "no.\(reason.rawValue)", values) }

  /// Anything else that has a text.
  init(code: String, _ values: [String: String] = [:], unpublishable: Set<String> = []) {
    self.code = code
    self.values = values
    self.unpublishable = unpublishable
  }
}

/// The judgement of a flow: the verdict, its confidence, the evidence and the advice.
public struct Judgement: Sendable {
  /// What the flow means.
  public let verdict: Verdict
  /// The subtype of the verdict.
  public let subtype: Verdict.Subtype
  /// The confidence of the verdict.
  public let confidence: Confidence
  /// The name of the rule that decided.
  public let rule: RuleName
  /// Whether DMARC passed, according to the reporter or, if it reported no evaluation, to the results that it lists.
  public let passesDMARC: Bool
  /// Where that result comes from. If it is `none`, DMARC neither passed nor failed.
  public let evaluation: Evaluation
  /// Whether the messages are genuine.
  public let authenticity: Authenticity
  /// Whether the source needs review.
  public let isUnknownIP: Bool
  /// The codes of additional issues.
  public let issues: [Issue]
  private let makeStatus: @Sendable () -> SourceStatus
  private let makeEvidence: @Sendable () -> [Evidence]
  private let makeAdvice: @Sendable (_ verdict: String) -> Evidence

  init(
    _ finding: Finding, rule: RuleName, reported: AuthenticationOutcome, authenticity: Authenticity,
    sourceStatus: @escaping @Sendable () -> SourceStatus,
    advice: @escaping @Sendable (_ verdict: String) -> Evidence
  ) {
    verdict = finding.verdict
    subtype = finding.subtype
    confidence = finding.confidence
    self.rule = rule
    passesDMARC = reported.passesDMARC
    evaluation = reported.evaluation
    self.authenticity = authenticity
    makeStatus = sourceStatus
    // A verdict of low confidence always needs review.
    isUnknownIP = finding.isUnknownIP || finding.confidence == .low
    issues = finding.issues
    makeEvidence = finding.evidence
    makeAdvice = advice
  }

  /// The DMARC result as a word: `pass`, `fail`, or `none` if it is not known.
  public var dmarcResult: String { passesDMARC ? "pass" : evaluation == .none ? "none" : "fail" }

  /// What the source is to the operator.
  public var sourceStatus: SourceStatus { makeStatus() }

  /// The evidence for the verdict. Built on demand, because most verdicts are only counted.
  public var evidence: [Evidence] { makeEvidence() }

  /// What the operator can do.
  public var advice: Evidence { makeAdvice("\(verdict.rawValue).\(subtype)") }
}
