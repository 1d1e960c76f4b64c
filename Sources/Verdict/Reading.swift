import DMARC

/// All that the rules look at: the flow's terms, the operator's declarations and the history.
struct Reading {
  let flow: FlowFacts
  let operatorFacts: OperatorFacts
  let history: HistoryFacts

  private var terms: OutcomeTerms { flow.terms }
  var outcome: AuthenticationOutcome { terms.outcome }
  var policy: PolicyPublished { terms.policy }
  var from: DomainName? { terms.from }
  var alignedSignatures: [DKIMResult] { terms.alignedSignatures }
  var ownSignatures: [DKIMResult] { terms.ownSignatures }
  var foreignPasses: [DomainName] { terms.foreignPasses }
  var ownEnvelope: [SPFResult] { terms.ownEnvelope }
  var attestation: Attestation? { terms.attestation }
  var isUnion: Bool { terms.isUnion }

  var sender: KnownSender? { operatorFacts.knownSender }
  /// The operator vouches for the source: it is ours, a service we use, or our gateway.
  var isDeclared: Bool { sender.map { $0.kind != .forwarder } ?? false }
  var isDeclaredForwarder: Bool { sender?.kind == .forwarder }

  /// MAIL FROM kept our name, but this host may not use it.
  var failsOwnEnvelope: Bool {
    ownEnvelope.contains { [.fail, .softfail, .neutral].contains($0.result) }
  }

  var hasBrokenOwnSignature: Bool { ownSignatures.contains { $0.result != .pass } }

  /// A signature of ours that is known from mail that passed, and is broken here.
  var brokenKnownSelector: String? {
    ownSignatures.first { $0.result != .pass && history.knownSelectors.contains(OutcomeTerms.selectorName($0)) }
      .map(OutcomeTerms.selectorName)
  }
}
