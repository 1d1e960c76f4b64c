package import DMARC

/// Shows internationalised domain names to people: the U-label with the A-label beside it, `bücher.example (xn--bcher-kva.example)`.
///
/// Programs, commands and records get the A-label only.
enum InternationalText {
  /// The text with U-labels in front of the names in it. Commands and records between backticks, and names that are part of another
  /// word, such as a term, an address or a URL, stay as they are.
  static func annotated(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard text.utf8.count >= prefix.count, text.contains("xn--") else { return text }
    var result: [UInt8] = []
    var isQuoted = false
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "`") { isQuoted.toggle() }
      var end = index
      while end < bytes.count, isNameByte(bytes[end]) { end += 1 }
      guard end > index else {
        result.append(bytes[index])
        index += 1
        continue
      }
      var nameEnd = end
      while nameEnd > index, bytes[nameEnd - 1] == UInt8(ascii: ".") { nameEnd -= 1 }
      let name = bytes[index..<nameEnd]
      if !isQuoted, stands(index, end, in: bytes),
        let shown = DomainName(String(decoding: name, as: UTF8.self))?.forPeople
      {
        result += Array(shown.utf8) + bytes[nameEnd..<end]
      } else {
        result += bytes[index..<end]
      }
      index = end
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static let prefix = Array("xn--".utf8)

  /// Whether a name is a word by itself.
  private static func stands(_ start: Int, _ end: Int, in bytes: [UInt8]) -> Bool {
    let before = start == 0 || " (,>\"".utf8.contains(bytes[start - 1]) || bytes[start - 1] >= 0x80
    let after = end == bytes.count || " ),>\":;".utf8.contains(bytes[end]) || bytes[end] >= 0x80
    return before && after
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "_")
  }
}

extension DomainName {
  /// The name for people: with U-labels and, in parentheses, as it is in DNS. Only the latter if they are the same, or if the former is
  /// not safe to show.
  package var forPeople: String { unicodeName.map { "\($0) (\(name))" } ?? name }
}
