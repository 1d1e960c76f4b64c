import DMARC

/// Rules for failing messages of own servers and known senders. They precede those about relays, so that fixable faults are shown as
/// such.
extension RuleEngine {
  static let ownRules: [Rule] = [strict, crossDomain, defaultSigning, temperror, ownPath]

  private static let strict = Rule(.r7) { facts in
    guard !facts.outcome.isUnion else { return .no(.union) }
    let policy = facts.outcome.policy
    let signature = policy.adkim == .strict ? facts.outcome.ownSignatures.first { $0.result == .pass }?.domain : nil
    let envelope = policy.aspf == .strict ? facts.outcome.ownEnvelopes.first { $0.result == .pass }?.domain : nil
    guard let domain = signature ?? envelope else { return .no(.noStrictRefusal) }
    let values = [
      "mechanism": signature != nil ? "DKIM" : "SPF", "domain": domain, "from": facts.fromName,
      "mode": signature != nil ? "adkim=s" : "aspf=s",
    ]
    return .holds(
      Finding(.subdomainAlignment, .strict, .high, authenticity: .likely) { [Evidence(.strict, values)] })
  }

  private static let crossDomain = Rule(.r8) { facts in
    let own = facts.operatorFacts.ownDomains
    guard !own.isEmpty else { return .no(.noOwnDomains) }
    let pass = facts.foreignPasses.first { pass in
      own.contains { pass.isEqualOrUnder($0) || facts.context.organisations.areRelated(pass, $0) }
    }
    guard let pass else { return .no(.noOwnDomainPasses) }
    return .holds(
      Finding(.ownMisconfigured, .crossDomain, facts.isDeclared ? .high : .medium, authenticity: .likely) {
        [Evidence(.otherOwnDomain, ["domain": pass.name, "from": facts.fromName])]
          + (facts.isDeclared ? [facts.declaration] : [])
      })
  }

  /// R9: a mailbox provider signs with a domain of its own until a key of the From domain is set up there.
  private static let defaultSigning = Rule(.r9) { facts in
    guard !facts.isTemperrorOfAuthorised else { return .no(.temperrorDecides) }
    let signatures = facts.outcome.foreignSignatures
    if let tenant = signatures.first(where: { name in
      facts.operatorFacts.ownTenants.contains { name.isEqualOrUnder($0) }
    }) {
      return .holds(
        Finding(.misalignedService, .defaultSigning, .high, authenticity: .likely) {
          [Evidence(.ownTenant, ["domain": tenant.name])]
        })
    }
    guard
      let (name, signer) = signatures.lazy.compactMap({ name in
        facts.context.table.defaultSigner(name).map { (name, $0) }
      }).first
    else { return .no(.noDefaultSignature) }
    let values = ["domain": name.name, "provider": signer.provider, "from": facts.fromName]
    if signer.suffix == "gappssmtp.com", facts.isTenantName(name) {
      return .holds(
        Finding(.misalignedService, .defaultSigning, .high, authenticity: .likely) {
          [Evidence(.defaultSignature, values)]
        })
    }
    guard signer.suffix == "onmicrosoft.com" else { return .no(.defaultSignatureOfAnother, values) }
    guard facts.failingOwnEnvelope != nil else { return .no(.tenantWithoutOwnEnvelope, values) }
    guard facts.relay.map({ $0.kind != .mailbox && $0.kind != .list }) ?? true else {
      return .no(.tenantByMailboxHost, values)
    }
    return .holds(
      Finding(.misalignedService, .defaultSigning, .medium, flagged: true, authenticity: .unproven) {
        [Evidence(.defaultTenant, values)]
      })
  }

  private static let temperror = Rule(.r10) { facts in
    guard facts.hasOwnTemperror else { return .no(.noTemperror) }
    let isUsual =
      facts.isUsualOriginOfOurs || facts.isAuthorisedAsOneOfMany || (facts.history.source?.intactDays ?? 0) > 0
    guard facts.isDeclared || isUsual else { return .no(.temperrorOfUnknown, facts.sourceValues) }
    // Whatever the word means, the operator says that the source is an own one.
    let isDoubtful = facts.ambiguousError != nil && facts.sender == nil && !facts.isOwnAddress
    return .holds(
      Finding(
        .receiverError, .temperror, facts.isDeclared && !isDoubtful ? .high : .medium, flagged: isDoubtful,
        authenticity: .likely
      ) {
        [
          facts.ambiguousError.map(facts.ambiguity) ?? Evidence(.temperror, ["from": facts.fromName]),
          facts.isDeclared
            ? facts.declaration : Evidence(.usualHost, ["infrastructure": facts.infrastructure]),
        ]
      })
  }

