import DMARC

/// Rules for mail that passed DMARC, and for reports that contradict themselves.
extension Procedure {
  static let passRules: [Rule] = [inconsistent, both, spfOnly, declaredDKIM, replay] + surviving

  /// R1: the reporter evaluated fail, yet lists an aligned pass.
  private static let inconsistent = Rule("R1") { facts in
    guard !facts.outcome.passesDMARC, !facts.isUnion, let signature = facts.alignedSignatures.first else { return nil }
    let text = "the receiver evaluated fail, but lists a passing, aligned signature of \(signature.domain ?? "")"
    return Finding(
      verdict: .receiverError, subtype: "inconsistent-report", confidence: .high,
      evidence: [Evidence("INCONSISTENT", text)])
  }

  private static let both = Rule("R2") { facts in
    guard facts.outcome.evaluatedDKIM == .pass, facts.outcome.evaluatedSPF == .pass else { return nil }
    return Finding(
      verdict: .aligned, subtype: "both", confidence: .high,
      evidence: [Evidence("DKIM_SPF_ALIGNED", "DKIM and SPF both passed and were aligned")])
  }

  private static let spfOnly = Rule("R3") { facts in
    guard facts.outcome.evaluatedSPF == .pass else { return nil }
    let issue =
      if facts.ownSignatures.contains(where: { $0.result == .temperror }) {
        "dkim-temperror"
      } else if facts.ownSignatures.contains(where: { $0.result == .permerror }) {
        "dkim-permerror"
      } else if facts.hasBrokenOwnSignature {
        "dkim-broken"
      } else {
        facts.outcome.dkim.contains { $0.result == .pass } ? "dkim-third-party-only" : "dkim-missing"
      }
    return Finding(
      verdict: .aligned, subtype: "spf-only", confidence: .high, issues: [issue],
      evidence: [Evidence("SPF_ALIGNED", "SPF passed and was aligned; no aligned DKIM signature passed")])
  }

  /// R4a: the operator vouches for the source.
  private static let declaredDKIM = Rule("R4a") { facts in
    guard facts.outcome.evaluatedDKIM == .pass, facts.isDeclared, let sender = facts.sender else { return nil }
    return Finding(
      verdict: .aligned, subtype: "dkim-only", confidence: .high,
      evidence: [
        surviving(facts), Evidence("DECLARED", "the source is declared as \(sender.name) (\(sender.kind.rawValue))"),
      ])
  }

  /// R6: nothing forwarded can exceed what was sent.
  private static let replay = Rule("R6") { facts in
    guard facts.outcome.evaluatedDKIM == .pass, !facts.isDeclaredForwarder, facts.history.origin == .elsewhere,
      let replay = facts.history.replay
    else { return nil }
    let text =
      "on \(replay.day), \(replay.copies) messages with this signature came from unusual places; "
      + "the usual ones never sent more than \(replay.bestOriginDay) in a day"
    return Finding(
      verdict: .dkimReplaySuspected, subtype: "volume", confidence: .medium, isUnknownIP: true,
      evidence: [surviving(facts), Evidence("REPLAY_VOLUME", text)])
  }

  private static let surviving: [Rule] = [
    Rule("R5d") { facts in
      guard facts.outcome.evaluatedDKIM == .pass, facts.isDeclaredForwarder, let sender = facts.sender else {
        return nil
      }
      return forwarded(
        facts, .high, Evidence("DECLARED_FORWARDER", "the source is declared as the forwarder \(sender.name)"))
    },
    Rule("R5c") { facts in
      guard facts.outcome.evaluatedDKIM == .pass, let attestation = facts.attestation else { return nil }
      return forwarded(facts, .high, attested(attestation))
    },
    Rule("R4c") { facts in
      guard facts.outcome.evaluatedDKIM == .pass, facts.history.origin == .usual else { return nil }
      let text = "mail with this selector usually comes this way"
      return Finding(
        verdict: .aligned, subtype: "dkim-only", confidence: .high,
        evidence: [surviving(facts), Evidence("SELECTOR_ORIGIN", text)])
    },
    Rule("R4b") { facts in
      guard facts.outcome.evaluatedDKIM == .pass, let provider = sameProvider(facts) else { return nil }
      let text = "a second signature and the envelope both belong to \(provider), which sends for us"
      return Finding(
        verdict: .aligned, subtype: "dkim-only", confidence: .high,
        evidence: [surviving(facts), Evidence("PROVIDER_COHERENT", text)])
    },
    Rule("R5a") { facts in
      guard facts.outcome.evaluatedDKIM == .pass, facts.history.origin == .elsewhere else { return nil }
      let isClear = facts.failsOwnEnvelope || !facts.foreignPasses.isEmpty
      return forwarded(
        facts, isClear ? .high : .medium,
        Evidence("SELECTOR_ELSEWHERE", "mail with this selector usually comes from elsewhere"))
    },
    Rule("R5e") { facts in
      guard facts.outcome.evaluatedDKIM == .pass, let relay = facts.foreignPasses.first else { return nil }
      return forwarded(
        facts, .medium, Evidence("FOREIGN_ENVELOPE", "the envelope was replaced: SPF passes for \(relay)"))
    },
    Rule("R5f") { facts in
      guard facts.outcome.evaluatedDKIM == .pass else { return nil }
      return forwarded(
        facts, .low, Evidence("LITTLE_KNOWN", "too little mail with this signature is known to tell its usual path"))
    },
  ]

  private static func forwarded(_ facts: Reading, _ confidence: Confidence, _ why: Evidence) -> Finding {
    var evidence = [surviving(facts)]
    if facts.failsOwnEnvelope, let domain = facts.ownEnvelope.first?.domain {
      evidence.append(Evidence("OWN_ENVELOPE_FAILS", "MAIL FROM kept \(domain), for which this host is not authorised"))
    }
    return Finding(
      verdict: .forwarded, subtype: "dkim-survived", confidence: confidence, evidence: evidence + [why])
  }

  private static func surviving(_ facts: Reading) -> Evidence {
    guard let signature = facts.alignedSignatures.first ?? facts.ownSignatures.first(where: { $0.result == .pass })
    else {
      return Evidence("DKIM_ALIGNED", "the receiver found an aligned DKIM pass, but does not list the signature")
    }
    let selector = signature.selector.map { ", selector \($0)" } ?? ""
    return Evidence("DKIM_ALIGNED", "an aligned signature of \(signature.domain ?? "")\(selector) passed")
  }

  static func attested(_ attestation: Attestation) -> Evidence {
    let comment = attestation.comment.map { $0.isEmpty ? "" : " (\"\($0.prefix(120))\")" } ?? ""
    return Evidence("ATTESTED", "the receiver says so itself: \(attestation.type.rawValue)\(comment)")
  }

  /// A foreign signature and the envelope of one and the same provider: it sends for us, and passes nothing on.
  private static func sameProvider(_ facts: Reading) -> DomainName? {
    let signatures = facts.outcome.dkim.filter { $0.result == .pass }.compactMap { $0.domain.flatMap(DomainName.init) }
    let envelopes = facts.outcome.spf.filter { $0.result == .pass && $0.scope != "helo" }
      .compactMap { $0.domain.flatMap(DomainName.init) }
    return signatures.first { signature in
      facts.foreignPasses.contains(signature)
        && envelopes.contains { $0.isEqualOrUnder(signature) || signature.isEqualOrUnder($0) }
    }
  }
}
