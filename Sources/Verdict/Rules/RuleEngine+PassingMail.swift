import DMARC

/// Rules for mail that passed DMARC, and for reports that contradict themselves.
extension RuleEngine {
  static let passRules: [Rule] =
    [inconsistent, both, spfOnly] + directRules + [contradictorySPF] + relayRules + lastPassRules

  /// R1: the reporter evaluated `fail` but lists an aligned pass.
  private static let inconsistent = Rule(.r1) { facts in
    guard !facts.passesDMARC else { return .no(.dmarcPassed) }
    guard !facts.outcome.isUnion else { return .no(.union) }
    let signature = facts.outcome.alignedSignatures.first
    guard let domain = signature?.domain ?? facts.outcome.alignedEnvelope?.domain else {
      return .no(.noAlignedPassListed)
    }
    let mechanism = signature != nil ? "DKIM" : "SPF"
    let isUncertain = facts.hasUncertainOrganisation
    return .holds(
      Finding(
        .receiverError, .inconsistentReport, isUncertain ? .low : .high, flagged: isUncertain, authenticity: .likely
      ) {
        [Evidence(.inconsistent, ["mechanism": mechanism, "domain": domain])] + facts.organisationEvidence
      })
  }

  private static let both = Rule(.r2) { facts in
    guard facts.reported.evaluatedDKIM == .pass else {
      return facts.deniedSignature.map { .no(.dkimContradictory, ["domain": $0]) } ?? .no(.dkimNotAligned)
    }
    guard facts.reported.evaluatedSPF == .pass else { return facts.spfNotAligned }
    let issues = facts.outcome.ownSignatures.contains { $0.result != .pass } ? [facts.signatureIssue] : []
    return .holds(
      Finding(.aligned, .both, .high, issues: issues) { [facts.survivingSignature, Evidence(.spfAligned)] })
  }

  private static let spfOnly = Rule(.r3) { facts in
    guard facts.reported.evaluatedSPF == .pass else { return facts.spfNotAligned }
    if let finding = facts.foreignTenantFinding { return .holds(finding) }
    let isDoubtful = facts.couldBeOfAnotherCustomer
    let denied = facts.deniedSignature
    // A receiver that lists nothing does not say that the mail is unsigned.
    let issues =
      (facts.listsResults && denied == nil ? [facts.signatureIssue] : []) + (isDoubtful ? [.sharedSPFUnsigned] : [])
    return .holds(
      Finding(
        .aligned, .spfOnly, isDoubtful ? .medium : .high, issues: issues,
        authenticity: isDoubtful ? .likely : .proven
      ) {
        var evidence = [Evidence(.spfAligned)] + (denied.map { [RuleFacts.contradiction("DKIM", $0)] } ?? [])
        if isDoubtful, let path = facts.source.spf?.path { evidence.append(Evidence(.spfShared, ["path": path])) }
        return evidence + facts.heloEvidence
      })
  }

  /// R4h: the listed results have an aligned SPF pass, so the mail was not forwarded, whatever the receiver's
  /// evaluation says.
  private static let contradictorySPF = Rule(.r4h) { facts in
    guard let domain = facts.deniedEnvelope else { return .no(.noContradiction) }
    return direct(facts, .medium, issues: []) { RuleFacts.contradiction("SPF", domain) }
  }
}

extension RuleFacts {
  /// The envelope domain with an aligned SPF pass among the listed results, although the receiver evaluated SPF as
  /// failing; nil if there is none, if the row merges several messages, or if the receiver may know another
  /// organisational domain.
  fileprivate var deniedEnvelope: String? {
    guard reported.evaluatedSPF != .pass, !outcome.isUnion, !hasUncertainOrganisation else { return nil }
    return outcome.alignedEnvelope?.domain
  }

  /// The signing domain with an aligned DKIM pass, under the same conditions.
  fileprivate var deniedSignature: String? {
    guard reported.evaluatedDKIM != .pass, !outcome.isUnion, !hasUncertainOrganisation else { return nil }
    return outcome.alignedSignatures.first?.domain
  }

  fileprivate var spfNotAligned: Ruling {
    deniedEnvelope.map { .no(.spfContradictory, ["domain": $0]) } ?? .no(.spfNotAligned)
  }

  fileprivate static func contradiction(_ mechanism: String, _ domain: String) -> Evidence {
    Evidence(.inconsistentPass, ["mechanism": mechanism, "domain": domain])
  }

