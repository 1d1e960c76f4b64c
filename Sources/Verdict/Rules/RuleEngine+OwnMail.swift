import DMARC

/// Rules for failing messages of own servers and known senders. They precede those about relays, so that fixable faults are shown as
/// such.
extension RuleEngine {
  static let ownRules: [Rule] = [strict, crossDomain, defaultSigning, temperror, ownPath]

  private static let strict = Rule("R7") { facts in
    guard !facts.outcome.isUnion else { return .no("union") }
    let policy = facts.outcome.policy
    let signature = policy.adkim == .strict ? facts.outcome.ownSignatures.first { $0.result == .pass }?.domain : nil
    let envelope = policy.aspf == .strict ? facts.outcome.ownEnvelopes.first { $0.result == .pass }?.domain : nil
    guard let domain = signature ?? envelope else { return .no("no-strict-refusal") }
    let values = [
      "mechanism": signature != nil ? "DKIM" : "SPF", "domain": domain, "from": facts.fromName,
      "mode": signature != nil ? "adkim=s" : "aspf=s",
    ]
    return .holds(
      Finding(.subdomainAlignment, "strict", .high, authenticity: .likely) { [Evidence("STRICT", values)] })
  }

  private static let crossDomain = Rule("R8") { facts in
    let own = facts.operatorFacts.ownDomains
    guard !own.isEmpty else { return .no("no-own-domains") }
    let pass = facts.foreignPasses.first { pass in
      own.contains { pass.isEqualOrUnder($0) || facts.context.organisations.areRelated(pass, $0) }
    }
    guard let pass else { return .no("no-own-domain-passes") }
    return .holds(
      Finding(.ownMisconfigured, "cross-domain", facts.isDeclared ? .high : .medium, authenticity: .likely) {
        [Evidence("OTHER_OWN_DOMAIN", ["domain": pass.name, "from": facts.fromName])]
          + (facts.isDeclared ? [facts.declaration] : [])
      })
  }

  /// R9: a mailbox provider signs with a domain of its own until a key of the From domain is set up there.
  private static let defaultSigning = Rule("R9") { facts in
    let signatures = facts.outcome.foreignSignatures
    if let tenant = signatures.first(where: { name in
      facts.operatorFacts.ownTenants.contains { name.isEqualOrUnder($0) }
    }) {
      return .holds(
        Finding(.misalignedService, "default-signing", .high, authenticity: .likely) {
          [Evidence("OWN_TENANT", ["domain": tenant.name])]
        })
    }
    guard
      let (name, signer) = signatures.lazy.compactMap({ name in
        facts.context.table.defaultSigner(name).map { (name, $0) }
      }).first
    else { return .no("no-default-signature") }
    let values = ["domain": name.name, "provider": signer.provider, "from": facts.fromName]
    if signer.suffix == "gappssmtp.com", facts.isTenantName(name) {
      return .holds(
        Finding(.misalignedService, "default-signing", .high, authenticity: .likely) {
          [Evidence("DEFAULT_SIGNATURE", values)]
        })
    }
    guard signer.suffix == "onmicrosoft.com" else { return .no("default-signature-of-another", values) }
    guard facts.failingOwnEnvelope != nil else { return .no("tenant-without-own-envelope", values) }
    guard facts.relay.map({ $0.kind != .mailbox && $0.kind != .list }) ?? true else {
      return .no("tenant-by-mailbox-host", values)
    }
    return .holds(
      Finding(.misalignedService, "default-signing", .medium, flagged: true, authenticity: .unproven) {
        [Evidence("DEFAULT_TENANT", values)]
      })
  }

  private static let temperror = Rule("R10") { facts in
    guard facts.hasOwnTemperror else { return .no("no-temperror") }
    let isUsual = facts.isUsualOriginOfOurs || facts.isAuthorisedAsOneOfMany
    guard facts.isDeclared || isUsual else { return .no("temperror-of-unknown", facts.sourceValues) }
    return .holds(
      Finding(.receiverError, "temperror", facts.isDeclared ? .high : .medium, authenticity: .likely) {
        [
          Evidence("TEMPERROR", ["from": facts.fromName]),
          facts.isDeclared
            ? facts.declaration : Evidence("USUAL_HOST", ["infrastructure": facts.infrastructure]),
        ]
      })
  }

  private static let ownPath = Rule("R11") { facts in
    let isBoughtRelay =
      facts.isSenderRelay && (facts.failingOwnEnvelope != nil || facts.brokenOwnSignature != nil)
    guard facts.isDeclared || isBoughtRelay else { return .no("not-declared", facts.sourceValues) }
    let reason =
      facts.isDeclared ? facts.declaration : Evidence("SENDER_RELAY", ["provider": facts.host?.operatorName ?? ""])
    if facts.sender?.kind == .service, let pass = facts.foreignPasses.first {
      let issues = facts.brokenOwnSignature != nil ? ["dkim-broken"] : []
      return .holds(
        Finding(.misalignedService, "declared", .high, issues: issues, authenticity: .likely) {
          [reason, Evidence("SERVICE_PASSES", ["domain": pass.name, "from": facts.fromName])]
        })
    }
    let fault = facts.fault
    return .holds(
      Finding(.ownMisconfigured, fault.subtype, facts.isDeclared ? .high : .medium, authenticity: .likely) {
        [reason, fault.evidence]
      })
  }
}

extension RuleFacts {
  /// Whether a default signing domain such as `example-com.20230601.gappssmtp.com` belongs to the From domain or one of its parents.
  fileprivate func isTenantName(_ name: DomainName) -> Bool {
    let names = [outcome.from, outcome.organisation, outcome.policy.domain.flatMap(DomainName.init)].compactMap { $0 }
    return names.contains { $0.labels.joined(separator: "-") == name.labels.first.map(String.init) }
  }

  /// What is misconfigured, the most certain fault first.
  fileprivate var fault: (subtype: String, evidence: Evidence) {
    if let bad = outcome.ownEnvelopes.first(where: { $0.result == .permerror }) {
      return ("spf-permerror", Evidence("SPF_PERMERROR", ["domain": bad.domain ?? ""]))
    }
    if let bad = outcome.ownSignatures.first(where: { $0.result == .permerror }) {
      return ("dkim-permerror", Evidence("DKIM_PERMERROR", ["selector": AlignedOutcome.selectorName(bad)]))
    }
    if let bad = brokenOwnSignature {
      return ("dkim-broken", Evidence("DKIM_BROKEN", ["selector": AlignedOutcome.selectorName(bad)]))
    }
    let isAuthorised = source.spf?.isAuthorised ?? false
    let foreign = outcome.envelopes.first { entry in
      entry.domain.flatMap(DomainName.init) != nil && !isOwnEnvelope(entry)
    }
    if let domain = outcome.foreignEnvelopes.first?.name ?? (isAuthorised ? foreign?.domain : nil) {
      return ("envelope-not-aligned", Evidence("ENVELOPE_NOT_ALIGNED", ["domain": domain, "from": fromName]))
    }
    if isAuthorised { return ("unsigned", Evidence("UNSIGNED", ["from": fromName])) }
    let domain = outcome.ownEnvelopes.first?.domain ?? fromName
    return ("unsigned-not-in-spf", Evidence("UNSIGNED_NOT_IN_SPF", ["domain": domain, "source": "\(flow.source)"]))
  }

  private func isOwnEnvelope(_ entry: SPFResult) -> Bool { outcome.ownEnvelopes.contains(entry) }
}
