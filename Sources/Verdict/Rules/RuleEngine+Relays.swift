import DMARC

/// Rules for messages with aligned DKIM only that were forwarded.
extension RuleEngine {
  static let relayRules: [Rule] = [
    elsewhere, providerPassedOn, attestedForward, knownRelay, unknownService, senderRelay, replacedEnvelope,
  ]

  /// A forwarded verdict, unless there are more messages than forwarding can cause (R6).
  static func forwarded(
    _ facts: RuleFacts, _ confidence: Confidence, flagged: Bool = false, _ why: @escaping @Sendable () -> [Evidence]
  ) -> Ruling {
    if let replay = facts.replay { return .holds(replay) }
    return .holds(
      Finding(.forwarded, "dkim-survived", confidence, flagged: flagged) {
        var evidence = [facts.survivingSignature]
        if let domain = facts.failingOwnEnvelope?.domain {
          evidence.append(Evidence("OWN_ENVELOPE_KEPT", ["domain": domain, "source": "\(facts.flow.source)"]))
        } else if let domain = facts.outcome.foreignEnvelopes.first {
          evidence.append(Evidence("ENVELOPE_REPLACED", ["domain": domain.name]))
        }
        return evidence + why()
      })
  }

  private static let elsewhere = Rule("R5a") { facts in
    guard let (name, selector) = facts.selectorsWithOrigins.first else {
      return .no("origins-unknown", facts.selectorValues)
    }
    let isClear =
      facts.relay != nil || facts.outcome.attestation != nil || !facts.outcome.foreignEnvelopes.isEmpty
      || facts.failingOwnEnvelope != nil
    return forwarded(facts, isClear ? .high : .medium) {
      let elsewhere = Evidence(
        "SELECTOR_ELSEWHERE",
        [
          "selector": name, "origins": RuleFacts.originText(selector.origins), "messages": "\(selector.messages)",
          "infrastructure": facts.infrastructure,
        ])
      return [elsewhere] + facts.relayEvidence + facts.attestationEvidence
    }
  }

  private static let providerPassedOn = Rule("R5b") { facts in
    let signed = facts.outcome.foreignSignatures.lazy.compactMap { facts.context.table.entry(for: $0) }
      .first { $0.kind == .esp || $0.kind == .mailbox }
    guard let signed else { return .no("no-second-signature") }
    guard let host = facts.host, host.kind != .hosting else { return .no("host-unknown", facts.sourceValues) }
    guard host.operatorName != signed.operatorName else {
      return .no("host-is-provider", ["provider": signed.operatorName])
    }
    return forwarded(facts, .high) {
      [Evidence("PROVIDER_ELSEWHERE", ["provider": signed.operatorName, "host": host.operatorName])]
    }
  }

  private static let attestedForward = Rule("R5c") { facts in
    guard facts.outcome.attestation != nil else { return .no("not-attested") }
    return forwarded(facts, .high) { facts.attestationEvidence }
  }

  private static let knownRelay = Rule("R5d") { facts in
    guard facts.relay != nil else { return .no("no-relay", facts.sourceValues) }
    return forwarded(facts, .medium) { facts.relayEvidence }
  }

  private static let unknownService = Rule("R4d") { facts in
    let entry = [facts.host, facts.envelopeEntry].compactMap { $0 }.first { $0.kind == .esp }
    guard let entry else { return .no("no-service") }
    return direct(facts, .medium) { Evidence("SERVICE_HOST", ["provider": entry.operatorName]) }
  }

  private static let senderRelay = Rule("R4e") { facts in
    guard facts.isSenderRelay, let host = facts.host else { return .no("no-sender-relay") }
    return direct(facts, .medium, flagged: true, issues: ["spf-fail-own-envelope"]) {
      Evidence("SENDER_RELAY", ["provider": host.operatorName])
    }
  }

  private static let replacedEnvelope = Rule("R5e") { facts in
    guard !facts.outcome.foreignEnvelopes.isEmpty else { return .no("no-foreign-envelope") }
    return forwarded(facts, .medium) { [] }
  }
}

