import DMARC

/// The decision procedure: the first rule that holds decides. Pure: same facts, same verdict.
public enum Procedure {
  /// Changes whenever rules change, so that stored verdicts are known to be old.
  public static let version = 2

  private static let onPass = passRules
  private static let onFail = [passRules[0]] + ownRules + brokenByRelayRules + foreignRules

  /// Judges one flow.
  public static func judge(
    _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts = OperatorFacts(),
    history: HistoryFacts = HistoryFacts(), on ground: Ground
  ) -> Judgement {
    let facts = Reading(flow, source, declared, history, ground)
    for rule in rules(facts) {
      if case .holds(let finding) = rule.decide(facts) { return judgement(finding, rule, facts) }
    }
    return judgement(undecided(facts), rules(facts)[0], facts)
  }

  private static func rules(_ facts: Reading) -> [Rule] { facts.passesDMARC ? onPass : onFail }

  /// The last rule of each branch always holds; this stands in for a table without it.
  private static func undecided(_ facts: Reading) -> Finding {
    Finding(.unknownUnauthenticated, "undecided", .low, flagged: true) { [] }
  }

  private static func judgement(_ finding: Finding, _ rule: Rule, _ facts: Reading) -> Judgement {
    Judgement(
      finding, rule: finding.rule ?? rule.name, passesDMARC: facts.passesDMARC,
      authenticity: finding.authenticity ?? authenticity(finding, facts), sourceStatus: { facts.status }
    ) { facts.advice($0) }
  }

  /// What to do about a flow on which the verdict is at hand, as `verdict.subtype`.
  public static func advice(
    _ verdict: String, _ flow: FlowFacts, source: SourceFacts = SourceFacts(), declared: OperatorFacts,
    on ground: Ground
  ) -> Evidence {
    Reading(flow, source, declared, HistoryFacts(), ground).advice(verdict)
  }

  private static func authenticity(_ finding: Finding, _ facts: Reading) -> Authenticity {
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
    history: HistoryFacts = HistoryFacts(), on ground: Ground
  ) -> [Step] {
    let facts = Reading(flow, source, declared, history, ground)
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
