import DMARC

/// Rules for messages with aligned DKIM only that were forwarded.
extension RuleEngine {
  static let relayRules: [Rule] = [
    elsewhere, ownInclude, providerPassedOn, attestedForward, knownRelay, unknownService, senderRelay, replacedEnvelope,
  ]

  /// A forwarded verdict, unless there are more messages than forwarding can cause (R6).
  static func forwarded(
    _ facts: RuleFacts, _ confidence: Confidence, flagged: Bool = false, _ why: @escaping @Sendable () -> [Evidence]
  ) -> Ruling {
    if let replay = facts.replay { return .holds(replay) }
    return .holds(
      Finding(.forwarded, .dkimSurvived, confidence, flagged: flagged) {
        var evidence = [facts.survivingSignature]
        if let domain = facts.failingOwnEnvelope?.domain {
          evidence.append(Evidence(.ownEnvelopeKept, ["domain": domain, "source": "\(facts.flow.source)"]))
        } else if let domain = facts.outcome.foreignEnvelopes.first {
          evidence.append(Evidence(.envelopeReplaced, ["domain": domain.name]))
        }
        return evidence + facts.heloEvidence + why()
      })
  }

  private static let elsewhere = Rule(.r5a) { facts in
    guard let (name, selector) = facts.selectorsWithOrigins.first else {
      return .no(.originsUnknown, facts.selectorValues)
    }
    let isClear =
      facts.relay != nil || facts.outcome.attestation != nil || !facts.outcome.foreignEnvelopes.isEmpty
      || facts.failingOwnEnvelope != nil || !facts.outcome.foreignHELONames.isEmpty
    return forwarded(facts, isClear ? .high : .medium) {
      let elsewhere = Evidence(
        .selectorElsewhere,
        [
          "selector": name, "origins": RuleFacts.originText(selector.origins), "messages": "\(selector.messages)",
          "infrastructure": facts.infrastructure,
        ])
      return [elsewhere] + facts.relayEvidence + facts.attestationEvidence
    }
  }

  /// R4g: the own SPF record includes the provider, so it is one that the owner sends through.
  private static let ownInclude = Rule(.r4g) { facts in
    guard facts.isAuthorisedAsOneOfMany, let path = facts.source.spf?.path else { return .no(.notShared) }
    return direct(facts, .medium) { Evidence(.spfShared, ["path": path]) }
  }

  private static let providerPassedOn = Rule(.r5b) { facts in
    let signed = facts.outcome.foreignSignatures.lazy.compactMap { facts.context.table.entry(for: $0) }
      .first { $0.kind == .esp || $0.kind == .mailbox }
    guard let signed else { return .no(.noSecondSignature) }
    guard let host = facts.host, host.kind != .hosting else { return .no(.hostUnknown, facts.sourceValues) }
    guard host.operatorName != signed.operatorName else {
      return .no(.hostIsProvider, ["provider": signed.operatorName])
    }
    return forwarded(facts, .high) {
      [Evidence(.providerElsewhere, ["provider": signed.operatorName, "host": host.operatorName])]
    }
  }

  private static let attestedForward = Rule(.r5c) { facts in
    guard facts.outcome.attestation != nil else { return .no(.notAttested) }
    return forwarded(facts, .high) { facts.attestationEvidence }
  }

  private static let knownRelay = Rule(.r5d) { facts in
    guard facts.relay != nil || facts.isSteadyRelay else { return .no(.noRelay, facts.sourceValues) }
    return forwarded(facts, .medium) { facts.relayEvidence + facts.siblingEvidence }
  }

  private static let unknownService = Rule(.r4d) { facts in
    let entry = [facts.host, facts.envelopeEntry].compactMap { $0 }.first { $0.kind == .esp }
    guard let entry else { return .no(.noService) }
    return direct(facts, .medium) { Evidence(.serviceHost, ["provider": entry.operatorName]) }
  }

  private static let senderRelay = Rule(.r4e) { facts in
    guard facts.isSenderRelay, let host = facts.host else { return .no(.noSenderRelay) }
    return direct(facts, .medium, flagged: true, issues: [.spfFailOwnEnvelope]) {
      Evidence(.senderRelay, ["provider": host.operatorName])
    }
  }

  private static let replacedEnvelope = Rule(.r5e) { facts in
    guard !facts.outcome.foreignEnvelopes.isEmpty else { return .no(.noForeignEnvelope) }
    // Many services use envelopes of their own, too, so this alone proves no forwarding.
    let isLikely = facts.history.isReportedByIntermediary
    return forwarded(facts, isLikely ? .medium : .low, flagged: !isLikely) {
      [Evidence(.littleKnown, facts.selectorValues)]
    }
  }
}

/// Rules for messages with aligned DKIM only from unknown hosts, which decide by volume.
extension RuleEngine {
  static let lastPassRules: [Rule] = [largeStream, smallStream]

