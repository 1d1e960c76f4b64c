import DMARC

/// An outcome under its policy, put in the terms that the rules speak in. Computed once, however many sources share it.
public final class OutcomeTerms: Sendable {
  let outcome: AuthenticationOutcome
  let policy: PolicyPublished
  let from: DomainName?
  /// Passing signatures whose domain is aligned with From under the published mode.
  let alignedSignatures: [DKIMResult]
  /// Signatures in our name by their domain, whatever came of them.
  let ownSignatures: [DKIMResult]
  /// Domains that passed DKIM or SPF and are not ours.
  let foreignPasses: [DomainName]
  /// MAIL FROM checks for a domain of ours, whatever came of them.
  let ownEnvelope: [SPFResult]
  /// Names of all signatures, and of the aligned passing ones.
  let selectors: [String]
  let alignedSelectors: [String]
  /// The domain that SPF passed for, if any.
  let envelopePath: String?
  let attestation: Attestation?
  /// One mechanism is listed with pass and non-pass for the same name: results of several messages were merged.
  let isUnion: Bool
  /// Domains that passed DKIM or SPF, ours or not.
  public let passingDomains: [DomainName]

  /// The terms of an outcome.
  public init(_ outcome: AuthenticationOutcome, _ policy: PolicyPublished) {
    self.outcome = outcome
    self.policy = policy
    let from = outcome.headerFrom.flatMap(DomainName.init)
    let policyDomain = policy.domain.flatMap(DomainName.init)
    self.from = from
    func isOurs(_ domain: String?) -> Bool {
      guard let from, let name = domain.flatMap(DomainName.init) else { return false }
      return Alignment.areRelated(name, from, under: policyDomain)
    }
    let mailFrom = outcome.spf.filter { $0.scope != "helo" }
    let signatures = outcome.dkim.filter { isOurs($0.domain) }
    ownSignatures = signatures
    ownEnvelope = mailFrom.filter { isOurs($0.domain) }
    alignedSignatures = signatures.filter {
      $0.result == .pass && Alignment.isAligned($0.domain, from, mode: policy.adkim, under: policyDomain)
    }
    let passing =
      outcome.dkim.filter { $0.result == .pass }.map(\.domain)
      + mailFrom.filter { $0.result == .pass }.map(\.domain)
    var foreign: [DomainName] = []
    for name in passing.compactMap({ $0.flatMap(DomainName.init) }) where !isOurs(name.name) && !foreign.contains(name)
    {
      foreign.append(name)
    }
    foreignPasses = foreign
    selectors = outcome.dkim.map(Self.selectorName)
    alignedSelectors = alignedSignatures.map(Self.selectorName)
    envelopePath = mailFrom.first { $0.result == .pass }?.domain.flatMap(DomainName.init)?.name
    attestation = Attestation(outcome.reasons)
    isUnion = Self.isUnion(outcome)
    passingDomains = outcome.passingDomains
  }

  /// `domain/selector` of a signature.
  static func selectorName(_ signature: DKIMResult) -> String {
    "\(signature.domain ?? "")/\(signature.selector ?? "")"
  }

  private static func isUnion(_ outcome: AuthenticationOutcome) -> Bool {
    func isMixed(_ results: [Bool]) -> Bool { Set(results).count == 2 }
    let byKey = Dictionary(grouping: outcome.dkim, by: selectorName)
    let bySender = Dictionary(grouping: outcome.spf, by: { $0.domain ?? "" })
    return byKey.values.contains { isMixed($0.map { $0.result == .pass }) }
      || bySender.values.contains { isMixed($0.map { $0.result == .pass }) }
  }
}
