/// A domain name as reported, normalised for comparison: lower case, without a trailing dot (RFC 4343), and with U-labels as A-labels
/// (RFC 5890).
///
/// It need not be valid; see ``publishable``. Labels that are not valid IDN labels are kept unchanged.
///
/// ```swift
/// let name = DomainName("Mail.Example.COM.")  // mail.example.com
/// let idn = DomainName("Bücher.example")  // xn--bcher-kva.example
/// let isOurs = DomainName("example.com").map { name?.isEqualOrUnder($0) }
/// ```
public struct DomainName: Hashable, Sendable, CustomStringConvertible {
  /// The normalised name; never empty.
  public let name: String

  /// Normalises a name. A local part (`user@`) and surrounding white space or angle brackets are removed; nil if nothing remains, as
  /// with the null sender `<>`.
  public init?(_ text: String) {
    // Stored names are normalised already, and hundreds of thousands of them are read.
    if Self.isNormal(text) {
      name = text
      return
    }
    var result = Self.trimmed(text)
    // Each step may make the next one possible, such as a dot that is ideographic.
    for _ in 0..<Self.mostRounds where result.utf8.contains(where: { $0 >= 0x80 }) {
      let next = Self.trimmed(InternationalName.ascii(result).lowercased())
      if next.utf8.elementsEqual(result.utf8) { break }
      result = next
    }
    guard !result.isEmpty else { return nil }
    name = result
  }

  private static let mostRounds = 4

  /// The name in lower-case ASCII letters, without what does not belong to it.
  private static func trimmed(_ text: String) -> String {
    var bytes = Array(text.utf8)
    if let at = bytes.lastIndex(of: UInt8(ascii: "@")) { bytes.removeFirst(at + 1) }
    // Only around the name: with white space removed from its middle it would be a different name, which may belong to someone else.
    func isAround(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") }
    while let last = bytes.last, isAround(last) || last == UInt8(ascii: ".") { bytes.removeLast() }
    bytes.removeFirst(bytes.prefix(while: isAround).count)
    return String(decoding: bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// Whether a text is normalised already: lower-case ASCII with nothing to remove.
  private static func isNormal(_ text: String) -> Bool {
    text.utf8.withContiguousStorageIfAvailable { bytes in
      guard let start = bytes.baseAddress, bytes.count > 0 else { return false }
      var index = 0
      while index < bytes.count {
        let byte = start[index]
        let isFolded = byte < 0x3c || byte > 0x5a || byte == 0x3d || byte == 0x3f  // "=" and "?"
        guard byte > 0x20, byte < 0x7f, isFolded else { return false }
        index += 1
      }
      return start[bytes.count - 1] != 0x2e  // "."
    } ?? false
  }

  /// Whether this name equals `parent` or is a subdomain of it.
  public func isEqualOrUnder(_ parent: DomainName) -> Bool {
    name == parent.name || name.hasSuffix("." + parent.name)
  }

  /// The labels, leftmost first.
  public var labels: [Substring] { name.split(separator: ".") }

  /// The name with U-labels, for people; nil if it has no A-labels, or if one is invalid, contains hidden characters or mixes alphabets
  /// that look alike (UTS #39). Always show it beside ``name``.
  public var unicodeName: String? { InternationalName.unicode(name) }

  /// The normalised name.
  public var description: String { name }
}
