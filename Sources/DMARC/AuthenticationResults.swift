/// An Authentication-Results header field (RFC 8601): the results of the checks that a host made on a message.
///
/// ```swift
/// let field = AuthenticationResults("mx.example.net; dkim=pass header.d=example.com".utf8)
/// field?.authenticatedDomains  // [example.com]
/// ```
public struct AuthenticationResults: Sendable, Hashable {
  /// The authserv-id in lower case: the host that made the checks.
  public let host: DomainName
  /// The results, in the order of the field.
  public let results: [Result]

  /// The result of one method.
  public struct Result: Sendable, Hashable {
    /// `dkim`, `spf`, `dmarc`, ... in lower case.
    public var method: String
    /// `pass`, `fail`, ... in lower case.
    public var result: String
    /// Values by `ptype.property` in lower case: `header.d`, `smtp.mailfrom`.
    public var properties: [String: String]
  }

  /// The longest field that is parsed, in octets.
  public static let longest = 16_384

  /// Parses the value of a field; nil if it does not name a host.
  ///
  /// A field that is malformed, too long or of an unknown version has no results. It still counts as the field of its host, so a
  /// field of the same host further down must not be used instead.
  public init?(_ value: some Collection<UInt8>) {
    var scanner = Scanner(Array(value.prefix(Self.longest)))
    guard let host = scanner.host() else { return nil }
    self.host = host
    results = value.count <= Self.longest ? scanner.results() ?? [] : []
  }

  /// Domains for which DMARC or DKIM passed. A valid signature alone shows who takes responsibility for the message; SPF alone does not.
  public var authenticatedDomains: [DomainName] {
    let dkim = dkimDomains
    return dmarcDomain.map { name in [name] + dkim.filter { $0 != name } } ?? dkim
  }

  /// The From domain for which DMARC passed; nil if any DMARC result says otherwise.
  public var dmarcDomain: DomainName? {
    let found = results.filter { $0.method == "dmarc" }
    let domains = Set(found.map { $0.result == "pass" ? domain($0.properties["header.from"]) : nil })
    return domains.count == 1 ? domains.first.flatMap { $0 } : nil
  }

  /// Domains with a passing DKIM signature, without duplicates.
  public var dkimDomains: [DomainName] {
    var domains: [DomainName] = []
    for result in results where result.method == "dkim" && result.result == "pass" {
      // `header.i` is an identity at the signing domain or below it (RFC 6376 §3.5).
      guard let name = domain(result.properties["header.d"] ?? result.properties["header.i"]) else { continue }
      if !domains.contains(name) { domains.append(name) }
    }
    return domains
  }

  /// The envelope domain for which SPF passed; nil if none did.
  public var spfDomain: DomainName? {
    results.first { $0.method == "spf" && $0.result == "pass" }
      .flatMap { domain($0.properties["smtp.mailfrom"] ?? $0.properties["smtp.helo"]) }
  }

  private func domain(_ text: String?) -> DomainName? {
    guard let text, !text.utf8.contains(where: { $0 <= 0x20 }) else { return nil }
    return DomainName(text).flatMap { $0.isHostName ? $0 : nil }
  }
}

/// Parses one field byte by byte. Senders control the text of comments and quoted strings, so both are parsed by the grammar.
private struct Scanner {
  private let bytes: [UInt8]
  private var index = 0
  private static let deepestComment = 16
  private static let mostResults = 64
  private static let mostProperties = 32

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func take(_ character: Character) -> Bool {
    guard next == character.asciiValue else { return false }
    index += 1
    return true
  }

  mutating func host() -> DomainName? {
    guard skip(), let id = value(), !id.utf8.contains(where: { $0 <= 0x20 }), let host = DomainName(id), host.isHostName
    else { return nil }
    return host
  }

  /// Parses what follows the host; nil if it is malformed.
  mutating func results() -> [AuthenticationResults.Result]? {
    guard skip() else { return nil }
    if next != UInt8(ascii: ";") {
      guard let version = word(), version == "1", skip() else { return nil }
    }
    var results: [AuthenticationResults.Result] = []
    while take(";") {
      guard skip() else { return nil }
      // The grammar does not allow a trailing semicolon, but some hosts write one.
      if next == nil { break }
      guard let method = word()?.lowercased(), skip() else { return nil }
      if method == "none", next == nil { break }
      guard results.count < Self.mostResults, let result = result(method) else { return nil }
      results.append(result)
    }
    return next == nil ? results : nil
  }

  /// Parses what follows the name of a method, up to the next semicolon.
  private mutating func result(_ method: String) -> AuthenticationResults.Result? {
    if take("/") {
      guard skip(), word() == "1", skip() else { return nil }
    }
    guard take("="), skip(), let result = word(), skip() else { return nil }
    var properties: [String: String] = [:]
    while let byte = next, byte != UInt8(ascii: ";") {
      guard properties.count < Self.mostProperties, let (name, value) = property() else { return nil }
      // If a property occurs twice, it is unknown which of the values was checked.
      properties[name] = properties[name] == nil ? value : ""
    }
    return .init(method: method, result: result.lowercased(), properties: properties)
  }

  /// `ptype.property=value`; also `reason="..."`, and words without a type that some hosts write.
  private mutating func property() -> (name: String, value: String)? {
    guard var name = word()?.lowercased(), skip() else { return nil }
    if take(".") {
      guard skip(), let rest = word(), skip() else { return nil }
      name += "." + rest.lowercased()
    }
    guard take("="), skip(), let value = value(), skip() else { return nil }
    return (name, value)
  }

  /// Letters, digits, hyphens, underscores.
  private mutating func word() -> String? {
    let start = index
    while let byte = next,
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
        || byte == 0x5f
    { index += 1 }
    return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
  }

  /// A token, a quoted string, or an address with either part quoted. In practice base64 is written unquoted.
  private mutating func value() -> String? {
    var text: [UInt8] = []
    let start = index
    while let byte = next, byte > 0x20, byte != UInt8(ascii: ";"), byte != UInt8(ascii: "("), byte != 0x7f {
      if byte == UInt8(ascii: ")") { return nil }
      if byte == UInt8(ascii: "\"") {
        guard let quoted = quotedString() else { return nil }
        text += quoted
      } else {
        text.append(byte)
        index += 1
      }
    }
    return index > start ? String(decoding: text, as: UTF8.self) : nil
  }

  private mutating func quotedString() -> [UInt8]? {
    var text: [UInt8] = []
    index += 1
    while let byte = next {
      index += 1
      if byte == UInt8(ascii: "\"") { return text }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = next else { return nil }
        text.append(escaped)
        index += 1
      } else {
        text.append(byte)
      }
    }
    return nil
  }

  /// Skips white space and comments (RFC 5322 §3.2.2); false if a comment is unterminated or nested too deep.
  private mutating func skip() -> Bool {
    var depth = 0
    while let byte = next {
      switch byte {
      case 0x20, 0x09, 0x0d, 0x0a: break
      case UInt8(ascii: "("):
        depth += 1
        if depth > Self.deepestComment { return false }
      case UInt8(ascii: ")") where depth > 0: depth -= 1
      case UInt8(ascii: "\\") where depth > 0: index += 1
      default:
        if depth == 0 { return true }
      }
      index += 1
    }
    index = min(index, bytes.count)
    return depth == 0
  }
}
