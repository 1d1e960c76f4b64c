import DMARC

/// Rules for failing messages from foreign sources that a mailing list or relay may have changed.
extension RuleEngine {
  static let brokenByRelayRules: [Rule] = [attested, relayPool, listPattern, brokenByRelay, relayOfUnsigned]

  private static let attested = Rule(.r12) { facts in
    guard let attestation = facts.outcome.attestation else { return .no(.notAttested) }
    let isList = attestation.type == .mailingList || facts.listPass != nil || facts.host?.kind == .list
    let confidence: Confidence = attestation.isWeak(in: facts) ? .medium : .high
    return .holds(
      Finding(isList ? .mailingList : .forwardedModified, .attested, confidence, authenticity: .likely) {
        facts.attestationEvidence + facts.firstHopEvidence + facts.brokenSignatureEvidence + facts.passingEvidence
      })
  }

  private static let relayPool = Rule(.r13) { facts in
    guard let host = facts.host, host.kind == .relayPool else { return .no(.noRelayPool) }
    return .holds(
      Finding(.unknownUnauthenticated, .forwardedUnauthenticated, .medium, flagged: true) {
        [Evidence(.relayPool, ["name": host.operatorName, "source": "\(facts.flow.source)"])]
      })
  }

  private static let listPattern = Rule(.r14) { facts in
    let list = facts.listPass
    let isNamedHost = facts.source.fcrdnsName.map(facts.context.table.isListLike) ?? false
    let isTableList = list?.isOfTable ?? false || facts.host?.kind == .list
    guard list != nil || facts.host?.kind == .list || isNamedHost else { return .no(.noList) }
    let isSupported =
      (isTableList || facts.isDeclaredForwarder)
      && (!facts.foreignPasses.isEmpty || !facts.outcome.ownSignatures.isEmpty)
    let isKnownMail = facts.brokenKnownSelector != nil && facts.isSibling
    let isKnownList = facts.isSteadyRelay || facts.isOftenAttested || facts.isSteadyList
    let isAttestedElsewhere = (facts.history.source?.attested ?? 0) > 0
    guard facts.isSmall || isTableList || facts.isDeclaredForwarder || isAttestedElsewhere || isKnownList else {
      return .no(.listNameWithMuchMail, ["messages": facts.flow.messagesText, "small": "\(facts.smallVolume)"])
    }
    let isSure = isKnownList || ((isSupported || isKnownMail) && facts.isSmall)
    let name = list?.domain.name ?? facts.hostText
    return .holds(
      Finding(
        .mailingList, .pattern, isSure ? .medium : .low, flagged: !isSure, authenticity: isSure ? .likely : .unproven
      ) {
        [Evidence(isTableList ? .listOfTable : .listName, ["name": name])] + facts.brokenSignatureEvidence
          + facts.relayEvidence + facts.siblingEvidence
      })
  }

  /// R15: an own signature is present but broken. A header can be copied, so this alone proves nothing: hence the limits.
  private static let brokenByRelay = Rule(.r15) { facts in
    guard facts.brokenOwnSignature != nil else { return .no(.noBrokenSignature) }
    if let service = facts.servicePass { return .no(.servicePasses, ["provider": service.entry.operatorName]) }
    let isKnown = facts.brokenKnownSelector != nil
    let isKnownRelay = facts.isSteadyRelay || facts.isOftenAttested
    if facts.relay == nil, !isKnownRelay {
      if facts.foreignPasses.isEmpty { return .no(.brokenWithoutRelay) }
      if !isKnown { return .no(.brokenUnknownSelector) }
      // A service does not carry a signature of ours. What breaks it for weeks is a list or a relay, whatever the volume.
      if !facts.isSmall, !facts.breaksForWeeks || facts.isOriginOfBrokenSelector {
        return .no(.brokenTooMany, ["messages": facts.flow.messagesText, "small": "\(facts.smallVolume)"])
      }
    }
    // Anyone can open a mailbox: such a host proves something only together with a known own selector.
    let isTrustedRelay = facts.relay.map { $0.kind != .mailbox || isKnown } ?? false
    let isSure =
      isKnownRelay || (facts.isSmall && (facts.isSibling || isTrustedRelay))
    let isMailbox = facts.relay?.kind == .mailbox
    return .holds(
      Finding(
        .forwardedModified, facts.relaySubtype, isSure ? .medium : .low,
        flagged: !isSure, authenticity: isSure && !isMailbox ? .likely : .unproven
      ) {
        facts.brokenSignatureEvidence + facts.relayEvidence + facts.passingEvidence + facts.siblingEvidence
      })
  }

