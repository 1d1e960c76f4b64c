/// A DNS name in the form that comparisons need: lower case, no trailing dot (RFC 4343).
public struct DomainName: Hashable, Sendable, CustomStringConvertible {
  /// The name; never empty.
  public let name: String

  /// Reads a name; also cuts a local part (`user@`), and brackets of a null sender leave nothing. Nil where no name remains.
  public init?(_ text: String) {
    // Names in the store are in this form already, and are read by the hundred thousand.
    if Self.isNormal(text) {
      name = text
      return
    }
    var bytes = Array(text.utf8)
    if let at = bytes.lastIndex(of: UInt8(ascii: "@")) { bytes.removeFirst(at + 1) }
    // Only around the name: one with a blank inside is not the name without it, which may be somebody else's.
    func isAround(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") }
    while let last = bytes.last, isAround(last) || last == UInt8(ascii: ".") { bytes.removeLast() }
    bytes.removeFirst(bytes.prefix(while: isAround).count)
    guard !bytes.isEmpty else { return nil }
    let ascii = bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    let folded = String(decoding: ascii, as: UTF8.self)
    name = folded.utf8.allSatisfy { $0 < 0x80 } ? folded : folded.lowercased()
  }

  /// Whether a text is a name of lower-case ASCII without anything to be cut off.
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

  /// Whether this name is `parent` or stands below it, on a label boundary.
  public func isEqualOrUnder(_ parent: DomainName) -> Bool {
    name == parent.name || name.hasSuffix("." + parent.name)
  }

  /// The labels, leftmost first.
  public var labels: [Substring] { name.split(separator: ".") }

  /// The name itself.
  public var description: String { name }
}
