package import DMARC

/// Checks everything that a domain publishes for mail: DMARC, SPF, DKIM, MX, MTA-STS, TLS-RPT, BIMI and DANE records.
///
/// It makes no DNS queries. If answers are missing, it continues as far as possible and collects the questions, as ``SPFExpansion`` does.
package struct DomainCheck: Sendable {
  /// The domain.
  package let domain: DomainName
  /// What was found, errors first.
  package let findings: [RecordFinding]
  /// The number of findings that were left out, because there were too many of a kind.
  package let omittedFindings: Int
  /// Which DMARC record applies.
  package let discovery: PolicyDiscovery
  /// The SPF record with everything that it includes.
  package let spf: SPFTree
  /// What the SPF record authorises; nil if there is none, or while answers are missing.
  package let snapshot: SPFSnapshot?
  /// The DKIM keys that were looked at.
  package let keys: [DKIMKeyFacts]
  /// The MX records, in the order of their preference; nil if they could not be looked up.
  package let exchanges: [String]?
  /// What else is published.
  package let transport: TransportFacts
  /// Whether the domain sends no mail, by its records.
  package let isParked: Bool
  /// The names of the domain's own records that no name server answered for: the check is incomplete.
  package let unanswered: [String]
  /// The questions whose answers are missing; the rest is complete only if there are none.
  package let missing: Set<DNSQuestion>

  /// The maximum number of DKIM keys that are looked up.
  package static let mostSelectors = 60

  /// Checks a domain.
  /// - Parameters:
  ///   - domain: the domain.
  ///   - selectors: the selectors that the user names.
  ///   - use: what stored reports say about its mail; nil if none were looked at.
  ///   - sts: the answer of the web server that hosts the MTA-STS policy; nil if the policy was not requested.
  ///   - answers: returns the answer to a question, or nil if it is not known yet.
  package init(
    _ domain: DomainName, selectors: [String], use: DomainUse?, organisations: Organisations, sts: STSAnswer? = nil,
    answers: @escaping (DNSQuestion) -> DNSAnswer?
  ) {
    var lookUps = RecordLookUps(answers)
    var list = FindingList()
    self.domain = domain
    discovery = PolicyDiscovery(domain, organisations, &lookUps)
    spf = SPFTree(domain, &lookUps)
    let exchanges = MailExchanges(domain, &lookUps, isOwn: true)
    let isParked = Self.isParked(spf, exchanges)
    self.isParked = isParked
    self.exchanges = exchanges.hosts?.sorted { $0.preference < $1.preference }.map(\.name)
    if Self.isMissing(domain, discovery, spf, &lookUps) {
      list.add(.domainMissing, at: domain.name, ["domain": domain.name])
      (keys, transport, snapshot) = ([], TransportFacts(), nil)
    } else {
      DMARCCheck(
        domain: domain, discovery: discovery, organisations: organisations, isParked: isParked,
        acceptsMail: exchanges.acceptsMail ?? false
      ).run(&list, &lookUps)
      SPFCheck(
        domain: domain, tree: spf, organisations: organisations, isParked: isParked, exchanges: exchanges, use: use
      ).run(&list)
      let wanted = Self.selectors(domain, selectors, use, spf, exchanges, isParked)
      keys = DKIMCheck(domain: domain, selectors: wanted, use: use, isParked: isParked).run(&list, &lookUps)
      MailExchangeCheck(domain: domain, exchanges: exchanges, isParked: isParked).run(&list, &lookUps)
      transport = TransportCheck(domain: domain, exchanges: exchanges, policy: discovery.applied, sts: sts)
        .run(&list, &lookUps)
      snapshot = Self.snapshot(domain, spf, answers, &lookUps)
    }
    findings = list.findings.enumerated().sorted {
      ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset)
    }.map(\.element)
    omittedFindings = list.omitted
    unanswered = lookUps.failed.sorted()
    missing = lookUps.missing
  }

  /// A domain sends no mail if its SPF record says so, or if it accepts none and has no SPF record.
  private static func isParked(_ spf: SPFTree, _ exchanges: MailExchanges) -> Bool {
    guard spf.root.text != nil else { return exchanges.isNull && spf.root.problem == .missing }
    return spf.root.terms.count == 1 && spf.root.terms[0].directive?.mechanism == .all
      && spf.root.terms[0].directive?.qualifier == .fail
  }

  private static func isMissing(
    _ domain: DomainName, _ discovery: PolicyDiscovery, _ spf: SPFTree, _ lookUps: inout RecordLookUps
  ) -> Bool {
    guard spf.texts.isEmpty, discovery.texts.isEmpty else { return false }
    return [DNSQuestion.RecordType.txt, .mx, .a].allSatisfy { lookUps.ask(domain.name, $0)?.status == .noName }
  }

  private static func snapshot(
    _ domain: DomainName, _ spf: SPFTree, _ answers: (DNSQuestion) -> DNSAnswer?, _ lookUps: inout RecordLookUps
  ) -> SPFSnapshot? {
    guard spf.root.text != nil else { return nil }
    let expansion = SPFExpansion(domain, answers: answers)
    lookUps.add(expansion.missing)
    return expansion.snapshot
  }

  /// The keys to look at: named ones first, then those of reports, of services, and common names.
  private static func selectors(
    _ domain: DomainName, _ named: [String], _ use: DomainUse?, _ spf: SPFTree, _ exchanges: MailExchanges,
    _ isParked: Bool
  ) -> [DKIMSelector] {
    var result = named.map { DKIMSelector(domain: domain, selector: $0, origin: .named) }
    for seen in use?.selectors ?? [] {
      guard let signer = DomainName(seen.domain), signer.isEqualOrUnder(domain) else { continue }
      result.append(DKIMSelector(domain: signer, selector: seen.selector, origin: .reports))
    }
    let names = spf.root.allTerms().flatMap { $0.term.nodes.map(\.name) } + (exchanges.hosts ?? []).map(\.name)
    result += UsualSelectors.of(names).map { DKIMSelector(domain: domain, selector: $0, origin: .service) }
    result += UsualSelectors.common.map { DKIMSelector(domain: domain, selector: $0, origin: .guessed) }
    var seen: Set<String> = []
    return Array(
      result.filter { seen.insert("\($0.selector.lowercased()) \($0.domain.name)").inserted }.prefix(mostSelectors))
  }
}

extension DomainCheck {
  /// The number of findings of a severity.
  package func count(_ severity: RecordFinding.Severity) -> Int { findings.count { $0.severity == severity } }

  /// The weight of the worst finding; nil if there is none.
  package var worst: RecordFinding.Severity? { findings.map(\.severity).min() }
}
