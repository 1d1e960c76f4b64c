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
  let messages, severity, reporters, domains, firstDay, lastDay: Int64

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
    severity = row["severity"]
    kind = row["kind"]
    reporters = row["reporters"]
    domains = row["domains"]
    firstDay = row["first_day"]
    lastDay = row["last_day"]
  }
}

/// Addresses that belong together: abusers rotate through them, and services spread their messages over them.
struct SenderPool {
  let name: String
  let sources: [FlaggedSource]

  init(_ source: FlaggedSource) {
    name = source.text
    sources = [source]
  }

  private init(_ name: String, _ sources: [FlaggedSource]) {
    self.name = sources.count == 1 ? sources[0].text : name
    self.sources = sources
  }

  /// From this many addresses on, those of a /24 count as one sender.
  private static let leastInNetwork = 3

  static func fold(_ sources: [FlaggedSource], _ organisation: (DomainName) -> DomainName?) -> [SenderPool] {
    struct Key: Hashable {
      var name, kind: String
    }
    func name(_ source: FlaggedSource) -> String {
      if let host = source.host.flatMap(DomainName.init), let owner = organisation(host) { return "*.\(owner)" }
      return CIDR(source.address, length: source.address.isIPv6 ? 64 : 24)?.description ?? source.text
    }
    let groups = Dictionary(grouping: sources) { Key(name: name($0), kind: $0.kind) }
    return groups.flatMap { key, members -> [SenderPool] in
      let isPool = key.name.hasPrefix("*") || key.name.contains(":") || members.count >= leastInNetwork
      return isPool ? [SenderPool(key.name, members)] : members.map { SenderPool($0) }
    }
  }

  var messages: Int64 { sources.reduce(0) { $0 + $1.messages } }

  /// The address with the most messages.
  var largest: String { sources.max { $0.messages < $1.messages }?.text ?? name }

  /// Volume, spread over addresses, domains and reporters, and newness; each doubling adds a step.
  func threat(_ newest: Int64) -> Double {
    func steps(_ number: Int64) -> Double { log2(Double(max(number, 1))) }
    func most(_ value: (FlaggedSource) -> Int64) -> Int64 { sources.map(value).max() ?? 0 }
    let isNew = (sources.map(\.firstDay).min() ?? 0) > newest - 7
    let spread = steps(Int64(sources.count)) + 2 * steps(most(\.domains)) + steps(most(\.reporters))
    return steps(messages) + spread + 2 * Double(most(\.severity)) + (isNew ? 3 : 0)
  }
}
