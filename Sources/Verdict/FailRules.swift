import DMARC

/// Rules for mail that failed DMARC.
extension Procedure {
  static let failRules: [Rule] = [
    strict, crossDomain, defaultSigning, temperror, declaredService, ownPath, attestedRelay, listPattern,
    declaredForwarder,
    brokenByForwarder, foreignIdentity, unidentifiedRelay, unknown,
  ]

  /// Mail of one flow up to here is what forwarding of single mails looks like.
  private static let smallVolume: Int64 = 10
  /// From here on, mail that nothing vouches for looks like abuse.
  private static let campaignVolume: Int64 = 50

  private static let strict = Rule("R7") { facts in
    guard !facts.isUnion, let from = facts.from else { return nil }
    let strictDKIM =
      facts.policy.adkim == .strict
      ? facts.ownSignatures.first { $0.result == .pass }.flatMap(\.domain) : nil
    let strictSPF =
      facts.policy.aspf == .strict
      ? facts.ownEnvelope.first { $0.result == .pass }.flatMap(\.domain) : nil
    guard let domain = strictDKIM ?? strictSPF else { return nil }
    let mode = strictDKIM != nil ? "adkim=s" : "aspf=s"
    let text = "\(strictDKIM != nil ? "DKIM" : "SPF") passes for \(domain), but \(mode) demands exactly \(from)"
    return Finding(
      verdict: .subdomainAlignment, subtype: "strict", confidence: .high, evidence: [Evidence("STRICT", text)])
  }

  private static let crossDomain = Rule("R8") { facts in
    let own = facts.foreignPasses.first { pass in facts.operatorFacts.ownDomains.contains { pass.isEqualOrUnder($0) } }
    guard let own else { return nil }
    return Finding(
      verdict: .ownMisconfigured, subtype: "cross-domain", confidence: facts.isDeclared ? .high : .medium,
      evidence: [Evidence("OTHER_OWN_DOMAIN", "authenticates as \(own), which is ours, but not as the From domain")])
  }

  /// R9: a mailbox provider signs with its own name for us until a key of ours is set up there.
  private static let defaultSigning = Rule("R9") { facts in
    guard let from = facts.from else { return nil }
    let decoded = from.name.split(separator: ".").joined(separator: "-")
    let signature = facts.foreignPasses.first { pass in
      pass.name.hasSuffix(".gappssmtp.com") && pass.labels.first.map(String.init) == decoded
    }
    guard let signature else { return nil }
    return Finding(
      verdict: .misalignedService, subtype: "default-signing", confidence: .high,
      evidence: [
        Evidence(
          "DEFAULT_SIGNATURE", "signed as \(signature), Google Workspace's stand-in until a key of ours is set up")
      ])
  }

  private static let temperror = Rule("R10") { facts in
    let failing =
      facts.ownSignatures.contains { $0.result == .temperror }
      || facts.ownEnvelope.contains { $0.result == .temperror }
    guard failing, facts.isDeclared || facts.brokenKnownSelector != nil else { return nil }
    return Finding(
      verdict: .receiverError, subtype: "temperror", confidence: facts.isDeclared ? .high : .medium,
      evidence: [Evidence("TEMPERROR", "the receiver could not look up our records (temperror)")])
  }

  private static let declaredService = Rule("R11") { facts in
    guard facts.sender?.kind == .service, let sender = facts.sender, let pass = facts.foreignPasses.first else {
      return nil
    }
    return Finding(
      verdict: .misalignedService, subtype: "declared", confidence: .high,
      evidence: [Evidence("SERVICE_PASSES", "\(sender.name) authenticates as \(pass), not as the From domain")])
  }

  private static let ownPath = Rule("R11") { facts in
    guard facts.isDeclared, let sender = facts.sender else { return nil }
    let (subtype, text) = fault(facts)
    return Finding(
      verdict: .ownMisconfigured, subtype: subtype, confidence: .high,
      evidence: [
        Evidence("DECLARED", "the source is declared as \(sender.name) (\(sender.kind.rawValue))"),
        Evidence("FAULT", text),
      ])
  }

