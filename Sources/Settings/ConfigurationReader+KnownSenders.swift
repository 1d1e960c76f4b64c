package import DMARC
import Lookup
import Verdict
import Yams

/// Reading the known senders of the configuration.
extension ConfigurationReader {
  private enum SenderKey: String, CaseIterable {
    case name, kind, addresses, domains, hosts, asns, force
    case onlyFor = "for"
  }

  func sender(_ node: Node) throws -> KnownSender {
    var sender = KnownSender(name: "", kind: .service)
    var isForced = false
    var places: [SenderKey: Node] = [:]
    try fields(of: node, SenderKey.self) { key, value in
      places[key] = value
      switch key {
      case .name: sender.name = try string(value)
      case .kind:
        guard let kind = KnownSender.Kind(rawValue: try string(value)) else {
          throw failure(
            value, "`kind` must be one of \(KnownSender.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        sender.kind = kind
      case .addresses:
        sender.networks = try strings(value).map { text in
          guard let network = CIDR(text) else {
            throw failure(value, "\"\(text)\" is not a valid IP address or network")
          }
          return network
        }
      case .hosts: sender.hosts = try domains(value)
      case .asns: sender.asns = try strings(value).map { try asn($0, value) }
      case .domains: sender.domains = try domains(value)
      case .onlyFor: sender.onlyFor = try domains(value)
      case .force: isForced = try flag(value)
      }
    }
    if sender.name.isEmpty { throw failure(node, "a known sender needs a name") }
    if sender.isUnrecognisable {
      throw failure(node, "\"\(sender.name)\" needs at least one of addresses, domains, hosts or asns")
    }
    for key in [SenderKey.addresses, .domains, .hosts, .onlyFor] {
      if let place = places[key] { try checkReach(sender, key, place, isForced) }
    }
    return sender
  }

  /// Rejects a declaration that would vouch for strangers.
  private func checkReach(_ sender: KnownSender, _ key: SenderKey, _ place: Node, _ isForced: Bool) throws {
    var part = KnownSender(name: sender.name, kind: sender.kind)
    switch key {
    case .addresses: part.networks = sender.networks
    case .domains: part.domains = sender.domains
    case .hosts: part.hosts = sender.hosts
    default: part.onlyFor = sender.onlyFor
    }
    guard let overreach = part.overreach(isForced: isForced) else { return }
    let remedy =
      overreach.canBeForced
      ? "name what is yours, or write `force: true` if you mean it" : "name the networks that are yours"
    throw failure(place, "\"\(sender.name)\": \(overreach): \(remedy)")
  }

  func checkUnique(_ names: [String]) throws {
    let twice = Dictionary(grouping: names, by: { $0 }).first { $0.value.count > 1 }
    if let twice { throw SettingsError(file: path, "\"\(twice.key)\" is declared twice in known_senders") }
  }
}

extension KnownSender {
  /// The first part of the declaration that covers more than one operator, according to the public suffix list; nil if there is none.
  /// - Parameter isForced: whether the operator insists, so that only what can never be declared is returned.
  package func overreach(isForced: Bool) -> Overreach? {
    let suffixes = PublicSuffixList()
    let found = overreach { suffixes.organisation(of: $0) == nil }
    return isForced && found?.canBeForced == true ? everyAddress : found
  }

  private var everyAddress: Overreach? {
    networks.first { $0.length == 0 }.map(Overreach.everyAddress)
  }
}
