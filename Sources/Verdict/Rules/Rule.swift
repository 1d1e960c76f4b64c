/// A rule: decides a verdict from the facts, or says why it does not apply.
struct Rule: Sendable {
  let name: RuleName
  let decide: @Sendable (RuleFacts) -> Ruling

  init(_ name: RuleName, _ decide: @escaping @Sendable (RuleFacts) -> Ruling) {
    self.name = name
    self.decide = decide
  }
}

/// The result of a rule.
enum Ruling {
  case holds(Finding)
  /// The rule does not hold. The reason is built only on demand.
  case no(() -> Evidence)

  static func no(_ reason: Evidence.Reason, _ values: @escaping @autoclosure () -> [String: String] = [:]) -> Ruling {
    .no { Evidence(because: reason, values()) }
  }
}

/// The verdict of a rule that holds.
struct Finding {
  var verdict: Verdict
  var subtype: Verdict.Subtype
  var confidence: Confidence
  /// Whether the source needs review regardless of the confidence.
  var isUnknownIP: Bool
  var issues: [Issue]
  /// The authenticity, if it differs from the usual one of the verdict.
  var authenticity: Authenticity?
  /// The name of the rule, if a check that several rules share decided; nil for the rule that was tried.
  var rule: RuleName?
  var evidence: @Sendable () -> [Evidence]

  init(
    _ verdict: Verdict, _ subtype: Verdict.Subtype, _ confidence: Confidence, flagged isUnknownIP: Bool = false,
    issues: [Issue] = [], authenticity: Authenticity? = nil, _ evidence: @escaping @Sendable () -> [Evidence]
  ) {
    self.verdict = verdict
    self.subtype = subtype
    self.confidence = confidence
    self.isUnknownIP = isUnknownIP
    self.issues = issues
    self.authenticity = authenticity
    self.evidence = evidence
  }
}
