import DMARC

/// A verdict in words: what was reported, the decision, the evidence for and against it, what is unknown, and what to do.
public struct Explanation: Sendable {
  /// The verdict and its subtype.
  public let meaning: String
  /// The confidence, and the rule that decided.
  public let certainty: String
  /// Whether the source needs review.
  public let flag: String
  /// Who the source is.
  public let source: [String]
  /// The evidence for the verdict.
  public let evidence: [String]
  /// The evidence against the verdict.
  public let against: [String]
  /// Side issues.
  public let issues: [String]
  /// Unknown facts that could change the verdict.
  public let missing: [String]
  /// Each rule that was tried, in order.
  public let rules: [Rule]
  /// What to do.
  public let advice: String

  /// A rule that was tried.
  public struct Rule: Sendable {
    /// The name of the rule.
    public let name: String
    /// The question that the rule asks.
    public let question: String
    /// Whether the rule decided.
    public let holds: Bool
    /// Why the rule did not hold; nil if it decided.
    public let reason: String?
  }

  /// Explains the verdict on a flow.
  /// - Parameters:
  ///   - flow: the flow.
  ///   - source: what is known about its source.
  ///   - declared: what the operator has declared.
  ///   - history: what is known about earlier messages.
  ///   - context: what is the same for all flows.
  ///   - isHostLookedUp: whether the host name was looked up, whatever the result.
  ///   - isSPFInconclusive: whether the SPF record has terms that only a receiver can evaluate.
  ///   - hasSenders: whether any known senders are declared.
  ///   - proposal: how to declare the source, if more is known about it than these facts say.
  ///   - phrasebook: the texts in the language of the explanation.
  public init(
    _ flow: FlowFacts, source: SourceFacts, declared: OperatorFacts, history: HistoryFacts, context: RuleContext,
    isHostLookedUp: Bool, isSPFInconclusive: Bool, hasSenders: Bool,
    proposal: DeclarationProposal? = nil, in phrasebook: Phrasebook
  ) {
    let judgement = RuleEngine.judge(flow, source: source, declared: declared, history: history, context: context)
    let facts = RuleFacts(flow, source, declared, history, context)
    let verdict = judgement.verdict.rawValue
    meaning = phrasebook.text(
      "explain.meaning",
      [
        "verdict": phrasebook.text("verdict.\(verdict)"),
        "subtype": phrasebook.text("verdict.\(verdict).\(judgement.subtype)"),
      ])
    certainty = phrasebook.text(
      "explain.confidence",
      ["confidence": phrasebook.text("confidence.\(judgement.confidence.rawValue)"), "rule": judgement.rule.rawValue])
    flag = phrasebook.text(judgement.isUnknownIP ? "explain.flagged" : "explain.unflagged")
    self.source = facts.sourceTexts(judgement, phrasebook)
    evidence = judgement.evidence.map(phrasebook.text)
    against = facts.counterEvidence(judgement).map(phrasebook.text)
    issues = judgement.issues.map { phrasebook.text("issue.\($0)") }
    missing = facts.missing(
      isHostLookedUp: isHostLookedUp, isSPFInconclusive: isSPFInconclusive, hasSenders: hasSenders
    ).map { phrasebook.text("missing.\($0)") }
    rules = RuleEngine.steps(flow, source: source, declared: declared, history: history, context: context).map { step in
      Rule(
        name: step.rule.rawValue, question: phrasebook.text("rule.\(step.rule)"), holds: step.reason == nil,
        reason: step.reason.map(phrasebook.text))
    }
    advice = phrasebook.text(
      facts.advice("\(verdict).\(judgement.subtype)", isFlagged: judgement.isUnknownIP, proposal: proposal))
  }
}

extension RuleFacts {
  fileprivate func sourceTexts(_ judgement: Judgement, _ phrasebook: Phrasebook) -> [String] {
    var texts = [phrasebook.text("status.\(judgement.sourceStatus.rawValue)")]
    texts.append(source.fcrdnsName?.name ?? phrasebook.text("explain.unknown-host"))
    if let host {
      texts.append(phrasebook.text("explain.operator", ["name": host.operatorName, "kind": host.kind.rawValue]))
    }
    if let asn = source.asn { texts.append("AS\(asn)") }
    if let country = source.country { texts.append(country) }
    if let path = source.spf?.path { texts.append("SPF: \(path)") }
    return texts
  }

  /// The facts that contradict the verdict.
  fileprivate func counterEvidence(_ judgement: Judgement) -> [Evidence] {
    let passesOn = judgement.verdict.isForwarding
    let isForeign = [.unknownUnauthenticated, .misalignedService].contains(judgement.verdict)
    let isAbuse = judgement.verdict == .unknownUnauthenticated || judgement.verdict == .dkimReplaySuspected
    var facts: [Evidence] = []
    func add(_ condition: Bool, _ code: String, _ values: [String: String] = [:]) {
      if condition { facts.append(Evidence(code: "against.\(code)", values)) }
    }
    let recurring = history.source.map { ($0.activeDays ?? 0) >= 5 && ($0.reporters ?? 0) >= 2 } ?? false
    add(passesOn && outcome.attestation == nil, "not-attested")
    add(passesOn && relay == nil, "relay-unknown")
    add(passesOn && !passesDMARC && outcome.ownSignatures.isEmpty, "no-own-signature")
    add(passesOn && !passesDMARC && flow.messages > smallVolume, "large", ["messages": flow.messagesText])
    add(isForeign && brokenOwnSignature != nil, "broken-signature")
    add(isAbuse && isSibling && !passesDMARC, "sibling")
    add(
      isAbuse && recurring, "recurring",
      [
        "days": FlowFacts.text(history.source?.activeDays ?? 0, isEstimated: history.source?.isEstimated ?? false),
        "reporters": "\(history.source?.reporters ?? 0)",
      ])
    add(isAbuse && failingOwnEnvelope != nil, "own-envelope")
    add(isForeign && isAuthorisedAsOneOfMany, "shared-spf")
    add(isForeign && listPass != nil, "list-name")
    add((isForeign || judgement.verdict == .ownMisconfigured) && outcome.attestation != nil, "attested")
    add(history.source?.reporters == 1 && judgement.confidence != .high, "one-reporter")
    return facts
  }

  /// The unknown facts that could have led to another verdict.
  fileprivate func missing(isHostLookedUp: Bool, isSPFInconclusive: Bool, hasSenders: Bool) -> [String] {
    var codes: [String] = []
    if !isHostLookedUp { codes.append("host") }
    if source.asn == nil { codes.append("asn") }
    if let spf = source.spf {
      // Receivers saw an aligned pass, so that it is authorised is known, and only the term is not.
      if spf.isAuthorised, spf.path == nil { codes.append("spf-term") }
    } else {
      codes.append(isSPFInconclusive ? "spf-inconclusive" : "spf")
    }
    if history.selectors.isEmpty, (history.source?.messages ?? 0) <= flow.messages { codes.append("history") }
    if !hasSenders { codes.append("senders") }
    return codes
  }
}
