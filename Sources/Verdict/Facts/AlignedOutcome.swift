public import DMARC

/// An authentication outcome under its policy, with every DKIM and SPF result attributed to the organisation of the From domain or to
/// others. Computed once for all sources that share the outcome.
///
/// "Own" means a domain of the same organisation as the From domain (RFC 7489 §3.2); "foreign" means any other domain.
public final class AlignedOutcome: Sendable {
  /// The outcome as reported.
  public let reported: AuthenticationOutcome
  /// The published policy.
  public let policy: PolicyPublished
  /// The From domain, or the policy domain if the report names none; nil if both are absent.
  public let from: DomainName?
  /// The organisational domain of the From domain, or the From domain itself if it has none.
  public let organisation: DomainName?
  /// Signatures of own domains, whatever their result, except `none`, which means that there was no signature.
  let ownSignatures: [DKIMResult]
  /// Passing signatures whose domain is aligned with the From domain under the published mode.
  let alignedSignatures: [DKIMResult]
  /// The SPF checks of MAIL FROM. Those of HELO say who operates the host, and never count for DMARC (RFC 7489 §3.1.2).
  let envelopes: [SPFResult]
  /// The SPF checks of MAIL FROM for own domains, whatever their result.
  let ownEnvelopes: [SPFResult]
  /// Own and foreign HELO names that SPF passed for, without duplicates.
  let ownHELONames, foreignHELONames: [DomainName]
  /// Foreign domains with a passing DKIM signature, without duplicates.
  let foreignSignatures: [DomainName]
  /// Foreign domains that SPF passed for as MAIL FROM, without duplicates.
  let foreignEnvelopes: [DomainName]
  /// `domain/selector` of the own signatures, and of those that pass and are aligned.
  public let ownSelectors, alignedSelectors: [String]
  /// The receiver's statement that the messages were forwarded; nil if there is none.
  public let attestation: Attestation?
  /// Whether a mechanism is listed with pass and another result for the same name, so that results of several messages were merged.
  let isUnion: Bool
  /// All domains that passed DKIM or SPF, own and foreign.
  public let passingDomains: [DomainName]
  /// The domains that SPF passed for, own and foreign.
  public let passingEnvelopes: [DomainName]
  /// The organisational domain of the first foreign domain that SPF passed for: the organisation that the sending host works for.
  public let envelopeOrganisation: DomainName?

  /// Attributes the results of an outcome.
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

    // Each name is parsed and looked up once, because an organisation may have hundreds of thousands of outcomes.
    let signatures = Signatures(outcome.dkim, isOurs) { policy.adkim != .strict || $0 == from }
    ownSignatures = signatures.own
    alignedSignatures = signatures.aligned
    ownSelectors = signatures.ownSelectors
    alignedSelectors = signatures.alignedSelectors
    foreignSignatures = signatures.foreign
    let checks = Checks(outcome.spf, isOurs)
    envelopes = checks.envelopes
    ownEnvelopes = checks.own
    ownHELONames = checks.ownHELO
    foreignHELONames = checks.foreignHELO
    foreignEnvelopes = checks.foreign
    envelopeOrganisation = checks.foreign.first.map { organisations.domain(of: $0) ?? $0 }
    passingEnvelopes = checks.passing
    passingDomains = signatures.passing + checks.passing
    attestation = Attestation(outcome.reasons)
    isUnion = Self.isUnion(outcome)
  }

  /// The own envelope domains that SPF was checked for.
  public var ownEnvelopeDomains: [DomainName] { ownEnvelopes.compactMap { $0.domain.flatMap(DomainName.init) } }

  /// The passing SPF check of an aligned domain; nil if there is none.
  var alignedEnvelope: SPFResult? {
    ownEnvelopes.first { $0.result == .pass && (policy.aspf != .strict || $0.domain.flatMap(DomainName.init) == from) }
  }

  /// The name of the stream of all messages with an aligned own signature. It stands for selectors that a reporter does not name.
  public static let anySelector = "*"

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
      let entries = entries.filter { result($0) != nil }
      return Dictionary(grouping: entries, by: key).values.contains { group in
        Set(group.map { result($0) == .pass }).count == 2
      }
    }
    return isMixed(outcome.dkim, selectorName, \.result)
      || isMixed(outcome.spf, { "\($0.isHELO) \($0.domain.flatMap(DomainName.init)?.name ?? "")" }, \.result)
  }
}

/// The DKIM results of an outcome by organisation.
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

/// The SPF results of an outcome by organisation.
private struct Checks {
  let envelopes: [SPFResult]
  var own: [SPFResult] = []
  var foreign: [DomainName] = []
  var ownHELO: [DomainName] = []
  var foreignHELO: [DomainName] = []
  var passing: [DomainName] = []

  init(_ results: [SPFResult], _ isOurs: (DomainName) -> Bool) {
    envelopes = results.filter { !$0.isHELO }
    for check in results {
      guard let domain = check.domain.flatMap(DomainName.init) else { continue }
      let passes = check.result == .pass
      if passes { passing.append(domain) }
      let isOwn = isOurs(domain)
      if check.isHELO {
        guard passes else { continue }
        if isOwn, !ownHELO.contains(domain) { ownHELO.append(domain) }
        if !isOwn, !foreignHELO.contains(domain) { foreignHELO.append(domain) }
      } else if isOwn {
        own.append(check)
      } else if passes, !foreign.contains(domain) {
        foreign.append(domain)
      }
    }
  }
}
