import DMARC

/// Decides what a flow means: the first rule that holds determines the verdict. A pure function: the same facts give the same verdict.
///
/// ```swift
/// let outcome = AlignedOutcome(reported, policy, context.organisations)
/// let flow = FlowFacts(source: source, outcome: outcome, messages: 12)
/// let judgement = RuleEngine.judge(flow, context: context)
/// for step in RuleEngine.steps(flow, context: context) { print(step.rule, step.reason == nil) }
/// ```
public enum RuleEngine {
  /// The version of the rules. It changes with them, so that outdated stored verdicts can be detected.
  public static let version = 6

  private static let onPass = passRules
  private static let onFail = [passRules[0]] + ownRules + brokenByRelayRules + thirdPartyRules

  /// Judges a flow.
  /// - Parameters:
  ///   - flow: the flow.
  ///   - source: what is known about its source.
  ///   - declared: what the operator has declared.
  ///   - history: what is known about earlier messages.
  ///   - context: what is the same for all flows.
  public static func judge(
    _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts = OperatorFacts(),
    history: HistoryFacts = HistoryFacts(), context: RuleContext
  ) -> Judgement {
    let facts = RuleFacts(flow, source, declared, history, context)
    if facts.reported.evaluation == .none { return judgement(notEvaluated(facts), notEvaluatedRule(facts), facts) }
    for rule in rules(facts) {
      if case .holds(let finding) = rule.decide(facts) { return judgement(finding, rule, facts) }
    }
    return judgement(undecided(facts), rules(facts)[0], facts)
  }

  private static func rules(_ facts: RuleFacts) -> [Rule] { facts.passesDMARC ? onPass : onFail }

  /// The fallback if no rule holds. The last rule of each branch always does.
  private static func undecided(_ facts: RuleFacts) -> Finding {
    Finding(.unknownUnauthenticated, .undecided, .low, flagged: true) { [] }
  }

  /// The verdict if the receiver reports no evaluation, and none follows from what it lists: there is nothing to judge. If the source is
  /// known anyway, the report is all that is wrong.
  private static func notEvaluated(_ facts: RuleFacts) -> Finding {
    guard facts.isKnownWithoutReports else {
      return Finding(.unknownUnauthenticated, .undecided, .low, flagged: true) { [Evidence(.notEvaluated)] }
    }
    return Finding(.receiverError, .inconsistentReport, .medium, authenticity: .unproven) { [Evidence(.incomplete)] }
  }

  /// The rule that stands for this verdict.
  private static func notEvaluatedRule(_ facts: RuleFacts) -> Rule {
    facts.isKnownWithoutReports ? onFail[0] : onFail[onFail.count - 1]
  }

  private static func judgement(_ found: Finding, _ rule: Rule, _ facts: RuleFacts) -> Judgement {
    var finding = supported(found, rule, facts)
    if facts.reported.evaluation == .computed {
      let evidence = finding.evidence
      finding.evidence = { evidence() + [Evidence(.evaluationComputed)] }
    }
    let isFlagged = finding.isUnknownIP || finding.confidence == .low
    return Judgement(
      finding, rule: finding.rule ?? rule.name, reported: facts.reported,
      authenticity: finding.authenticity ?? authenticity(finding, facts), sourceStatus: { facts.status },
      advice: { facts.advice($0, isFlagged: isFlagged) })
  }

  /// Verdicts that do not speak in favour of a source: accusing ones, and misalignment of a subdomain. The latter depends only on the
  /// passes in the row itself, does not make the messages pass, and its advice does no harm.
  private static let accusing: [Verdict] = [.unknownUnauthenticated, .dkimReplaySuspected, .subdomainAlignment]

  /// Lowers the confidence of a favourable verdict that rests on unknown reporters only, because anyone can send reports. Declarations of
  /// the operator, SPF records and the infrastructure table need no reporter.
  private static func supported(_ finding: Finding, _ rule: Rule, _ facts: RuleFacts) -> Finding {
    let isClearing = !Self.accusing.contains(finding.verdict) && finding.subtype != .crossDomain
    guard isClearing, facts.history.support != .sufficient, !facts.isKnownWithoutReports else { return finding }
    // With a single reporting organisation, its plain results stand, because nothing is inferred from them.
    if facts.history.support == .singleReporter, [.r2, .r3].contains(rule.name) { return finding }
    let reason = Evidence(facts.history.support == .singleReporter ? .singleReporter : .unknownReporters)
    var weaker = finding
    weaker.confidence = .low
    weaker.isUnknownIP = true
    weaker.authenticity = .unproven
    weaker.evidence = { finding.evidence() + [reason] }
    return weaker
  }

  /// The advice for a flow that has been judged already.
  /// - Parameters:
  ///   - verdict: the verdict as `verdict.subtype`.
  ///   - isFlagged: whether the source needs review.
  ///   - flow: the flow.
  ///   - source: what is known about its source.
  ///   - declared: what the operator has declared.
  ///   - context: what is the same for all flows.
  ///   - cache: the records proposed so far, if there are many flows.
  public static func advice(
    _ verdict: String, isFlagged: Bool, _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts,
    context: RuleContext, remembering cache: ProposedRecordCache? = nil
  ) -> Evidence {
    RuleFacts(flow, source, declared, HistoryFacts(), context).advice(verdict, isFlagged: isFlagged, cache)
  }

  /// Whether advice reads the same for every source with this verdict and outcome, whatever is known about the source.
  public static func isAboutOutcome(_ advice: Evidence, _ verdict: String, _ phrasebook: Phrasebook) -> Bool {
    // Whether own mail is declared decides what to do about it.
    guard !verdict.hasPrefix("own-misconfigured.") else { return false }
    var names = phrasebook.placeholders(in: advice.code)
    if advice.code == "advice.unknown-unauthenticated.spoof-suspected" { names.remove("command") }
    return names.isDisjoint(with: ["source", "mechanism", "service", "relay", "path", "host", "command"])
  }

  private static func authenticity(_ finding: Finding, _ facts: RuleFacts) -> Authenticity {
    if finding.verdict == .aligned || finding.verdict == .forwarded { return .proven }
    return finding.isUnknownIP || finding.confidence == .low ? .unproven : .likely
  }

  /// A rule that was tried.
  public struct Step: Sendable {
    /// The name of the rule.
    public let rule: RuleName
    /// Why it did not hold; nil for the rule that decided.
    public let reason: Evidence?
  }

  /// The rules in the order in which they were tried, up to the one that decided. The parameters are those of
  /// ``judge(_:source:declared:history:context:)``.
  public static func steps(
    _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts = OperatorFacts(),
    history: HistoryFacts = HistoryFacts(), context: RuleContext
  ) -> [Step] {
    let facts = RuleFacts(flow, source, declared, history, context)
    if facts.reported.evaluation == .none { return [Step(rule: notEvaluatedRule(facts).name, reason: nil)] }
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
