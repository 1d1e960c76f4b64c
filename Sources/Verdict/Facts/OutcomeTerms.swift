import DMARC

/// An outcome under its policy, put in the terms that the rules speak in. Computed once, however many sources share it.
public final class OutcomeTerms: Sendable {
  /// What was reported.
  public let outcome: AuthenticationOutcome
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
    self.outcome = outcome
    self.policy = policy
    let from = (outcome.headerFrom ?? policy.domain).flatMap(DomainName.init)
    self.from = from
    organisation = from.map { organisations.domain(of: $0) ?? $0 }
    func isOurs(_ name: DomainName) -> Bool { from.map { organisations.areRelated(name, $0) } ?? false }
    func name(_ text: String?) -> DomainName? { text.flatMap(DomainName.init) }

    let signatures = outcome.dkim.filter { $0.result.map { $0 != AuthResult.none } ?? false }
    ownSignatures = signatures.filter { name($0.domain).map(isOurs) ?? false }
    alignedSignatures = ownSignatures.filter {
      $0.result == .pass && (policy.adkim != .strict || name($0.domain) == from)
    }
    let mailFrom = outcome.spf.filter { $0.scope != "helo" }
    envelopes = mailFrom.isEmpty ? outcome.spf : mailFrom
    ownEnvelopes = envelopes.filter { name($0.domain).map(isOurs) ?? false }
    func foreign(_ names: [DomainName]) -> [DomainName] {
      var seen: [DomainName] = []
      for name in names where !isOurs(name) && !seen.contains(name) { seen.append(name) }
      return seen
    }
    foreignSignatures = foreign(signatures.filter { $0.result == .pass }.compactMap { name($0.domain) })
    foreignEnvelopes = foreign(envelopes.filter { $0.result == .pass }.compactMap { name($0.domain) })
    envelopeOrganisation = foreignEnvelopes.first.map { organisations.domain(of: $0) ?? $0 }
    ownSelectors = ownSignatures.map(Self.selectorName)
    alignedSelectors = alignedSignatures.map(Self.selectorName)
    attestation = Attestation(outcome.reasons)
    isUnion = Self.isUnion(outcome)
    passingDomains = outcome.passingDomains
  }

  /// Envelope domains of ours that SPF was checked for.
  public var ownEnvelopeDomains: [DomainName] { ownEnvelopes.compactMap { $0.domain.flatMap(DomainName.init) } }

  /// Whether SPF passed for a domain that is aligned under the published mode.
  var alignedEnvelope: SPFResult? {
    ownEnvelopes.first { $0.result == .pass && (policy.aspf != .strict || $0.domain.flatMap(DomainName.init) == from) }
  }

  /// `domain/selector` of a signature, in lower case.
  public static func selectorName(_ signature: DKIMResult) -> String {
    "\(signature.domain.flatMap(DomainName.init)?.name ?? "")/\((signature.selector ?? "").lowercased())"
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
