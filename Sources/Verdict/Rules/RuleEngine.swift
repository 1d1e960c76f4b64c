import DMARC

/// The decision procedure: the first rule that holds decides. Pure: same facts, same verdict.
public enum RuleEngine {
  /// Changes whenever rules change, so that stored verdicts are known to be old.
  public static let version = 4

  private static let onPass = passRules
  private static let onFail = [passRules[0]] + ownRules + brokenByRelayRules + thirdPartyRules

  /// Judges one flow.
  public static func judge(
    _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts = OperatorFacts(),
    history: HistoryFacts = HistoryFacts(), context: RuleContext
  ) -> Judgement {
    let facts = RuleFacts(flow, source, declared, history, context)
    for rule in rules(facts) {
      if case .holds(let finding) = rule.decide(facts) { return judgement(finding, rule, facts) }
    }
    return judgement(undecided(facts), rules(facts)[0], facts)
  }

  private static func rules(_ facts: RuleFacts) -> [Rule] { facts.passesDMARC ? onPass : onFail }

  /// The last rule of each branch always holds; this stands in for a table without it.
  private static func undecided(_ facts: RuleFacts) -> Finding {
    Finding(.unknownUnauthenticated, "undecided", .low, flagged: true) { [] }
  }

  private static func judgement(_ found: Finding, _ rule: Rule, _ facts: RuleFacts) -> Judgement {
    let finding = supported(found, rule, facts)
    return Judgement(
      finding, rule: finding.rule ?? rule.name, passesDMARC: facts.passesDMARC,
      authenticity: finding.authenticity ?? authenticity(finding, facts), sourceStatus: { facts.status },
      advice: { facts.advice($0) })
  }

  /// Verdicts that clear no source: those that accuse it, and misalignment of one's own. That one reads nothing off the row but its own
  /// passes, the mail stays refused, and its advice does no harm.
  private static let accusing: [Verdict] = [.unknownUnauthenticated, .dkimReplaySuspected, .subdomainAlignment]

  /// What clears a source by the word of organisations that nobody knows is only a guess: anybody can send reports. What the operator
  /// has declared, an SPF record says or the table knows needs no reporter.
  private static func supported(_ finding: Finding, _ rule: Rule, _ facts: RuleFacts) -> Finding {
    let isClearing = !Self.accusing.contains(finding.verdict) && finding.subtype != "cross-domain"
    guard isClearing, facts.history.support != .sufficient, !facts.isKnownWithoutReports else { return finding }
    // Where one organisation reports alone, its own plain results stand: nothing is concluded from them.
    if facts.history.support == .singleReporter, ["R2", "R3"].contains(rule.name) { return finding }
    let reason = Evidence(facts.history.support == .singleReporter ? "SINGLE_REPORTER" : "UNKNOWN_REPORTERS")
    var weaker = finding
    weaker.confidence = .low
    weaker.isUnknownIP = true
    weaker.authenticity = .unproven
    weaker.evidence = { finding.evidence() + [reason] }
    return weaker
  }

  /// What to do about a flow on which the verdict is at hand, as `verdict.subtype`.
  /// - Parameter memory: of the records offered so far, if there are many flows.
  public static func advice(
    _ verdict: String, _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts,
    context: RuleContext, remembering cache: ProposedRecordCache? = nil
  ) -> Evidence {
    RuleFacts(flow, source, declared, HistoryFacts(), context).advice(verdict, cache)
  }

  private static func authenticity(_ finding: Finding, _ facts: RuleFacts) -> Authenticity {
    if finding.verdict == .aligned || finding.verdict == .forwarded { return .proven }
    return finding.isUnknownIP || finding.confidence == .low ? .unproven : .likely
  }

  /// One rule that was asked, for a person who wants to know.
  public struct Step: Sendable {
    /// Name of the rule.
    public let rule: String
    /// Why it did not hold; nil for the one that decided.
    public let reason: Evidence?
  }

  /// The rules in the order in which they were asked, up to the one that decided.
  public static func steps(
    _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts = OperatorFacts(),
    history: HistoryFacts = HistoryFacts(), context: RuleContext
  ) -> [Step] {
    let facts = RuleFacts(flow, source, declared, history, context)
    var steps: [Step] = []
    for rule in rules(facts) {
      switch rule.decide(facts) {
      case .holds(let finding):
        steps.append(Step(rule: finding.rule ?? rule.name, reason: nil))
        return steps
      case .no(let reason): steps.append(Step(rule: rule.name, reason: reason()))
      }
    }
    return steps
  }
}
