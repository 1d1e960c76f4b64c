/// Escapes characters that a reader cannot see, and combining marks without a base character.
package struct HiddenCharacterEscaping: Sendable {
  /// The syntax of an escape.
  package enum Style: Sendable {
    /// `\u{202e}`. A literal backslash before `u{` becomes `\u{5c}`, so that escapes are unambiguous.
    case braces
    /// `\u202e`, with surrogate pairs beyond the BMP (RFC 8259 §7). For JSON text, or for the contents of a JSON string in which
    /// backslashes are escaped already.
    case json
  }

  /// Whether a text needs no escaping because it is printable ASCII without a backslash. A fast check of the bytes alone.
  package static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }
  }

  /// The text with its hidden characters escaped.
  package static func escape(_ text: String, _ style: Style) -> String {
    if isPlain(text) { return text }
    var result = ""
    var canCombine = false
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      index = scalars.index(after: index)
      if scalar.isHidden || (!canCombine && scalar.isCombiningMark)
        || (style == .braces && scalar == "\\" && scalars[index...].starts(with: "u{".unicodeScalars))
      {
        result += Self.escape(scalar, style)
        canCombine = false
      } else {
        result.unicodeScalars.append(scalar)
        canCombine = scalar != "\""
      }
    }
    return result
  }

  private static func escape(_ scalar: Unicode.Scalar, _ style: Style) -> String {
    switch style {
    case .braces: "\\u{\(String(scalar.value, radix: 16))}"
    case .json: UTF16.encode(scalar).map { $0.map(jsonEscape).joined() } ?? ""
    }
  }

  private static func jsonEscape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
