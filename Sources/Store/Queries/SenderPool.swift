import DMARC
import Foundation
import GRDB

/// Addresses that belong together: abusers rotate through them, and services spread their messages over them.
struct SenderPool {
  let name: String
  let form: UnknownSender.Form
  private(set) var sources: [FlaggedSource]
  /// Whether the first days of the sources are those of all reports.
  private(set) var isComplete = false

  init(_ source: FlaggedSource) {
    name = source.address.description
    form = .address
    sources = [source]
  }

  private init(_ name: String, _ form: UnknownSender.Form, _ sources: [FlaggedSource]) {
    self.name = sources.count == 1 ? sources[0].address.description : name
    self.form = sources.count == 1 ? .address : form
    self.sources = sources
  }

  /// From this many addresses on, those of a /24 or of an autonomous system count as one sender.
  private static let leastInNetwork = 3

  /// Folds sources of one kind by the operator of their hosts, else by their network, else by their autonomous system. Steady sources and
  /// others are kept apart.
  static func fold(_ sources: [FlaggedSource], _ owners: SourceOwners) -> [SenderPool] {
    let groups = Dictionary(grouping: sources) { source in
      Key(source, owners.hostOwner(source).map { .host($0) } ?? source.network.map { .network($0) } ?? .address(source.address))
    }
    var rest: [FlaggedSource] = []
    var pools: [SenderPool] = []
    for (key, members) in groups {
      switch key.owner {
      case .host(let name): pools.append(SenderPool("*.\(name)", .operatorPool, members))
      case .network(let network) where network.network.isIPv6 || members.count >= leastInNetwork:
        pools.append(SenderPool(network.description, .network, members))
      default: rest += members
      }
    }
    let systems = Dictionary(grouping: rest) { source in
      Key(source, owners.asn(source.address).map { .system($0) } ?? .address(source.address))
    }
    for (key, members) in systems {
      if case .system(let number) = key.owner, members.count >= leastInNetwork {
        pools.append(SenderPool("AS\(number)", .operatorPool, members))
      } else {
        pools += members.map { SenderPool($0) }
      }
    }
    return pools
  }

  private struct Key: Hashable {
    var owner: Owner
    var kind: Int
    var isSteady: Bool

    enum Owner: Hashable {
      case host(DomainName)
      case network(CIDR)
      case system(UInt32)
      case address(IPAddress)
    }

    init(_ source: FlaggedSource, _ owner: Owner) {
      (self.owner, kind, isSteady) = (owner, source.kind, source.isSteady)
    }
  }

  /// The line of a campaign.
  static func campaign(_ sources: [FlaggedSource], _ owners: SourceOwners) -> SenderPool {
    let networks = Set(sources.map(\.network))
    let hosts = Set(sources.map { owners.hostOwner($0)?.name ?? "" })
    if networks.count == 1, let network = networks.first, let network { return SenderPool(network.description, .campaign, sources) }
    if hosts.count == 1, let host = hosts.first, !host.isEmpty { return SenderPool("*.\(host)", .campaign, sources) }
    return SenderPool("campaign of \(networks.count) networks", .campaign, sources)
  }

  /// Looks up the first days of all sources.
  mutating func complete(_ firstDay: (Int64) throws -> Int64?) rethrows {
    for index in sources.indices {
      sources[index].firstDay = min(sources[index].firstDay, try firstDay(sources[index].id) ?? .max)
    }
    isComplete = true
  }

  var messages: Int64 { sources.reduce(0) { $0.addingClamped($1.messages) } }

  /// The address with the most messages.
  var largest: String { sources.max { $0.messages < $1.messages }?.address.description ?? name }

  /// Volume, spread over addresses, domains and reporters, days, and newness; each doubling adds a step. The days of a steady source count
  /// twice: it is more likely the operator's own than anything else, and it does not go away.
  func threat(_ newest: Int64) -> Double {
    func steps(_ number: Int64) -> Double { log2(Double(max(number, 1))) }
    func most(_ value: (FlaggedSource) -> Int64) -> Int64 { sources.map(value).max() ?? 0 }
    let isNew = (sources.lazy.map(\.firstDay).min() ?? 0) > newest - 7
    let spread = steps(Int64(sources.count)) + 2 * steps(most(\.domains)) + steps(most(\.reporters))
    let lasting = sources.contains(where: \.isSteady) ? 2 * steps(most(\.days)) : 0
    return steps(messages) + spread + lasting + 2 * Double(most(\.severity)) + (isNew ? 3 : 0)
  }
}

/// Who owns the hosts and networks of sources.
struct SourceOwners {
  /// The organisational domain of a host name.
  let organisation: (DomainName) -> DomainName?
  /// The autonomous system of an address.
  let asn: (IPAddress) -> UInt32?

  func hostOwner(_ source: FlaggedSource) -> DomainName? { source.host.flatMap(DomainName.init).flatMap(organisation) }
}
