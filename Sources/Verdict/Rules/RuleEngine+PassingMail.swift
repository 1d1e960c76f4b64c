import DMARC

/// Rules for mail that passed DMARC, and for reports that contradict themselves.
extension RuleEngine {
  static let passRules: [Rule] = [inconsistent, both, spfOnly] + directRules + relayRules + lastPassRules

  /// R1: the reporter evaluated `fail` but lists an aligned pass.
  private static let inconsistent = Rule("R1") { facts in
    guard !facts.passesDMARC else { return .no("dmarc-passed") }
    guard !facts.outcome.isUnion else { return .no("union") }
    let signature = facts.outcome.alignedSignatures.first
    guard let domain = signature?.domain ?? facts.outcome.alignedEnvelope?.domain else {
      return .no("no-aligned-pass-listed")
    }
    let mechanism = signature != nil ? "DKIM" : "SPF"
    return .holds(
      Finding(.receiverError, "inconsistent-report", .high, authenticity: .likely) {
        [Evidence("INCONSISTENT", ["mechanism": mechanism, "domain": domain])]
      })
  }

  private static let both = Rule("R2") { facts in
    guard facts.reported.evaluatedDKIM == .pass else { return .no("dkim-not-aligned") }
    guard facts.reported.evaluatedSPF == .pass else { return .no("spf-not-aligned") }
    let issues = facts.outcome.ownSignatures.contains { $0.result != .pass } ? [facts.signatureIssue] : []
    return .holds(
      Finding(.aligned, "both", .high, issues: issues) { [facts.survivingSignature, Evidence("SPF_ALIGNED")] })
  }

  private static let spfOnly = Rule("R3") { facts in
    guard facts.reported.evaluatedSPF == .pass else { return .no("spf-not-aligned") }
    // Shared SPF authorisation, unsigned, from a domain that signs: any other customer could have sent it.
    let isDoubtful =
      facts.isAuthorisedAsOneOfMany && facts.sender == nil && !facts.isOwnAddress && facts.outcome.ownSignatures.isEmpty
      && facts.history.signRate.map { $0 >= facts.thresholds.alwaysSigns } ?? false
    let issues = [facts.signatureIssue] + (isDoubtful ? ["shared-spf-unsigned"] : [])
    return .holds(
      Finding(
        .aligned, "spf-only", isDoubtful ? .medium : .high, issues: issues,
        authenticity: isDoubtful ? .likely : .proven
      ) {
        var evidence = [Evidence("SPF_ALIGNED")]
        if isDoubtful, let path = facts.source.spf?.path { evidence.append(Evidence("SPF_SHARED", ["path": path])) }
        return evidence
      })
  }
}

extension RuleFacts {
  /// The issue with the signatures of messages that pass by SPF only.
  fileprivate var signatureIssue: String {
    let results = outcome.ownSignatures.map(\.result)
    if results.contains(where: Self.isTemporary) { return "dkim-temperror" }
    if results.contains(.permerror) { return "dkim-permerror" }
    if results.contains(where: { $0 != .pass }) { return "dkim-broken" }
    if !results.isEmpty { return "dkim-not-aligned" }
    return outcome.foreignSignatures.isEmpty ? "dkim-missing" : "dkim-third-party-only"
  }

  /// The issues with the envelope of messages that pass by DKIM only.
  var envelopeIssues: [String] {
    if outcome.ownEnvelopes.contains(where: { $0.result == .permerror }) { return ["spf-permerror"] }
    if failingOwnEnvelope != nil { return ["spf-fail-own-envelope"] }
    if outcome.ownEnvelopes.contains(where: { Self.isTemporary($0.result) }) { return ["spf-temperror"] }
    if !outcome.envelopes.isEmpty { return ["spf-not-aligned"] }
    return []
  }

  /// The evidence of the aligned signature.
  var survivingSignature: Evidence {
    guard let signature = outcome.alignedSignatures.first ?? outcome.ownSignatures.first(where: { $0.result == .pass })
    else {
      return Evidence("DKIM_UNLISTED")
    }
    return Evidence("DKIM_ALIGNED", ["selector": AlignedOutcome.selectorName(signature)])
  }
}
