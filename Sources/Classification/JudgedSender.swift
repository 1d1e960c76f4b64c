import DMARC
import Foundation
import Store
import Verdict

/// A declaration as it was when the verdicts were last updated, to find the flows that a change touches.
struct JudgedSender: Hashable, Codable {
  var id: Int64
  var name, kind: String
  var networks, domains, hosts: [String]
  var asns: [UInt32]
  var onlyFor: [String]

  init(_ stored: StoredSender) {
    let sender = stored.sender
    (id, name, kind) = (stored.id, sender.name, sender.kind.rawValue)
    networks = sender.networks.map { "\($0)" }.sorted()
    domains = sender.domains.map(\.name).sorted()
    hosts = sender.hosts.map(\.name).sorted()
    asns = sender.asns.sorted()
    onlyFor = sender.onlyFor.map(\.name).sorted()
  }

  private var sortKey: (Int64, String) { (id, name) }

  /// A text that is equal for equal sets.
  static func text(_ senders: Set<JudgedSender>) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(senders.sorted { $0.sortKey < $1.sortKey }), as: UTF8.self)
  }

  /// The set with this text; nil if the text is not one of a set.
  static func set(_ text: String) -> Set<JudgedSender>? {
    (try? JSONDecoder().decode([JudgedSender].self, from: Data(text.utf8))).map { Set($0) }
  }

  /// The From domains whose verdicts may change if this declaration comes or goes: those of all flows that it matches, and of those
  /// whose rules compare with own domains or own networks.
  func headerFroms(_ flows: FlowStore, _ context: ClassificationContext) throws -> Set<Int64> {
    var found = try flows.headerFroms(ofKnownSenders: [id])
    for network in networks.compactMap({ CIDR($0) }) { found.formUnion(try flows.headerFroms(from: network)) }
    for host in hosts.compactMap(DomainName.init) { found.formUnion(try flows.headerFroms(fromHostsUnder: host)) }
    let isOwn = kind == KnownSender.Kind.own.rawValue
    for domain in domains.compactMap(DomainName.init) {
      found.formUnion(try flows.headerFroms(passing: domain))
      // Domains of one organisation are related, so own ones count for each other.
      if isOwn, let organisation = context.ruleContext.organisations.domain(of: domain), organisation != domain {
        found.formUnion(try flows.headerFroms(passing: organisation))
      }
    }
    if !asns.isEmpty, !context.geo.isEmpty {
      let asns = Set(asns)
      found.formUnion(try flows.headerFroms { context.geolocation(of: $0).asn.map(asns.contains) ?? false })
    }
    if isOwn, !networks.isEmpty { found.formUnion(try flows.headerFromsWithFirstHops()) }
    return try restricted(found, flows)
  }

  /// The From domains for which the declaration counts; those of records without one always do.
  private func restricted(_ found: Set<Int64>, _ flows: FlowStore) throws -> Set<Int64> {
    guard !onlyFor.isEmpty, !found.isEmpty else { return found }
    let scopes = onlyFor.compactMap(DomainName.init)
    return try found.filter { id in
      guard id != 0 else { return true }
      let name = try flows.names(ofHeaderFroms: [id]).first.flatMap(DomainName.init)
      return name.map { name in scopes.contains { name.isEqualOrUnder($0) } } ?? true
    }
  }
}
