import DMARC
import Verdict
import Yams

/// Reading the keys of the configuration that affect verdicts.
extension ConfigurationReader {
  func domains(_ node: Node) throws -> [DomainName] {
    try strings(node).map { text in
      // Two names with the comma between them missing would be one that is never met.
      guard let domain = DomainName(text), !domain.name.contains(where: \.isWhitespace) else {
        throw failure(node, "\"\(text)\" is not a valid domain name")
      }
      return domain
    }
  }

  /// Host names as at the start of Authentication-Results fields: letters, digits, hyphens, underscores, dots.
  func hosts(_ node: Node) throws -> [DomainName] {
    try strings(node).map { text in
      let name = DomainName(text)
      let isPlain = (name?.name ?? text).utf8.allSatisfy { byte in
        byte == 0x2d || byte == 0x2e || byte == 0x5f || (0x30...0x39).contains(byte)
          || (0x61...0x7a).contains(byte | 0x20)
      }
      guard isPlain, text.utf8.count <= 253, !text.contains("@"), let name else {
        throw failure(
          node,
          "\"\(text)\" is not a valid host name: write it as at the start of your Authentication-Results fields, for example mx.example.com"
        )
      }
      return name
    }
  }

  /// `64500` or `AS64500`.
  func asn(_ text: String, _ node: Node) throws -> UInt32 {
    guard let number = Self.asn(text) else {
      throw failure(node, "\"\(text)\" is not a valid AS number: write 64500 or AS64500")
    }
    return number
  }

  /// The number of an autonomous system, with or without the prefix `AS`; nil if it is not valid.
  package static func asn(_ text: String) -> UInt32? {
    UInt32(text.uppercased().hasPrefix("AS") ? String(text.dropFirst(2)) : text)
  }

  /// A name of the IANA time zone database.
  func timeZone(_ node: Node) throws -> PeriodZone {
    let text = try string(node)
    if let zone = PeriodZone(name: text) { return zone }
    let near = PeriodZone.names(near: text)
    let hint = near.isEmpty ? "" : "did you mean \(near.joined(separator: ", "))? "
    throw failure(
      node,
      "\"\(text)\" is not the name of a time zone: \(hint)use a name of the IANA database, such as Asia/Tokyo, or UTC")
  }

  func language(_ node: Node) throws -> Language {
    guard let language = Language(rawValue: try string(node)) else {
      throw failure(node, "`lang` must be one of \(Language.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return language
  }

  /// The words of a pager, which no shell reads.
  func pager(_ node: Node) throws -> [String] {
    let words = node.scalar != nil ? try string(node).split(separator: " ").map(String.init) : try strings(node)
    guard words.first?.isEmpty == false, !words.contains(where: { $0.utf8.contains(0) }) else {
      throw failure(node, "`pager` needs a program, such as less")
    }
    return words
  }

  func flag(_ node: Node) throws -> Bool {
    guard let flag = node.bool else { throw failure(node, "expected true or false") }
    return flag
  }

  private enum DNSKey: String, CaseIterable {
    case resolver, zone, timeout
    case roundSeconds = "round_seconds"
    case refreshOnIngest = "refresh_on_ingest"
  }

  func dns(_ node: Node, _ settings: inout Configuration.DNSSettings) throws {
    try fields(of: node, DNSKey.self) { key, value in
      switch key {
      case .resolver: settings.resolver = try strings(value).joined(separator: ",")
      case .zone: settings.zone = try relative(try string(value))
      case .timeout: settings.timeout = try number(value)
      case .roundSeconds: settings.roundSeconds = try number(value)
      case .refreshOnIngest: settings.refreshesOnIngest = try flag(value)
      }
    }
  }

  /// In alphabetical order, as the message for an unknown key lists them.
  private enum ThresholdKey: String, CaseIterable {
    case alwaysSigns = "always_signs"
    case hardlySigns = "hardly_signs"
    case originMessages = "origin_messages"
    case originShare = "origin_share"
    case replayCopies = "replay_copies"
    case replayNewInfrastructures = "replay_new_infrastructures"
    case smallMessages = "small_messages"
    case smallShare = "small_share"
    case spoofAddresses = "spoof_addresses"
    case spoofMessages = "spoof_messages"
    case steadyDays = "steady_days"
    case steadySpan = "steady_span"
  }

  func thresholds(_ node: Node, _ thresholds: inout Thresholds) throws {
    try fields(of: node, ThresholdKey.self) { key, value in
      switch key {
      case .alwaysSigns: thresholds.alwaysSigns = try share(value)
      case .hardlySigns: thresholds.hardlySigns = try share(value)
      case .originMessages: thresholds.originMessages = Int64(try number(value))
      case .originShare: thresholds.originShare = try share(value)
      case .replayCopies: thresholds.replayCopies = Int64(try number(value))
      case .replayNewInfrastructures: thresholds.replayNewInfrastructures = Int64(try number(value))
      case .smallMessages: thresholds.smallMessages = Int64(try number(value))
      case .smallShare: thresholds.smallShare = try share(value)
      case .spoofAddresses: thresholds.spoofAddresses = Int64(try number(value))
      case .spoofMessages: thresholds.spoofMessages = Int64(try number(value))
      case .steadyDays: thresholds.steadyDays = Int64(try number(value))
      case .steadySpan: thresholds.steadySpan = Int64(try number(value))
      }
    }
  }

  private enum ReadinessKey: String, CaseIterable {
    case undecidedShare = "undecided_share"
    case days, reporters
  }

  func readiness(_ node: Node, _ thresholds: inout ReadinessThresholds) throws {
    try fields(of: node, ReadinessKey.self) { key, value in
      switch key {
      case .undecidedShare: thresholds.undecidedShare = try share(value)
      case .days: thresholds.days = Int64(try number(value))
      case .reporters: thresholds.reporters = Int64(try number(value))
      }
    }
  }

  private func share(_ node: Node) throws -> Double {
    guard let share = node.float, (0...1).contains(share) else {
      throw failure(node, "expected a number from 0 to 1")
    }
    return share
  }
}
