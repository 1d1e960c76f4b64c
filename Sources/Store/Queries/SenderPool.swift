import DMARC
import Foundation
import GRDB

/// A source address that needs review, with the numbers that rank it.
struct FlaggedSource {
  let id: Int64
  let text: String
  let address: IPAddress
  let host: String?
  /// The most serious of its verdicts: only sources of the same kind are pooled.
  let kind: String
  let messages, severity, reporters, domains, days, firstDay, lastDay: Int64
  /// Whether it sends on most days of at least a fortnight: it is never part of a campaign.
  let isSteady: Bool

  private static let leastSteadyDays: Int64 = 10

  init(_ row: Row) throws {
    id = row["id"]
    text = row["text"]
    guard let address = IPAddress(row["text"] as String) else {
      throw StoreError(
        "\(row["text"] as String) is stored as an address, but is not a valid one", remedy: .checkDatabase)
    }
    self.address = address
    host = row["host"]
    messages = row["messages"]
    let worst = (row["worst"] as String? ?? "").split(separator: " ", maxSplits: 1)
    severity = worst.first.flatMap { Int64($0) } ?? 0
    kind = worst.count == 2 ? String(worst[1]) : ""
    reporters = row["reporters"]
    domains = row["domains"]
    days = row["days"]
    firstDay = row["first_day"]
    lastDay = row["last_day"]
    let span = lastDay - (row["start_day"] as Int64) + 1
    isSteady = days >= Self.leastSteadyDays && days >= span / 2
  }

  /// The /24 or /64 of the address.
  var network: String { CIDR(address, length: address.isIPv6 ? 64 : 24)?.description ?? text }
}

/// Addresses that belong together: abusers rotate through them, and services spread their messages over them.
struct SenderPool {
  let name: String
  let form: UnknownSender.Form
  let sources: [FlaggedSource]

  init(_ source: FlaggedSource) {
    name = source.text
    form = .address
    sources = [source]
  }

  private init(_ name: String, _ form: UnknownSender.Form, _ sources: [FlaggedSource]) {
    self.name = sources.count == 1 ? sources[0].text : name
    self.form = sources.count == 1 ? .address : form
    self.sources = sources
  }

  /// From this many addresses on, those of a /24 or of an autonomous system count as one sender.
  private static let leastInNetwork = 3

  /// Folds sources of one kind by the operator of their hosts, else by their network, else by their autonomous system. Steady sources and
  /// others are kept apart.
  static func fold(_ sources: [FlaggedSource], _ owners: SourceOwners) -> [SenderPool] {
    let groups = Dictionary(grouping: sources) { Key($0, owners.hostOwner($0).map { "*.\($0)" } ?? $0.network) }
    var rest: [FlaggedSource] = []
    var pools: [SenderPool] = []
    for (key, members) in groups {
      if key.name.hasPrefix("*") {
        pools.append(SenderPool(key.name, .operatorPool, members))
      } else if key.name.contains(":") || members.count >= leastInNetwork {
        pools.append(SenderPool(key.name, .network, members))
      } else {
        rest += members
      }
    }
    let systems = Dictionary(grouping: rest) { source in
      Key(source, owners.asn(source.address).map { "AS\($0)" } ?? source.text)
    }
    return pools
      + systems.flatMap { key, members in
        members.count >= leastInNetwork
          ? [SenderPool(key.name, .operatorPool, members)] : members.map { SenderPool($0) }
      }
  }

  private struct Key: Hashable {
    var name, kind: String
    var isSteady: Bool

    init(_ source: FlaggedSource, _ name: String) { (self.name, kind, isSteady) = (name, source.kind, source.isSteady) }
  }

  /// The line of a campaign.
  static func campaign(_ sources: [FlaggedSource], _ owners: SourceOwners) -> SenderPool {
    let networks = Set(sources.map(\.network))
    let hosts = Set(sources.map { owners.hostOwner($0)?.name ?? "" })
    if networks.count == 1, let network = networks.first { return SenderPool(network, .campaign, sources) }
    if hosts.count == 1, let host = hosts.first, !host.isEmpty { return SenderPool("*.\(host)", .campaign, sources) }
    return SenderPool("campaign of \(networks.count) networks", .campaign, sources)
  }

  var messages: Int64 { sources.reduce(0) { $0.addingClamped($1.messages) } }

  /// The address with the most messages.
  var largest: String { sources.max { $0.messages < $1.messages }?.text ?? name }

  /// Volume, spread over addresses, domains and reporters, days, and newness; each doubling adds a step. The days of a steady source count
  /// twice: it is more likely the operator's own than anything else, and it does not go away.
  func threat(_ newest: Int64) -> Double {
    func steps(_ number: Int64) -> Double { log2(Double(max(number, 1))) }
    func most(_ value: (FlaggedSource) -> Int64) -> Int64 { sources.map(value).max() ?? 0 }
    let isNew = (sources.map(\.firstDay).min() ?? 0) > newest - 7
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
