import DMARC

/// An element of a record, with the position of its bytes in the record's text and its line.
struct Token {
  var element: ReportElement
  var offset: Int
  var length: Int
  var line: Int
}

/// Turns the tokens of one record into an `AuthenticationOutcome`. Runs once for each distinct outcome of a batch, and for
/// every record that needs a warning.
struct OutcomeDecoder {
  private(set) var outcome = AuthenticationOutcome()
  private var seen = ReportElementSet()
  private let text: UnsafeBufferPointer<UInt8>
  private(set) var warnings: [ReportWarning] = []
  private(set) var repetitions: [Repetition] = []

  init(_ tokens: [Token], text: UnsafeBufferPointer<UInt8>) {
    self.text = text
    for token in tokens { add(token) }
    // A reason with nothing in it is none.
    outcome.reasons.removeAll { $0.type == nil && ($0.comment ?? "").isEmpty }
    noteMissingEvaluation(line: tokens.first?.line)
    noteContradictions(line: tokens.first?.line)
  }

  private mutating func add(_ token: Token) {
    let raw = UnsafeBufferPointer(rebasing: text[token.offset..<token.offset + token.length]).string
    switch token.element {
    case .dkim:
      outcome.dkim.append(DKIMResult())
      seen.remove(.dkimDomain, .dkimSelector, .dkimResult, .dkimHumanResult)
    case .spf:
      outcome.spf.append(SPFResult())
      seen.remove(.spfDomain, .spfScope, .spfResult, .spfHumanResult)
    case .reason:
      outcome.reasons.append(OverrideReason())
      seen.remove(.reasonType, .reasonComment)
    case .foreign: outcome.extensionXML = (outcome.extensionXML ?? "") + raw
    default:
      guard seen.insert(token.element) else {
        repetitions.append(Repetition(token.element, raw, line: token.line))
        return
      }
      set(token, raw)
    }
  }

  private mutating func set(_ token: Token, _ raw: String) {
    let dkim = outcome.dkim.count - 1
    let spf = outcome.spf.count - 1
    let reason = outcome.reasons.count - 1
    switch token.element {
    case .disposition: outcome.disposition = take(Normaliser.disposition(raw), raw, token)
    case .evaluatedDKIM: outcome.evaluatedDKIM = take(Normaliser.aligned(raw), raw, token)
    case .evaluatedSPF: outcome.evaluatedSPF = take(Normaliser.aligned(raw), raw, token)
    case .reasonType: outcome.reasons[reason].type = take(Normaliser.overrideType(raw), raw, token)
    case .reasonComment: outcome.reasons[reason].comment = raw
    case .envelopeFrom: outcome.envelopeFrom = take(Normaliser.nullableSender(raw), raw, token)
    case .headerFrom: outcome.headerFrom = raw
    case .dkimDomain: outcome.dkim[dkim].domain = raw
    case .dkimSelector: outcome.dkim[dkim].selector = raw
    case .dkimResult: outcome.dkim[dkim].result = take(Normaliser.authResult(raw), raw, token)
    case .dkimHumanResult: outcome.dkim[dkim].humanResult = raw
    case .spfDomain: outcome.spf[spf].domain = raw
    case .spfScope: outcome.spf[spf].scope = take(Normaliser.word(raw), raw, token)
    case .spfResult: outcome.spf[spf].result = take(Normaliser.authResult(raw), raw, token)
    case .spfHumanResult: outcome.spf[spf].humanResult = raw
    default: break
    }
  }

  private mutating func take<Value>(_ normalised: Normaliser.Normalised<Value>, _ raw: String, _ token: Token) -> Value
  {
    note(normalised.warning, raw, "\(normalised.value)", token)
    return normalised.value
  }

  private mutating func take<Value>(
    _ normalised: Normaliser.Normalised<Value?>, _ raw: String, _ token: Token
  ) -> Value? {
    note(normalised.warning, raw, normalised.value.map { "\($0)" } ?? "absent", token)
    return normalised.value
  }

  private mutating func note(_ code: ReportWarning.Code?, _ raw: String, _ value: String, _ token: Token) {
    guard let code else { return }
    let message = "\(token.element) is \"\(BoundedText.plain(raw, limit: 200))\", read as \(value)"
    warnings.append(ReportWarning(code, line: token.line, message))
  }

  /// Adds a warning if the evaluation is missing or invalid. Not evaluated is not failed.
  private mutating func noteMissingEvaluation(line: Int?) {
    let missing = [("dkim", outcome.evaluatedDKIM), ("spf", outcome.evaluatedSPF)].filter { $0.1 == nil }.map(\.0)
    guard !missing.isEmpty else { return }
    let message = "policy_evaluated has no valid result for \(missing.joined(separator: " and "))"
    warnings.append(ReportWarning(.notEvaluated, line: line, message))
  }

  /// Adds a warning if the reporter's own results contradict its evaluation. The evaluation is kept.
  private mutating func noteContradictions(line: Int?) {
    if outcome.evaluatedDKIM == .pass, !outcome.dkim.contains(where: { $0.result == .pass }) {
      let message = "policy_evaluated says dkim=pass, but no passing signature is listed"
      warnings.append(ReportWarning(.contradiction, line: line, message))
    }
    if outcome.evaluatedSPF == .pass, !outcome.spf.contains(where: { $0.result == .pass }) {
      let message = "policy_evaluated says spf=pass, but no passing SPF check is listed"
      warnings.append(ReportWarning(.contradiction, line: line, message))
    }
  }
}