  private static let ownPath = Rule(.r11) { facts in
    let isBoughtRelay =
      facts.isSenderRelay && (facts.failingOwnEnvelope != nil || facts.brokenOwnSignature != nil)
    let isOwnByHELO = !facts.outcome.ownHELONames.isEmpty
    guard facts.isDeclared || isBoughtRelay || isOwnByHELO else { return .no(.notDeclared, facts.sourceValues) }
    let reason =
      facts.isDeclared
      ? facts.declaration
      : facts.heloEvidence.first { _ in isOwnByHELO }
        ?? Evidence(.senderRelay, ["provider": facts.host?.operatorName ?? ""])
    let isDoubtful = !facts.isDeclared && isOwnByHELO && facts.ownHostByHELO == nil
    if facts.sender?.kind == .service, let pass = facts.foreignPasses.first {
      let issues = facts.brokenOwnSignature != nil ? [Issue.dkimBroken] : []
      if let customer = facts.otherCustomer {
        return .holds(
          Finding(.misalignedService, .declared, .medium, flagged: true, issues: issues, authenticity: .unproven) {
            [reason, Evidence(.otherCustomer, ["domain": customer.name])]
          })
      }
      return .holds(
        Finding(.misalignedService, .declared, .high, issues: issues, authenticity: .likely) {
          [reason, Evidence(.servicePasses, ["domain": pass.name, "from": facts.fromName])]
        })
    }
    let fault = facts.fault
    let isCertain = fault.evidence.code != Evidence.Fact.ambiguousWord.rawValue && facts.listsResults
    return .holds(
      Finding(
        .ownMisconfigured, fault.subtype,
        facts.isDeclared && isCertain ? .high : .medium, flagged: isDoubtful,
        authenticity: isDoubtful ? .unproven : .likely
      ) {
        [reason, fault.evidence] + (facts.isDeclared ? facts.heloEvidence : [])
      })
  }
}

extension RuleFacts {
  /// A domain that signs beside the declared service, and usually signs neither with it nor with an own signature: probably another
  /// customer's; nil if there is none.
  fileprivate var otherCustomer: DomainName? {
    guard let sender, outcome.foreignSignatures.count > 1 else { return nil }
    func isOfService(_ name: DomainName) -> Bool { sender.domains.contains { name.isEqualOrUnder($0) } }
    let isSigned = outcome.foreignSignatures.contains {
      isOfService($0) || context.table.entry(for: $0)?.kind.isShared ?? false
    }
    guard isSigned else { return nil }
    return outcome.foreignSignatures.first { name in
      let isOwn = operatorFacts.ownDomains.contains { name.isEqualOrUnder($0) }
      return !isOwn && !isOfService(name) && context.table.entry(for: name) == nil
        && !history.usualCosigners.contains(name) && !history.companions.contains(name)
    }
  }

  /// Whether SPF would have passed, but for a temporary error.
  fileprivate var isTemperrorOfAuthorised: Bool {
    source.spf?.isAuthorised ?? false && outcome.ownEnvelopes.contains { Self.isTemporary($0.result) }
  }

  /// Whether a default signing domain such as `example-com.20230601.gappssmtp.com` belongs to the From domain or one of its parents.
  func isTenantName(_ name: DomainName) -> Bool {
    let names = [outcome.from, outcome.organisation, outcome.policy.domain.flatMap(DomainName.init)].compactMap { $0 }
    return names.contains { $0.labels.joined(separator: "-") == name.labels.first.map(String.init) }
  }

  /// The evidence of a word by which receivers mean different things.
  func ambiguity(_ result: AuthResult) -> Evidence {
    Evidence(
      .ambiguousWord, ["word": result.rawValue, "meaning": result.isPermanent ? "permerror" : "temperror"])
  }

  /// What is misconfigured, the most certain fault first.
  var fault: (subtype: Verdict.Subtype, evidence: Evidence) {
    if let bad = outcome.ownEnvelopes.first(where: { $0.result?.isPermanent ?? false }) {
      let permerror = Evidence(.spfPermerror, ["domain": bad.domain ?? ""])
      return (.spfPermerror, bad.result == .error ? ambiguity(.error) : permerror)
    }
    if let bad = outcome.ownSignatures.first(where: { $0.result?.isPermanent ?? false }) {
      let permerror = Evidence(.dkimPermerror, ["selector": AlignedOutcome.selectorName(bad)])
      return (.dkimPermerror, bad.result == .error ? ambiguity(.error) : permerror)
    }
    if let bad = brokenOwnSignature {
      return (.dkimBroken, Evidence(.dkimBroken, ["selector": AlignedOutcome.selectorName(bad)]))
    }
    let isAuthorised = source.spf?.isAuthorised ?? false
    let foreign = outcome.envelopes.first { entry in
      entry.domain.flatMap(DomainName.init) != nil && !isOwnEnvelope(entry)
    }
    if let domain = outcome.foreignEnvelopes.first?.name ?? (isAuthorised ? foreign?.domain : nil) {
      return (.envelopeNotAligned, Evidence(.envelopeNotAligned, ["domain": domain, "from": fromName]))
    }
    if isAuthorised {
      let evidence = Evidence(listsResults ? .unsigned : .nothingListed, ["from": fromName])
      return (.unsigned, evidence)
    }
    let domain = outcome.ownEnvelopes.first?.domain ?? fromName
    guard listsResults else { return (.unsignedNotInSPF, Evidence(.nothingListed, ["from": fromName])) }
    guard outcome.ownEnvelopes.contains(where: { $0.result != nil }) || source.spf != nil else {
      return (.unsignedNotInSPF, Evidence(.unsignedSPFUnknown, ["from": fromName, "source": "\(flow.source)"]))
    }
    return (.unsignedNotInSPF, Evidence(.unsignedNotInSPF, ["domain": domain, "source": "\(flow.source)"]))
  }

  private func isOwnEnvelope(_ entry: SPFResult) -> Bool { outcome.ownEnvelopes.contains(entry) }
}
