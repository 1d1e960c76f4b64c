import DMARC

/// Rules for failing messages from foreign sources that a mailing list or relay may have changed.
extension RuleEngine {
  static let brokenByRelayRules: [Rule] = [attested, relayPool, listPattern, brokenByRelay, relayOfUnsigned]

  private static let attested = Rule("R12") { facts in
    guard let attestation = facts.outcome.attestation else { return .no("not-attested") }
    let isList = attestation.type == .mailingList || facts.listPass != nil || facts.host?.kind == .list
    let confidence: Confidence = attestation.isWeak(in: facts) ? .medium : .high
    return .holds(
      Finding(isList ? .mailingList : .forwardedModified, "attested", confidence, authenticity: .likely) {
        facts.attestationEvidence + facts.firstHopEvidence + facts.brokenSignatureEvidence + facts.passingEvidence
      })
  }

  private static let relayPool = Rule("R13") { facts in
    guard let host = facts.host, host.kind == .relayPool else { return .no("no-relay-pool") }
    return .holds(
      Finding(.unknownUnauthenticated, "forwarded-unauthenticated", .medium, flagged: true) {
        [Evidence("RELAY_POOL", ["name": host.operatorName, "source": "\(facts.flow.source)"])]
      })
  }

  private static let listPattern = Rule("R14") { facts in
    let list = facts.listPass
    let isNamedHost = facts.source.fcrdnsName.map(facts.context.table.isListLike) ?? false
    let isTableList = list?.isOfTable ?? false || facts.host?.kind == .list
    guard list != nil || facts.host?.kind == .list || isNamedHost else { return .no("no-list") }
    let isSupported =
      (isTableList || facts.isDeclaredForwarder)
      && (!facts.foreignPasses.isEmpty || !facts.outcome.ownSignatures.isEmpty)
    let isKnownMail = facts.brokenKnownSelector != nil && facts.isSibling
    let isAttestedElsewhere = (facts.history.source?.attested ?? 0) > 0
    guard facts.isSmall || isTableList || facts.isDeclaredForwarder || isAttestedElsewhere else {
      return .no("list-name-with-much-mail", ["messages": "\(facts.flow.messages)", "small": "\(facts.smallVolume)"])
    }
    let isSure = (isSupported || isKnownMail) && facts.isSmall
    let name = list?.domain.name ?? facts.hostText
    return .holds(
      Finding(
        .mailingList, "pattern", isSure ? .medium : .low, flagged: !isSure, authenticity: isSure ? .likely : .unproven
      ) {
        [Evidence(isTableList ? "LIST_OF_TABLE" : "LIST_NAME", ["name": name])] + facts.brokenSignatureEvidence
          + facts.relayEvidence + facts.siblingEvidence
      })
  }

  /// R15: an own signature is present but broken. A header can be copied, so this alone proves nothing: hence the limits.
  private static let brokenByRelay = Rule("R15") { facts in
    guard facts.brokenOwnSignature != nil else { return .no("no-broken-signature") }
    if let service = facts.servicePass { return .no("service-passes", ["provider": service.entry.operatorName]) }
    let isKnown = facts.brokenKnownSelector != nil
    if facts.relay == nil {
      if facts.foreignPasses.isEmpty { return .no("broken-without-relay") }
      if !isKnown { return .no("broken-unknown-selector") }
      if !facts.isSmall {
        return .no("broken-too-many", ["messages": "\(facts.flow.messages)", "small": "\(facts.smallVolume)"])
      }
    }
    // Anyone can open a mailbox: such a host proves something only together with a known own selector.
    let isTrustedRelay = facts.relay.map { $0.kind != .mailbox || isKnown } ?? false
    let isSure = facts.isSmall && (facts.isSibling || isTrustedRelay)
    let isMailbox = facts.relay?.kind == .mailbox
    return .holds(
      Finding(
        .forwardedModified, facts.relay?.kind == .gateway ? "gateway" : "forwarder", isSure ? .medium : .low,
        flagged: !isSure, authenticity: isSure && !isMailbox ? .likely : .unproven
      ) {
        facts.brokenSignatureEvidence + facts.relayEvidence + facts.passingEvidence + facts.siblingEvidence
      })
  }

  /// R16: messages of a relay without any own signature.
  private static let relayOfUnsigned = Rule("R16") { facts in
    guard let relay = facts.relay else { return .no("no-relay", facts.sourceValues) }
    if let service = facts.servicePass { return .no("service-passes", ["provider": service.entry.operatorName]) }
    let isTrusted =
      (facts.isDeclaredForwarder || relay.kind == .forwarder || relay.kind == .gateway) && !facts.foreignPasses.isEmpty
    guard facts.failingOwnEnvelope != nil || isTrusted else {
      return .no("relay-without-own-envelope", ["name": relay.name])
    }
    if facts.hardlySigns {
      return .holds(
        Finding(.forwarded, "unsigned", .medium, authenticity: .unproven) {
          facts.relayEvidence + [Evidence("HARDLY_SIGNS", facts.signValues)]
        })
    }
    return .holds(
      Finding(
        .forwardedModified, relay.kind == .gateway ? "gateway" : "forwarder", isTrusted ? .medium : .low,
        flagged: !isTrusted, authenticity: .unproven
      ) {
        facts.relayEvidence + facts.passingEvidence
          + [facts.outcome.ownSignatures.isEmpty ? Evidence("NO_OWN_SIGNATURE") : nil].compactMap { $0 }
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
    return [Evidence(isOurs ? "FIRST_HOP_OURS" : "FIRST_HOP_FOREIGN", ["address": "\(first)"])]
  }

  /// The evidence of a broken own signature, and whether its selector is known.
  var brokenSignatureEvidence: [Evidence] {
    if let name = brokenKnownSelector {
      return [Evidence("KNOWN_SELECTOR_BROKEN", ["selector": name, "messages": "\(selector(name)?.messages ?? 0)"])]
    }
    guard let signature = brokenOwnSignature else { return [] }
    return [Evidence("SELECTOR_BROKEN", ["selector": AlignedOutcome.selectorName(signature)])]
  }

  /// The evidence of the foreign domains that the messages authenticate as.
  var passingEvidence: [Evidence] {
    foreignPasses.first.map { [Evidence("PASSES_AS", ["domain": $0.name])] } ?? []
  }

  var siblingEvidence: [Evidence] {
    let (intact, attested) = (history.source?.relayedIntact ?? 0, history.source?.attested ?? 0)
    if intact > 0 { return [Evidence("SIBLING", ["infrastructure": infrastructure, "messages": "\(intact)"])] }
    if attested > 0 {
      return [Evidence("SIBLING_ATTESTED", ["infrastructure": infrastructure, "messages": "\(attested)"])]
    }
    return []
  }

  var signValues: [String: String] {
    ["from": fromName, "share": history.signRate.map(RuleEngine.percentage) ?? "?"]
  }
}
