/// One rule of the procedure: looks at the facts and decides, or says why it does not.
struct Rule: Sendable {
  let name: String
  let decide: @Sendable (RuleFacts) -> Ruling

  init(_ name: String, _ decide: @escaping @Sendable (RuleFacts) -> Ruling) {
    self.name = name
    self.decide = decide
  }
}

/// The answer of a rule.
enum Ruling {
  case holds(Finding)
  /// It does not hold; the reason is put together only where somebody asks.
  case no(() -> Evidence)

  static func no(_ code: String, _ values: @escaping @autoclosure () -> [String: String] = [:]) -> Ruling {
    .no { Evidence("no.\(code)", values()) }
  }
}

/// What a rule found.
struct Finding {
  var verdict: Verdict
  var subtype: String
  var confidence: Confidence
  /// A person should look at the source, whatever the confidence.
  var isUnknownIP: Bool
  var issues: [String]
  /// Says more than the verdict does about whether the mail is ours; nil for what the verdict says.
  var authenticity: Authenticity?
  /// Name of the rule where a check that several rules share decided; nil for the rule that was asked.
  var rule: String?
  var evidence: @Sendable () -> [Evidence]

  init(
    _ verdict: Verdict, _ subtype: String, _ confidence: Confidence, flagged isUnknownIP: Bool = false,
    issues: [String] = [], authenticity: Authenticity? = nil, _ evidence: @escaping @Sendable () -> [Evidence]
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
