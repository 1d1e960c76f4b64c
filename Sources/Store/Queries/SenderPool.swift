import DMARC
import Foundation
import GRDB

/// Addresses that belong together: abusers rotate through them, and services spread their messages over them.
///
/// The sources of all pools are in one array, because there may be a million pools of one address each.
struct SenderPool {
  private let label: Label
  private(set) var sources: ArraySlice<FlaggedSource>

  private enum Label {
    case address
    case host(DomainName)
    case network(CIDR)
    case system(UInt32)
    case campaign(String)
  }

  init(_ source: FlaggedSource) { self.init(.address, [source]) }

  private init(_ label: Label, _ sources: ArraySlice<FlaggedSource>) {
    self.label = sources.count == 1 ? .address : label
    self.sources = sources
  }

  /// Each source by itself.
  static func single(_ sources: [FlaggedSource]) -> [SenderPool] {
    sources.indices.map { SenderPool(.address, sources[$0..<($0 + 1)]) }
  }

  /// What the pool is called.
  var name: String {
    switch label {
    case .address: sources.first?.address.description ?? ""
    case .host(let name): "*.\(name)"
    case .network(let network): network.description
    case .system(let number): "AS\(number)"
    case .campaign(let name): name
    }
  }

  var form: UnknownSender.Form {
    switch label {
    case .address: .address
    case .host, .system: .operatorPool
    case .network: .network
    case .campaign: .campaign
    }
  }

  /// From this many addresses on, those of a /24 or of an autonomous system count as one sender.
  private static let leastInNetwork = 3

  /// Folds sources of one kind by the operator of their hosts, else by their network, else by their autonomous system. Steady sources and
  /// others are kept apart.
  static func fold(_ sources: [FlaggedSource], _ owners: SourceOwners) -> [SenderPool] {
    var rest: [FlaggedSource] = []
    var pools: [SenderPool] = []
    let groups = grouped(sources) { source in
      Key(
        source,
        owners.hostOwner(source).map { .host($0) } ?? source.network.map { .network($0) } ?? .address(source.address))
    }
    for (key, members) in groups {
      switch key.owner {
      case .host(let name): pools.append(SenderPool(.host(name), members))
      case .network(let network) where network.network.isIPv6 || members.count >= leastInNetwork:
        pools.append(SenderPool(.network(network), members))
      default: rest += members
      }
    }
    let systems = grouped(rest) { source in
      Key(source, owners.asn(source.address).map { .system($0) } ?? .address(source.address))
    }
    for (key, members) in systems {
      if case .system(let number) = key.owner, members.count >= leastInNetwork {
        pools.append(SenderPool(.system(number), members))
      } else {
        pools += members.indices.map { SenderPool(.address, members[$0..<($0 + 1)]) }
      }
    }
    return pools
  }

  private struct Key: Hashable {
    var owner: Owner
    var kind: Int32
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

  /// Brings the sources of each key together in one array, in the order in which they and the keys occur.
  private static func grouped(
    _ sources: [FlaggedSource], _ key: (FlaggedSource) -> Key
  ) -> [(key: Key, members: ArraySlice<FlaggedSource>)] {
    var numbers: [Key: Int] = [:]
    var keys: [Key] = []
    var counts: [Int] = []
    var groupOfSource: [Int] = []
    groupOfSource.reserveCapacity(sources.count)
    for source in sources {
      let key = key(source)
      let number = numbers[key] ?? keys.count
      if number == keys.count {
        numbers[key] = number
        keys.append(key)
        counts.append(0)
      }
      counts[number] += 1
      groupOfSource.append(number)
    }
    var starts: [Int] = []
    starts.reserveCapacity(counts.count)
    var next = 0
    for count in counts {
      starts.append(next)
      next += count
    }
    var places = [Int](repeating: 0, count: sources.count)
    var free = starts
    for (index, group) in groupOfSource.enumerated() {
      places[free[group]] = index
      free[group] += 1
    }
    let ordered = places.map { sources[$0] }
    return keys.indices.map { (keys[$0], ordered[starts[$0]..<(starts[$0] + counts[$0])]) }
  }

  /// The line of a campaign.
  static func campaign(_ sources: [FlaggedSource], _ owners: SourceOwners) -> SenderPool {
    let networks = Set(sources.map(\.network))
    let hosts = Set(sources.map { owners.hostOwner($0)?.name ?? "" })
    var name = "campaign of \(networks.count) networks"
    if networks.count == 1, let network = networks.first, let network {
      name = network.description
    } else if hosts.count == 1, let host = hosts.first, !host.isEmpty {
      name = "*.\(host)"
    }
    return SenderPool(.campaign(name), sources[...])
  }

  /// Looks up the first days of all sources.
  mutating func complete(_ firstDay: (Int64) throws -> Int64?) rethrows {
    sources = try sources.map { source in
      var source = source
      source.firstDay = min(source.firstDay, try firstDay(source.id) ?? .max)
      return source
    }[...]
  }

  var messages: Int64 { sources.reduce(0) { $0.addingClamped($1.messages) } }

  /// The address with the most messages.
  var largest: String { sources.max { $0.messages < $1.messages }?.address.description ?? name }

  /// Days after the first report during which a line is new.
  static let newDays: Int64 = 7
  /// What newness adds to the threat.
  static let newness = 3.0

  /// Whether no source was reported before the last days of the period.
  func isNew(_ newest: Int64) -> Bool { sources.allSatisfy { $0.firstDay > newest - Self.newDays } }

  /// Volume, spread over addresses, domains and reporters, and days; each doubling adds a step. The days of a steady source count twice: it
  /// is more likely the operator's own than anything else, and it does not go away. What is new counts for more, by ``newness``.
  func threat(isNew: Bool) -> Double {
    func steps(_ number: Int64) -> Double { log2(Double(max(number, 1))) }
    func most(_ value: (FlaggedSource) -> Int64) -> Int64 { sources.reduce(0) { max($0, value($1)) } }
    let spread = steps(Int64(sources.count)) + 2 * steps(most(\.domains)) + steps(most(\.reporters))
    let lasting = sources.contains(where: \.isSteady) ? 2 * steps(most(\.days)) : 0
    return steps(messages) + spread + lasting + 2 * Double(most(\.severity)) + (isNew ? Self.newness : 0)
  }

  /// The place of the line with this threat.
  func place(_ threat: Double) -> SenderPlace {
    SenderPlace(threat: max(0, threat), messages: messages, source: name, address: largest)
  }
}

/// Who owns the hosts and networks of sources.
struct SourceOwners {
  /// The organisational domain of a host name.
  let organisation: (DomainName) -> DomainName?
  /// The autonomous system of an address.
  let asn: (IPAddress) -> UInt32?

  /// The organisation of the host name of a source; nil if it has none.
  func hostOwner(_ source: FlaggedSource) -> DomainName? { source.host.flatMap(DomainName.init).flatMap(organisation) }
}
