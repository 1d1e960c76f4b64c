/// One rule of the procedure: looks at the facts and decides, or lets the next one.
struct Rule: Sendable {
  let name: String
  let decide: @Sendable (Reading) -> Finding?

  init(_ name: String, _ decide: @escaping @Sendable (Reading) -> Finding?) {
    self.name = name
    self.decide = decide
  }
}

/// What a rule found.
struct Finding {
  var verdict: Verdict
  var subtype: String
  var confidence: Confidence
  var isUnknownIP = false
  var issues: [String] = []
  var evidence: [Evidence] = []
}

/// The decision procedure: the first rule that holds decides. Pure: same facts, same verdict.
public enum Procedure {
  /// Changes whenever rules change, so that stored verdicts are known to be old.
  public static let version = 1

  private static let rules = passRules + failRules

  /// Judges one flow.
  public static func judge(
    _ flow: FlowFacts, _ operatorFacts: OperatorFacts = OperatorFacts(), _ history: HistoryFacts = HistoryFacts()
  ) -> Judgement {
    let reading = Reading(flow: flow, operatorFacts: operatorFacts, history: history)
    for rule in rules {
      guard let finding = rule.decide(reading) else { continue }
      return Judgement(
        verdict: finding.verdict, subtype: finding.subtype, confidence: finding.confidence, rule: rule.name,
        // What is only guessed must be looked at by a person.
        isUnknownIP: finding.isUnknownIP || finding.confidence == .low, issues: finding.issues,
        evidence: finding.evidence)
    }
    return Judgement(
      verdict: .unknownUnauthenticated, subtype: "undecided", confidence: .low, rule: "none", isUnknownIP: true,
      issues: [], evidence: [])
  }
}
