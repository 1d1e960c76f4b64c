import DMARC

/// An outcome under its policy, put in the terms that the rules speak in. Computed once, however many sources share it.
public final class AlignedOutcome: Sendable {
  /// What was reported.
  public let reported: AuthenticationOutcome
  /// The policy that was published.
  public let policy: PolicyPublished
  /// The From domain; where the report names none, the policy domain.
  public let from: DomainName?
  /// The organisational domain of From, or From where it has none.
  public let organisation: DomainName?
  /// Signatures in our name by their domain, whatever came of them; results `none` are no signatures.
  let ownSignatures: [DKIMResult]
  /// Passing signatures whose domain is aligned with From under the published mode.
  let alignedSignatures: [DKIMResult]
  /// The SPF checks that count: of MAIL FROM, or where the sender was null of HELO (RFC 7208 §2.4).
  let envelopes: [SPFResult]
  /// Those of them for a domain of ours, whatever came of them.
  let ownEnvelopes: [SPFResult]
  /// Domains of others that DKIM passed for, each once.
  let foreignSignatures: [DomainName]
  /// Domains of others that SPF passed for, each once.
  let foreignEnvelopes: [DomainName]
  /// `domain/selector` of our signatures, and of the aligned passing ones.
  public let ownSelectors, alignedSelectors: [String]
  /// Why the receiver says that mail was forwarded, if it does.
  public let attestation: Attestation?
  /// One mechanism is listed with pass and non-pass for the same name: results of several messages were merged.
  let isUnion: Bool
  /// Domains that passed DKIM or SPF, ours or not.
  public let passingDomains: [DomainName]
  /// The organisational domain that SPF passed for and which is not ours: who the sending host works for.
  public let envelopeOrganisation: DomainName?

  /// The terms of an outcome.
  public init(_ outcome: AuthenticationOutcome, _ policy: PolicyPublished, _ organisations: Organisations) {
    reported = outcome
    self.policy = policy
    let from = (outcome.headerFrom ?? policy.domain).flatMap(DomainName.init)
    self.from = from
    organisation = from.map { organisations.domain(of: $0) ?? $0 }
    let fromOrganisation = from.flatMap(organisations.domain(of:))
    func isOurs(_ name: DomainName) -> Bool {
      if name == from { return true }
      return fromOrganisation.map { $0 == organisations.domain(of: name) } ?? false
    }

    // Each name is read and looked up once: an organisation may have hundreds of thousands of outcomes.
    let signatures = Signatures(outcome.dkim, isOurs) { policy.adkim != .strict || $0 == from }
    ownSignatures = signatures.own
    alignedSignatures = signatures.aligned
    ownSelectors = signatures.ownSelectors
    alignedSelectors = signatures.alignedSelectors
    foreignSignatures = signatures.foreign
    let checks = Checks(outcome.spf, isOurs)
    envelopes = checks.envelopes
    ownEnvelopes = checks.own
    foreignEnvelopes = checks.foreign
    envelopeOrganisation = checks.foreign.first.map { organisations.domain(of: $0) ?? $0 }
    passingDomains = signatures.passing + checks.passing
    attestation = Attestation(outcome.reasons)
    isUnion = Self.isUnion(outcome)
  }

  /// Envelope domains of ours that SPF was checked for.
  public var ownEnvelopeDomains: [DomainName] { ownEnvelopes.compactMap { $0.domain.flatMap(DomainName.init) } }

  /// Whether SPF passed for a domain that is aligned under the published mode.
  var alignedEnvelope: SPFResult? {
    ownEnvelopes.first { $0.result == .pass && (policy.aspf != .strict || $0.domain.flatMap(DomainName.init) == from) }
  }

  /// `domain/selector` of a signature, in lower case.
  public static func selectorName(_ signature: DKIMResult) -> String {
    selectorName(signature, signature.domain.flatMap(DomainName.init))
  }

  fileprivate static func selectorName(_ signature: DKIMResult, _ domain: DomainName?) -> String {
    "\(domain?.name ?? "")/\((signature.selector ?? "").lowercased())"
  }

  private static func isUnion(_ outcome: AuthenticationOutcome) -> Bool {
    func isMixed<Entry>(_ entries: [Entry], _ key: (Entry) -> String, _ result: (Entry) -> AuthResult?) -> Bool {
      guard entries.count > 1 else { return false }
      return Dictionary(grouping: entries, by: key).values.contains { group in
        Set(group.map { result($0) == .pass }).count == 2
      }
    }
    return isMixed(outcome.dkim, selectorName, \.result)
      || isMixed(outcome.spf, { $0.domain.flatMap(DomainName.init)?.name ?? "" }, \.result)
  }
}

/// The DKIM results of an outcome, sorted by whose they are.
private struct Signatures {
  var own: [DKIMResult] = []
  var aligned: [DKIMResult] = []
  var ownSelectors: [String] = []
  var alignedSelectors: [String] = []
  var foreign: [DomainName] = []
  var passing: [DomainName] = []

  init(_ results: [DKIMResult], _ isOurs: (DomainName) -> Bool, _ isAligned: (DomainName) -> Bool) {
    for signature in results {
      guard let result = signature.result, let domain = signature.domain.flatMap(DomainName.init) else { continue }
      let passes = result == .pass
      if passes { passing.append(domain) }
      if result == AuthResult.none { continue }
      guard isOurs(domain) else {
        if passes, !foreign.contains(domain) { foreign.append(domain) }
        continue
      }
      let selector = AlignedOutcome.selectorName(signature, domain)
      own.append(signature)
      ownSelectors.append(selector)
      guard passes, isAligned(domain) else { continue }
      aligned.append(signature)
      alignedSelectors.append(selector)
    }
  }
}

/// The SPF results of an outcome, sorted by whose they are.
private struct Checks {
  let envelopes: [SPFResult]
  var own: [SPFResult] = []
  var foreign: [DomainName] = []
  var passing: [DomainName] = []

  init(_ results: [SPFResult], _ isOurs: (DomainName) -> Bool) {
    let hasMailFrom = results.contains { $0.scope != "helo" }
    envelopes = hasMailFrom ? results.filter { $0.scope != "helo" } : results
    for check in results {
      guard let domain = check.domain.flatMap(DomainName.init) else { continue }
      let passes = check.result == .pass
      if passes { passing.append(domain) }
      if hasMailFrom, check.scope == "helo" { continue }
      if isOurs(domain) {
        own.append(check)
      } else if passes, !foreign.contains(domain) {
        foreign.append(domain)
      }
    }
  }
}
