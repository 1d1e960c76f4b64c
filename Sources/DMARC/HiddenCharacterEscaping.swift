/// Replaces hidden characters, and combining marks with nothing of the text to combine with.
package struct HiddenCharacterEscaping: Sendable {
  /// How an escape is written.
  package enum Style: Sendable {
    /// `\u{202e}`; a backslash before `u{` becomes `\u{5c}`, so that every escape can be told from text.
    case braces
    /// `\u202e`, in surrogate pairs beyond the BMP (RFC 8259 §7). For JSON text, or for the inside of a JSON string in which
    /// backslashes are doubled already.
    case json
  }

  /// Whether text can be shown as it is, judged by its bytes alone: printable ASCII without a backslash.
  package static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }
  }

  /// Text with escapes in place of what a reader could not see.
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
