/// Finds the known sender of a source: by the longest matching network, then the longest matching host name, then the longest
/// matching domain, then the autonomous system.
public struct KnownSenderIndex: Sendable {
  private let networks: [(network: CIDR, sender: Int)]
  private let hosts: [(domain: DomainName, sender: Int)]
  private let domains: [(domain: DomainName, sender: Int)]
  private let asns: [UInt32: Int]
  /// The senders, indexed by the result of ``match(_:passing:fcrdnsName:asn:)``.
  public let senders: [KnownSender]

  /// Creates an index of the senders.
  public init(_ senders: [KnownSender]) {
    self.senders = senders
    networks = senders.enumerated().flatMap { index, sender in sender.networks.map { ($0, index) } }
      .sorted { $0.0.length > $1.0.length }
    func longestFirst(_ names: (KnownSender) -> [DomainName]) -> [(domain: DomainName, sender: Int)] {
      senders.enumerated().flatMap { index, sender in names(sender).map { ($0, index) } }
        .sorted { $0.0.name.utf8.count > $1.0.name.utf8.count }
    }
    hosts = longestFirst(\.hosts)
    domains = longestFirst(\.domains)
    asns = Dictionary(
      senders.enumerated().flatMap { index, sender in sender.asns.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// The index of the known sender of a source; nil if none matches.
  /// - Parameters:
  ///   - address: the sending address.
  ///   - passing: domains that passed DKIM or SPF. A domain that failed proves nothing, because anyone can use it.
  ///   - fcrdnsName: the forward-confirmed reverse DNS name of the address.
  ///   - asn: the number of the autonomous system of the address.
  public func match(
    _ address: IPAddress, passing: [DomainName], fcrdnsName: DomainName? = nil, asn: UInt32? = nil
  ) -> Int? {
    if let hit = networks.first(where: { $0.network.contains(address) }) { return hit.sender }
    if let fcrdnsName, let hit = hosts.first(where: { fcrdnsName.isEqualOrUnder($0.domain) }) {
      return hit.sender
    }
    if let hit = domains.first(where: { entry in passing.contains { $0.isEqualOrUnder(entry.domain) } }) {
      return hit.sender
    }
    return asn.flatMap { asns[$0] }
  }
}

extension AuthenticationOutcome {
  /// Domains that passed DKIM or SPF.
  public var passingDomains: [DomainName] {
    (dkim.filter { $0.result == .pass }.map(\.domain) + spf.filter { $0.result == .pass }.map(\.domain))
      .compactMap { $0.flatMap(DomainName.init) }
  }
}
