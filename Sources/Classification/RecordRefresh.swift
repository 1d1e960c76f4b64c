import DMARC
import Lookup
import Store
import Verdict

/// Looks up what policy domains publish for mail, and keeps it with its date.
extension DNSRefresh {
  /// The domains whose records are looked up together.
  private static let watched = 100
  /// The most successive questions: the record, the parents' records, those who receive reports.
  private static let mostWatchRounds = 4

  /// Looks at all policy domains, those first that were not looked at for the longest time.
  /// - Returns: whether there was time for all.
  func watch(_ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally) throws -> Bool {
    let domains = try database.policyDomainsByLookUp().filter { $0.publishable != nil }
    let keys = WatchedKeys(
      try database.signingKeys(at: now), domains: domains, organisations: context.ruleContext.organisations)
    // The names of hosts need time, too.
    let limit = Resolver.now + max(0, deadline - Resolver.now) / 2
    for start in stride(from: 0, to: domains.count, by: Self.watched) {
      let part = Array(domains[start..<min(start + Self.watched, domains.count)])
      guard try watch(part, keys, &answers, now, &tally, until: limit) else { return false }
    }
    return true
  }

  private func watch(
    _ domains: [DomainName], _ keys: WatchedKeys, _ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64,
    _ tally: inout Tally, until limit: Double
  ) throws -> Bool {
    for round in 0...Self.mostWatchRounds {
      let watches = watches(domains, keys, answers)
      let missing = watches.reduce(into: Set<DNSQuestion>()) { $0.formUnion($1.missing) }
      let isComplete = missing.isEmpty || round == Self.mostWatchRounds
      if !isComplete, try query(missing, &answers, now, &tally, until: limit) { continue }
      // Without time for all answers, what is known counts: it names records that were looked up completely.
      try database.keep(watches.flatMap(\.records).map { ObservedRecord($0, asked: tally.asked) }, at: now)
      return isComplete
    }
    return true
  }

  private func watches(
    _ domains: [DomainName], _ keys: WatchedKeys, _ answers: [DNSQuestion: DNSAnswer]
  ) -> [DomainWatch] {
    domains.map { domain in
      DomainWatch(domain, keys: keys.of(domain), organisations: context.ruleContext.organisations) { answers[$0] }
    }
  }
}

extension ObservedRecord {
  /// - Parameter asked: the questions that were asked now.
  init(_ record: WatchedRecord, asked: Set<DNSQuestion>) {
    self.init(
      Place(domain: record.domain, kind: record.kind.rawValue, owner: record.owner), state: record.state,
      text: record.text, isDoubtful: record.isDoubtful, isFresh: asked.contains(record.question),
      isExpected: record.isExpected)
  }
}

/// The keys that are watched, by policy domain.
struct WatchedKeys {
  private var keys: [DomainName: [DomainWatch.Key]] = [:]

  /// The most keys of a policy domain. Selectors come from reports, which anyone can write.
  private static let most = 40

  /// - Parameters:
  ///   - used: keys in the order of their importance.
  ///   - domains: the policy domains.
  init(_ used: [SigningKey], domains: [DomainName], organisations: Organisations) {
    var byOrganisation: [DomainName: DomainName] = [:]
    for domain in domains { byOrganisation[organisations.domain(of: domain) ?? domain] = domain }
    let policies = Set(domains)
    for key in used {
      guard let signer = DomainName(key.domain), signer.publishable != nil else { continue }
      let own = organisations.domain(of: signer) ?? signer
      guard let domain = policies.contains(signer) ? signer : byOrganisation[own] else { continue }
      guard keys[domain, default: []].count < Self.most else { continue }
      let watched = DomainWatch.Key(domain: signer, selector: key.selector.lowercased())
      if !keys[domain, default: []].contains(watched) { keys[domain, default: []].append(watched) }
    }
  }

  func of(_ domain: DomainName) -> [DomainWatch.Key] { keys[domain] ?? [] }
}