  /// R16: messages of a relay without any own signature.
  private static let relayOfUnsigned = Rule(.r16) { facts in
    let isKnownRelay = facts.isSteadyRelay || facts.isOftenAttested
    guard facts.relay != nil || isKnownRelay else { return .no(.noRelay, facts.sourceValues) }
    if let service = facts.servicePass { return .no(.servicePasses, ["provider": service.entry.operatorName]) }
    let isTrusted =
      isKnownRelay
      || (facts.isDeclaredForwarder || facts.relay?.kind == .forwarder || facts.relay?.kind == .gateway)
        && !facts.foreignPasses.isEmpty
    guard facts.failingOwnEnvelope != nil || isTrusted else {
      return .no(.relayWithoutOwnEnvelope, ["name": facts.relay?.name ?? facts.hostText])
    }
    if facts.hardlySigns {
      return .holds(
        Finding(.forwarded, .unsigned, .medium, authenticity: .unproven) {
          facts.relayEvidence + [Evidence(.hardlySigns, facts.signValues)]
        })
    }
    return .holds(
      Finding(
        .forwardedModified, facts.relaySubtype, isTrusted ? .medium : .low,
        flagged: !isTrusted, authenticity: .unproven
      ) {
        facts.relayEvidence + facts.passingEvidence + facts.siblingEvidence
          + [facts.outcome.ownSignatures.isEmpty ? Evidence(.noOwnSignature) : nil].compactMap { $0 }
      })
  }
}

extension Attestation {
  /// Whether the statement is weak: `arc=pass` alone, or a chain whose first hop received the message from a foreign address.
  fileprivate func isWeak(in facts: RuleFacts) -> Bool {
    let own = facts.operatorFacts.ownNetworks
    if let first = firstHop, !own.isEmpty { return !own.contains { $0.contains(first) } }
    guard ![.forwarded, .mailingList, .trustedForwarder].contains(type) else { return false }
    return facts.outcome.ownSignatures.isEmpty && facts.foreignPasses.isEmpty && facts.relay == nil && !facts.isSibling
  }
}

extension RuleFacts {
  fileprivate var firstHopEvidence: [Evidence] {
    guard let first = outcome.attestation?.firstHop, !operatorFacts.ownNetworks.isEmpty else { return [] }
    let isOurs = operatorFacts.ownNetworks.contains { $0.contains(first) }
    return [Evidence(isOurs ? .firstHopOurs : .firstHopForeign, ["address": "\(first)"])]
  }

  /// The evidence of a broken own signature, and whether its selector is known.
  var brokenSignatureEvidence: [Evidence] {
    if let name = brokenKnownSelector {
      return [Evidence(.knownSelectorBroken, ["selector": name, "messages": "\(selector(name)?.messages ?? 0)"])]
    }
    guard let signature = brokenOwnSignature else { return [] }
    return [Evidence(.selectorBroken, ["selector": AlignedOutcome.selectorName(signature)])]
  }

  /// The evidence of the foreign domains that the messages authenticate as.
  var passingEvidence: [Evidence] {
    guard let domain = foreignPasses.first else { return [] }
    let isListed = !reported.dkim.isEmpty || !reported.spf.isEmpty
    return [Evidence(isListed ? .passesAs : .siblingIdentity, ["domain": domain.name])]
  }

  /// What kind of relay the host is; a gateway only if it is known to be one.
  fileprivate var relaySubtype: Verdict.Subtype {
    guard let relay else { return foreignPasses.isEmpty ? .unidentifiedRelay : .forwarder }
    return relay.kind == .gateway ? .gateway : .forwarder
  }

  var siblingEvidence: [Evidence] {
    if isRelayForOthers {
      return [
        Evidence(
          .relayForOthers,
          ["infrastructure": infrastructure, "organisations": "\(history.organisationsRelayedFor)"])
      ]
    }
    if isSteadyRelay, let known = history.source {
      return [
        Evidence(
          .steadyRelay,
          [
            "infrastructure": infrastructure, "days": "\(known.intactDays ?? 0)", "span": "\(known.intactSpan ?? 0)",
            "messages": "\(known.relayedIntact ?? 0)",
          ])
      ]
    }
    let (intact, attested) = (history.source?.relayedIntact ?? 0, history.source?.attested ?? 0)
    if intact > 0 { return [Evidence(.sibling, ["infrastructure": infrastructure, "messages": "\(intact)"])] }
    if attested > 0 {
      return [Evidence(.siblingAttested, ["infrastructure": infrastructure, "messages": "\(attested)"])]
    }
    return []
  }

  var signValues: [String: String] {
    ["from": fromName, "share": history.signRate.map(RuleEngine.percentage) ?? "?"]
  }
}