  /// What is wrong with a path of ours, the most certain fault first.
  private static func fault(_ facts: Reading) -> (subtype: String, text: String) {
    if let bad = facts.ownEnvelope.first(where: { $0.result == .permerror }) {
      return ("spf-permerror", "the SPF record of \(bad.domain ?? "") cannot be evaluated (permerror)")
    }
    if let bad = facts.ownSignatures.first(where: { $0.result == .permerror }) {
      return ("dkim-permerror", "the key of \(OutcomeTerms.selectorName(bad)) cannot be used (permerror)")
    }
    if let bad = facts.ownSignatures.first(where: { $0.result != .pass }) {
      return ("dkim-broken", "the signature of \(OutcomeTerms.selectorName(bad)) does not verify")
    }
    if let bad = facts.ownEnvelope.first(where: { $0.result != .pass }) {
      return (
        "unsigned-not-in-spf", "not signed, and \(bad.domain ?? "") does not authorise \(facts.flow.source) in SPF"
      )
    }
    if facts.outcome.spf.contains(where: { $0.result == .pass }) {
      return ("envelope-not-aligned", "not signed by us, and the envelope uses another domain")
    }
    return ("unsigned", "not signed by us, and no SPF pass is listed")
  }

  private static let attestedRelay = Rule("R12") { facts in
    guard let attestation = facts.attestation else { return nil }
    let isList = attestation.type == .mailingList || facts.foreignPasses.contains(where: ListNames.isListLike)
    return Finding(
      verdict: isList ? .mailingList : .forwardedModified, subtype: "attested",
      confidence: attestation.type == .localPolicy || attestation.type == .other ? .medium : .high,
      evidence: [attested(attestation)])
  }

  private static let listPattern = Rule("R14") { facts in
    guard let list = facts.foreignPasses.first(where: ListNames.isListLike) else { return nil }
    let isSure = facts.brokenKnownSelector != nil && facts.history.messages <= smallVolume * 5
    var evidence = [Evidence("LIST_NAME", "authenticates as \(list), which looks like a mailing list")]
    if let broken = facts.brokenKnownSelector {
      evidence.append(Evidence("KNOWN_SELECTOR_BROKEN", "our own signature \(broken) is there, but broken"))
    }
    return Finding(
      verdict: .mailingList, subtype: "pattern", confidence: isSure ? .medium : .low, evidence: evidence)
  }

  private static let declaredForwarder = Rule("R16") { facts in
    guard facts.isDeclaredForwarder, let sender = facts.sender else { return nil }
    return Finding(
      verdict: .forwardedModified, subtype: "forwarder", confidence: .medium,
      evidence: [Evidence("DECLARED_FORWARDER", "the source is declared as the forwarder \(sender.name)")])
  }

  private static let brokenByForwarder = Rule("R15") { facts in
    guard let broken = facts.brokenKnownSelector, let relay = facts.foreignPasses.first,
      facts.history.messages <= smallVolume
    else { return nil }
    return Finding(
      verdict: .forwardedModified, subtype: "forwarder", confidence: .low,
      evidence: [
        Evidence("KNOWN_SELECTOR_BROKEN", "our own signature \(broken) is there, but broken"),
        Evidence("FOREIGN_ENVELOPE", "it now authenticates as \(relay)"),
      ])
  }

  private static let foreignIdentity = Rule("R19") { facts in
    guard let pass = facts.foreignPasses.first else { return nil }
    return Finding(
      verdict: .unknownUnauthenticated, subtype: "foreign-identity", confidence: .medium, isUnknownIP: true,
      evidence: [Evidence("FOREIGN_PASS", "authenticates as \(pass), which nobody has declared")])
  }

  private static let unidentifiedRelay = Rule("R21") { facts in
    guard let broken = facts.brokenKnownSelector, facts.history.messages <= smallVolume else { return nil }
    return Finding(
      verdict: .forwardedModified, subtype: "unidentified-relay", confidence: .low,
      evidence: [Evidence("KNOWN_SELECTOR_BROKEN", "our own signature \(broken) is there, but broken")])
  }

  private static let unknown = Rule("R22") { facts in
    let nothing = Evidence("NOTHING_PASSES", "neither SPF nor DKIM passed for any domain")
    if facts.outcome.dkim.contains(where: { $0.result == .temperror })
      || facts.outcome.spf.contains(where: { $0.result == .temperror })
    {
      return Finding(
        verdict: .unknownUnauthenticated, subtype: "undecided", confidence: .low,
        evidence: [nothing, Evidence("TEMPERROR", "the receiver could not look something up (temperror)")])
    }
    let isCampaign = facts.history.messages >= campaignVolume
    return Finding(
      verdict: .unknownUnauthenticated, subtype: isCampaign ? "spoof-suspected" : "nothing-passes",
      confidence: isCampaign ? .high : .medium, isUnknownIP: true,
      evidence: isCampaign ? [nothing, Evidence("VOLUME", "\(facts.history.messages) messages")] : [nothing])
  }
}