  private static let largeStream = Rule(.r4f) { facts in
    guard facts.outcome.envelopes.isEmpty || facts.failingOwnEnvelope != nil else {
      return .no(facts.outcome.ownEnvelopes.isEmpty ? .envelopeNotOurs : .ownEnvelopeNotFailing)
    }
    let messages = max(facts.flow.messages, facts.history.source?.messages ?? 0)
    let share = facts.history.source?.share ?? 1
    guard messages >= facts.thresholds.originMessages, share >= facts.thresholds.originShare else {
      return .no(.smallStream, ["messages": "\(messages)"])
    }
    return direct(facts, .medium, flagged: true) {
      Evidence(
        .largeStream,
        ["messages": "\(messages)", "share": facts.history.source?.share.map { percentage($0) } ?? "?"])
    }
  }

  private static let smallStream = Rule(.r5f) { facts in
    let isRewritten =
      facts.outcome.ownEnvelopes.isEmpty
      && (!facts.outcome.envelopes.isEmpty
        || facts.reported.envelopeFrom.map(facts.context.table.isRewritten) ?? false)
    let isLikely = facts.history.isReportedByIntermediary || isRewritten
    let ruling = forwarded(facts, isLikely ? .medium : .low, flagged: true) {
      if facts.history.isReportedByIntermediary { return [Evidence(.intermediaryReports, facts.selectorValues)] }
      if isRewritten { return [Evidence(.envelopeRewritten)] }
      return [Evidence(.littleKnown, facts.selectorValues)]
    }
    guard case .holds(var finding) = ruling, finding.rule == nil, facts.outcome.envelopes.isEmpty else { return ruling }
    finding.rule = .r5g
    return .holds(finding)
  }

  /// A share, 0...1, as a percentage for people.
  package static func percentage(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

extension RuleFacts {
  /// The number of new places from which a replay by a young source counts as a burst. One new place may be a list or a new server.
  private static let severalPlaces: Int64 = 2

  /// The evidence that the host is a relay; empty if it is not known to be one.
  var relayEvidence: [Evidence] {
    guard let relay else { return [] }
    if isDeclaredForwarder { return [Evidence(.declaredForwarder, ["name": relay.name])] }
    return [Evidence(.relayHost, ["name": relay.name, "kind": relay.kind.rawValue, "host": hostText])]
  }

  var hostText: String { source.fcrdnsName?.name ?? "\(flow.source)" }

  var attestationEvidence: [Evidence] {
    guard let attestation = outcome.attestation else { return [] }
    let comment = attestation.comment ?? ""
    if comment.isEmpty { return [Evidence(.attested, ["reason": attestation.type?.rawValue ?? "-"])] }
    return [
      Evidence(.attestedComment, ["reason": attestation.type?.rawValue ?? "-", "comment": String(comment.prefix(120))])
    ]
  }

  /// R6: more messages from elsewhere than were ever sent on a day. Forwarded messages are a subset of those that were sent.
  var replay: Finding? {
    guard relay == nil else { return nil }
    let names =
      history.isReplayHost
      ? history.selectorDays.keys.sorted()
      : [AlignedOutcome.anySelector] + selectorsWithOrigins.map(\.name)
    for name in names {
      // Without usual sources, there is nothing to compare the copies with.
      guard let day = history.selectorDays[name], day.bestOriginDay > 0 else { continue }
      let isMore = day.elsewhere >= thresholds.replayCopies && day.elsewhere >= max(day.origin, day.bestOriginDay)
      let areNew = day.newInfrastructures >= thresholds.replayNewInfrastructures && day.usualNewInfrastructures != nil
      guard isMore || areNew else { continue }
      let isYoung =
        (history.source?.firstSeenDays).map { $0 <= 2 } ?? false
        && max(flow.messages, history.source?.messages ?? 0) >= thresholds.replayCopies
        && day.newInfrastructures >= Self.severalPlaces
      let isBurst = day.newInfrastructures >= thresholds.replayNewInfrastructures || isYoung
      var finding = Finding(
        .dkimReplaySuspected, isBurst ? .burst : .volume, isBurst ? .high : .medium, flagged: true,
        authenticity: .unproven
      ) {
        let numbers = [
          "selector": name == AlignedOutcome.anySelector ? self.fromName : name,
          "copies": FlowFacts.text(day.elsewhere, isEstimated: day.isEstimated),
          "best": "\(day.bestOriginDay)",
          "day": day.day.map { "\($0)" } ?? "?", "new": "\(day.newInfrastructures)",
        ]
        let volume =
          isMore
          ? Evidence(.replayVolume, numbers)
          : Evidence(
            .newcomers,
            [
              "new": "\(day.newInfrastructures)", "copies": "\(day.newCopies)", "day": numbers["day"] ?? "?",
              "usual": "\(Int64(clampedRounding: day.usualNewInfrastructures ?? 0))", "from": self.fromName,
            ])
        return [self.survivingSignature, volume]
          + (self.history.isReplayHost ? [Evidence(.replayHost, self.sourceValues)] : [])
          + (isBurst && isMore ? [Evidence(.replayBurst, numbers)] : [])
      }
      finding.rule = .r6
      return finding
    }
    return nil
  }
}