  /// Whether the messages are unsigned and come from shared addresses although the own ones from there are signed: any other customer could
  /// have sent them.
  fileprivate var couldBeOfAnotherCustomer: Bool {
    guard isAuthorisedAsOneOfMany, !isOwnAddress, listsResults, outcome.ownSignatures.isEmpty else { return false }
    let rates = [history.source?.signRate, sender == nil ? history.signRate : nil].compactMap { $0 }
    return rates.contains { $0 >= thresholds.alwaysSigns }
  }

  /// The verdict on messages that another customer of the own provider signs. SPF passes for all customers.
  fileprivate var foreignTenantFinding: Finding? {
    guard outcome.ownSignatures.isEmpty, let tenant = foreignTenant else { return nil }
    return Finding(
      .unknownUnauthenticated, .foreignIdentity, .medium, flagged: true, issues: [.sharedSPFUnsigned],
      authenticity: .unproven
    ) { [Evidence(.spfAligned), Evidence(.foreignTenant, ["domain": tenant.name])] }
  }

  /// A tenant name that another customer of the own mailbox provider signs with; nil if there is none, or no own tenant is known.
  fileprivate var foreignTenant: DomainName? {
    let own = operatorFacts.ownTenants + history.usualCosigners.filter(context.table.isTenant)
    guard !own.isEmpty else { return nil }
    return outcome.foreignSignatures.first { name in
      guard let signer = context.table.defaultSigner(name), context.table.isTenant(name), !isTenantName(name) else {
        return false
      }
      let siblings = own.filter { context.table.defaultSigner($0)?.suffix == signer.suffix }
      return !siblings.isEmpty && !siblings.contains { name.isEqualOrUnder($0) || $0.labels.first == name.labels.first }
    }
  }

  /// Whether the receiver may know another organisational domain: it walks the DNS tree (RFC 9989 §4.10), or its policy domain is neither
  /// the From domain nor the one that the public suffix list yields, and the pass is not for exactly the From domain.
  var hasUncertainOrganisation: Bool {
    let passing = outcome.alignedSignatures.compactMap { $0.domain.flatMap(DomainName.init) }
    let envelope = outcome.alignedEnvelope?.domain.flatMap(DomainName.init)
    if passing.contains(where: { $0 == outcome.from }) || (envelope != nil && envelope == outcome.from) { return false }
    if outcome.policy.discoveryMethod == "treewalk" { return true }
    guard let policy = outcome.policy.domain.flatMap(DomainName.init) else { return false }
    return policy != outcome.from && policy != outcome.organisation
  }

  /// The evidence that the receiver may know another organisational domain.
  fileprivate var organisationEvidence: [Evidence] {
    guard hasUncertainOrganisation else { return [] }
    return [
      Evidence(
        .uncertainOrganisation,
        ["policy": outcome.policy.domain ?? "", "organisation": outcome.organisation?.name ?? ""])
    ]
  }

  /// The issue with the signatures of messages that pass by SPF only.
  fileprivate var signatureIssue: Issue {
    let results = outcome.ownSignatures.map(\.result)
    if results.contains(where: Self.isTemporary) { return .dkimTemperror }
    if results.contains(where: { $0?.isPermanent ?? false }) { return .dkimPermerror }
    if results.contains(where: { $0 != .pass }) { return .dkimBroken }
    if !results.isEmpty { return .dkimNotAligned }
    return outcome.foreignSignatures.isEmpty ? .dkimMissing : .dkimThirdPartyOnly
  }

  /// The issues with the envelope of messages that pass by DKIM only.
  var envelopeIssues: [Issue] {
    if outcome.ownEnvelopes.contains(where: { $0.result?.isPermanent ?? false }) { return [.spfPermerror] }
    if failingOwnEnvelope != nil { return [.spfFailOwnEnvelope] }
    if outcome.ownEnvelopes.contains(where: { Self.isTemporary($0.result) }) { return [.spfTemperror] }
    if !outcome.envelopes.isEmpty { return [.spfNotAligned] }
    return []
  }

  /// The evidence of the aligned signature.
  var survivingSignature: Evidence {
    guard let signature = outcome.alignedSignatures.first ?? outcome.ownSignatures.first(where: { $0.result == .pass })
    else {
      return Evidence(.dkimUnlisted)
    }
    return Evidence(.dkimAligned, ["selector": AlignedOutcome.selectorName(signature)])
  }
}
