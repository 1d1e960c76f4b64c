import DMARC
import Verdict
import Yams

/// Reading the known senders of the configuration.
extension ConfigurationReader {
  private enum SenderKey: String, CaseIterable {
    case name, kind, addresses, domains, hosts, asns
  }

  func sender(_ node: Node) throws -> KnownSender {
    var sender = KnownSender(name: "", kind: .service)
    try fields(of: node, SenderKey.self) { key, value in
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
      }
    }
    if sender.name.isEmpty { throw failure(node, "a known sender needs a name") }
    if sender.isUnrecognisable {
      throw failure(node, "\"\(sender.name)\" needs at least one of addresses, domains, hosts or asns")
    }
    return sender
  }

  func checkUnique(_ names: [String]) throws {
    let twice = Dictionary(grouping: names, by: { $0 }).first { $0.value.count > 1 }
    if let twice { throw SettingsError(file: path, "\"\(twice.key)\" is declared twice in known_senders") }
  }
}
