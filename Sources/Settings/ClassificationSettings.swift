import DMARC
import Verdict
import Yams

/// The keys of the configuration that verdicts rest on.
extension ConfigurationReader {
  func domains(_ node: Node) throws -> [DomainName] {
    try strings(node).map { text in
      guard let domain = DomainName(text) else { throw failure(node, "\"\(text)\" is no domain name") }
      return domain
    }
  }

  /// Names of hosts as they stand in front of authentication results: letters, digits, hyphens, dots.
  func hosts(_ node: Node) throws -> [DomainName] {
    try strings(node).map { text in
      let isPlain = text.utf8.allSatisfy { byte in
        byte == 0x2d || byte == 0x2e || byte == 0x5f || (0x30...0x39).contains(byte)
          || (0x61...0x7a).contains(byte | 0x20)
      }
      guard isPlain, text.utf8.count <= 253, let name = DomainName(text) else {
        throw failure(
          node, "\"\(text)\" is not a valid host name: write it as Authentication-Results fields begin, mx.example.com")
      }
      return name
    }
  }

  /// `64500` or `AS64500`.
  func asn(_ text: String, _ node: Node) throws -> UInt32 {
    guard let number = Self.asn(text) else { throw failure(node, "\"\(text)\" is no number of an autonomous system") }
    return number
  }

  package static func asn(_ text: String) -> UInt32? {
    UInt32(text.uppercased().hasPrefix("AS") ? String(text.dropFirst(2)) : text)
  }

  func language(_ node: Node) throws -> Language {
    guard let language = Language(rawValue: try string(node)) else {
      throw failure(node, "`lang` is one of \(Language.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return language
  }

  func flag(_ node: Node) throws -> Bool {
    guard let flag = node.bool else { throw failure(node, "here should be true or false") }
    return flag
  }

  func dns(_ node: Node, _ settings: inout Configuration.DNSSettings) throws {
    let known = ["resolver", "zone", "timeout", "round_seconds", "refresh_on_ingest"]
    try fields(of: node, known: known) { key, value in
      switch key {
      case "resolver": settings.resolver = try strings(value).joined(separator: ",")
      case "zone": settings.zone = try relative(try string(value))
      case "timeout": settings.timeout = try number(value)
      case "round_seconds": settings.roundSeconds = try number(value)
      default: settings.refreshesOnIngest = try flag(value)
      }
    }
  }

  private static let counts: [String: WritableKeyPath<Thresholds, Int64> & Sendable] = [
    "origin_messages": \.originMessages, "replay_copies": \.replayCopies,
    "replay_new_infrastructures": \.replayNewInfrastructures, "small_messages": \.smallMessages,
    "spoof_messages": \.spoofMessages, "spoof_addresses": \.spoofAddresses,
  ]
  private static let shares: [String: WritableKeyPath<Thresholds, Double> & Sendable] = [
    "origin_share": \.originShare, "small_share": \.smallShare, "always_signs": \.alwaysSigns,
    "hardly_signs": \.hardlySigns,
  ]

  func thresholds(_ node: Node, _ thresholds: inout Thresholds) throws {
    try fields(of: node, known: (Array(Self.counts.keys) + Self.shares.keys).sorted()) { key, value in
      if let path = Self.counts[key] {
        thresholds[keyPath: path] = Int64(try number(value))
      } else if let path = Self.shares[key] {
        guard let share = value.float, (0...1).contains(share) else {
          throw failure(value, "here should be a share, 0 to 1")
        }
        thresholds[keyPath: path] = share
      }
    }
  }
}
