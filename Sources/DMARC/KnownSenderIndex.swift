/// Finds the known sender of a source: by the longest matching network, then the longest matching host name, then the longest
/// matching domain, then the autonomous system. Of equal matches, one that was declared for the From domain comes first.
public struct KnownSenderIndex: Sendable {
  /// The declarations for one From domain, or for all.
  private struct Scope: Sendable {
    var networks: [(network: CIDR, sender: Int)] = []
    var hosts: [(domain: DomainName, sender: Int)] = []
    var domains: [(domain: DomainName, sender: Int)] = []
    var asns: [UInt32: Int] = [:]

    mutating func add(_ sender: KnownSender, _ index: Int) {
      networks += sender.networks.map { ($0, index) }
      hosts += sender.hosts.map { ($0, index) }
      domains += sender.domains.map { ($0, index) }
      for asn in sender.asns where asns[asn] == nil { asns[asn] = index }
    }

    mutating func sort() {
      networks.sort { $0.network.length > $1.network.length }
      hosts.sort { $0.domain.name.utf8.count > $1.domain.name.utf8.count }
      domains.sort { $0.domain.name.utf8.count > $1.domain.name.utf8.count }
    }
  }

  private var global = Scope()
  /// By From domain. A hoster may declare senders for thousands of customers, so only those of the From domain are searched.
  private var scopes: [DomainName: Scope] = [:]
  /// The senders, indexed by the result of ``match(_:passing:fcrdnsName:asn:from:)``.
  public let senders: [KnownSender]

  /// Creates an index of the senders.
  public init(_ senders: [KnownSender]) {
    self.senders = senders
    for (index, sender) in senders.enumerated() {
      if sender.onlyFor.isEmpty { global.add(sender, index) }
      for domain in Set(sender.onlyFor) { scopes[domain, default: Scope()].add(sender, index) }
    }
    global.sort()
    for domain in scopes.keys { scopes[domain]?.sort() }
  }

  /// The index of the known sender of a source; nil if none matches.
  /// - Parameters:
  ///   - address: the sending address.
  ///   - passing: domains that passed DKIM or SPF. A domain that failed proves nothing, because anyone can use it.
  ///   - fcrdnsName: the forward-confirmed reverse DNS name of the address.
  ///   - asn: the number of the autonomous system of the address.
  ///   - from: the From domain; nil if it is unknown, so that only declarations for all count.
  public func match(
    _ address: IPAddress, passing: [DomainName], fcrdnsName: DomainName? = nil, asn: UInt32? = nil,
    from: DomainName? = nil
  ) -> Int? {
    let scopes = scopes(of: from)
    func best<Match>(_ find: (Scope) -> Match?, _ length: (Match) -> Int) -> Match? {
      var best: Match?
      for match in scopes.lazy.compactMap(find) where best.map({ length(match) > length($0) }) ?? true { best = match }
      return best
    }
    let network = best({ $0.networks.first { $0.network.contains(address) } }, \.network.length)
    if let network { return network.sender }
    if let fcrdnsName {
      let host = best({ $0.hosts.first { fcrdnsName.isEqualOrUnder($0.domain) } }, \.domain.name.utf8.count)
      if let host { return host.sender }
    }
    let domain = best(
      { $0.domains.first { entry in passing.contains { $0.isEqualOrUnder(entry.domain) } } }, \.domain.name.utf8.count)
    if let domain { return domain.sender }
    return asn.flatMap { asn in scopes.lazy.compactMap { $0.asns[asn] }.first }
  }

  /// The senders of a kind that were declared for a From domain or a domain above it, without those declared for all.
  public func senders(of kind: KnownSender.Kind, onlyFor from: DomainName?) -> [KnownSender] {
    var indexes: Set<Int> = []
    for scope in scopes(of: from).dropLast() {
      indexes.formUnion(scope.networks.map(\.sender) + (scope.domains + scope.hosts).map(\.sender))
      indexes.formUnion(scope.asns.values)
    }
    return indexes.sorted().map { senders[$0] }.filter { $0.kind == kind }
  }

  /// The declarations for a From domain and the domains above it, the closest first, then those for all.
  private func scopes(of from: DomainName?) -> [Scope] {
    guard let from, !scopes.isEmpty else { return [global] }
    var found: [Scope] = []
    var rest = from.name[...]
    while let domain = DomainName(String(rest)) {
      if let scope = scopes[domain] { found.append(scope) }
      guard let dot = rest.firstIndex(of: ".") else { break }
      rest = rest[rest.index(after: dot)...]
    }
    return found + [global]
  }
}

extension AuthenticationOutcome {
  /// Domains that passed DKIM or SPF.
  public var passingDomains: [DomainName] {
    (dkim.filter { $0.result == .pass }.map(\.domain) + spf.filter { $0.result == .pass }.map(\.domain))
      .compactMap { $0.flatMap(DomainName.init) }
  }
}
