import DMARC
import Lookup
import Store
import Verdict

/// Looks up what policy domains publish for mail, and stores it with dates.
extension DNSRefresh {
  /// The number of domains whose records are looked up together.
  private static let watched = 100
  /// The maximum number of rounds of questions that depend on each other: the record, those of parents, those of report
  /// receivers.
  private static let mostWatchRounds = 4

  /// Looks up all policy domains, starting with those that were looked up longest ago.
  /// - Returns: whether there was time for all of them.
  func watch(_ answers: inout [DNSQuestion: DNSAnswer], _ now: Int64, _ tally: inout Tally) throws -> Bool {
    let domains = try database.policyDomainsByLookUp().filter { $0.publishable != nil }
    let keys = WatchedKeys(
      try database.signingKeys(at: now), domains: domains, organisations: context.ruleContext.organisations)
    // Leave half of the time for host names.
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
      // If time runs out, store what is known: a watch contains only records whose lookup is complete.
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
  /// - Parameter asked: the questions that this run sent.
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

  /// The maximum number of keys of a policy domain. Selectors come from reports, which anyone can write.
  private static let most = 40

  /// - Parameters:
  ///   - used: keys, the most important first.
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
