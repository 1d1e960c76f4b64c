/// An MTA-STS policy (RFC 8461 §3.2): which mail servers a domain has, and that senders must use TLS to reach them.
package struct STSPolicy: Sendable, Hashable {
  /// What senders do if the conditions are not met.
  package enum Mode: String, Sendable, Hashable {
    case enforce, testing, none
  }

  package var mode: Mode
  /// How long senders keep the policy, in seconds.
  package var maxAge: Int64
  /// Names of mail servers; `*.` stands for one label.
  package var servers: [String]

  /// Why a text is not a policy.
  package enum Mistake: Error, Sendable, Hashable {
    /// A line, counted from 1, that is not `key: value`.
    case line(Int)
    /// A key that is missing or has an invalid value.
    case key(String)
  }

  /// The maximum number of lines that are read.
  private static let mostLines = 1_000
  /// The greatest value of `max_age`, about a year in seconds.
  private static let mostSeconds: Int64 = 31_557_600

  /// Reads a policy.
  /// - Throws: ``Mistake``, the first one.
  package init(_ bytes: [UInt8]) throws(Mistake) {
    var fields: [String: String] = [:]
    servers = []
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    for (index, line) in lines.prefix(Self.mostLines).enumerated() {
      let line = line.last == 0x0d ? line.dropLast() : line
      if line.isEmpty, index > 0 { continue }
      guard let colon = line.firstIndex(of: 0x3a), line.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x09 })
      else { throw .line(index + 1) }
      let key = Self.text(line[..<colon])
      let value = Self.text(line[line.index(after: colon)...])
      if key == "mx" { servers.append(value.lowercased()) } else if fields[key] == nil { fields[key] = value }
    }
    guard fields["version"] == "STSv1" else { throw .key("version") }
    guard let mode = fields["mode"].flatMap(Mode.init) else { throw .key("mode") }
    guard let age = fields["max_age"], age.utf8.count <= 10, age.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let seconds = Int64(age), seconds <= Self.mostSeconds
    else { throw .key("max_age") }
    guard mode == .none || !servers.isEmpty, servers.allSatisfy(Self.isPattern) else { throw .key("mx") }
    (self.mode, maxAge) = (mode, seconds)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let start = bytes.drop(while: isBlank)
    let end = start.lastIndex { !isBlank($0) }
    return end.map { String(decoding: start[...$0], as: UTF8.self) } ?? ""
  }

  private static func isPattern(_ name: String) -> Bool {
    let name = name.hasPrefix("*.") ? name.dropFirst(2) : name[...]
    return (1...253).contains(name.utf8.count)
      && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e }
  }

  /// Whether the policy lists a mail server (RFC 8461 §4.1).
  package func names(_ host: String) -> Bool {
    let host = host.lowercased()
    return servers.contains { pattern in
      guard pattern.hasPrefix("*.") else { return pattern == host }
      guard let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
      return host[dot...] == pattern.dropFirst()
    }
  }
}

/// The answer of the web server that hosts a policy.
package enum STSAnswer: Sendable, Hashable {
  case text([UInt8])
  case failed(Failure, status: Int = 0)

  /// Why the policy could not be fetched. The raw values are suffixes of text codes.
  package enum Failure: String, Sendable, Hashable, CaseIterable {
    case unreachable, certificate, status, long
  }
}