/// Rules for messages with aligned DKIM only from unknown hosts, which decide by volume.
extension RuleEngine {
  static let lastPassRules: [Rule] = [largeStream, smallStream]

  private static let largeStream = Rule("R4f") { facts in
    guard facts.outcome.envelopes.isEmpty || facts.failingOwnEnvelope != nil else { return .no("envelope-not-ours") }
    let messages = max(facts.flow.messages, facts.history.source?.messages ?? 0)
    let share = facts.history.source?.share ?? 1
    guard messages >= facts.thresholds.originMessages, share >= facts.thresholds.originShare else {
      return .no("small-stream", ["messages": "\(messages)"])
    }
    return direct(facts, .medium, flagged: true) {
      Evidence(
        "LARGE_STREAM",
        ["messages": "\(messages)", "share": facts.history.source?.share.map { percentage($0) } ?? "?"])
    }
  }

  private static let smallStream = Rule("R5f") { facts in
    let isRewritten =
      facts.outcome.ownEnvelopes.isEmpty
      && (!facts.outcome.envelopes.isEmpty
        || facts.reported.envelopeFrom.map(facts.context.table.isRewritten) ?? false)
    let isLikely = facts.history.isReportedByIntermediary || isRewritten
    let ruling = forwarded(facts, isLikely ? .medium : .low, flagged: true) {
      if facts.history.isReportedByIntermediary { return [Evidence("INTERMEDIARY_REPORTS", facts.selectorValues)] }
      if isRewritten { return [Evidence("ENVELOPE_REWRITTEN")] }
      return [Evidence("LITTLE_KNOWN", facts.selectorValues)]
    }
    guard case .holds(var finding) = ruling, finding.rule == nil, facts.outcome.envelopes.isEmpty else { return ruling }
    finding.rule = "R5g"
    return .holds(finding)
  }

  /// A share, 0...1, as a percentage for people.
  package static func percentage(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

extension RuleFacts {
  /// The evidence that the host is a relay; empty if it is not known to be one.
  var relayEvidence: [Evidence] {
    guard let relay else { return [] }
    if isDeclaredForwarder { return [Evidence("DECLARED_FORWARDER", ["name": relay.name])] }
    return [Evidence("RELAY_HOST", ["name": relay.name, "kind": relay.kind.rawValue, "host": hostText])]
  }

  var hostText: String { source.fcrdnsName?.name ?? "\(flow.source)" }

  var attestationEvidence: [Evidence] {
    guard let attestation = outcome.attestation else { return [] }
    let comment = attestation.comment ?? ""
    if comment.isEmpty { return [Evidence("ATTESTED", ["reason": attestation.type.rawValue])] }
    return [
      Evidence("ATTESTED_COMMENT", ["reason": attestation.type.rawValue, "comment": String(comment.prefix(120))])
    ]
  }

  /// R6: more messages from elsewhere than were ever sent on a day. Forwarded messages are a subset of those that were sent.
  var replay: Finding? {
    guard relay == nil else { return nil }
    for (name, _) in selectorsWithOrigins {
      guard let day = history.selectorDays[name], day.elsewhere >= thresholds.replayCopies,
        day.elsewhere >= max(day.origin, day.bestOriginDay)
      else { continue }
      let isYoung =
        (history.source?.firstSeenDays).map { $0 <= 2 } ?? false
        && max(flow.messages, history.source?.messages ?? 0) >= thresholds.replayCopies
      let isBurst = day.newInfrastructures >= thresholds.replayNewInfrastructures || isYoung
      var finding = Finding(
        .dkimReplaySuspected, isBurst ? "burst" : "volume", isBurst ? .high : .medium, flagged: true,
        authenticity: .unproven
      ) {
        let numbers = [
          "selector": name, "copies": "\(day.elsewhere)", "best": "\(day.bestOriginDay)",
          "day": day.day.map { "\($0)" } ?? "?", "new": "\(day.newInfrastructures)",
        ]
        return [survivingSignature, Evidence("REPLAY_VOLUME", numbers)]
          + (isBurst ? [Evidence("REPLAY_BURST", numbers)] : [])
      }
      finding.rule = "R6"
      return finding
    }
    return nil
  }
}
