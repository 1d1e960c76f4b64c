import DMARC

/// Encodes untrusted text for its output. Anyone can send a report.
package enum SafeText {
  /// Encodes text for one line of a terminal: hidden characters, including line ends, become `\u{...}`.
  ///
  /// A literal backslash before `u{` becomes `\u{5c}`, so escaping twice changes the text. Escape once, when printing.
  package static func terminal(_ text: String) -> String { HiddenCharacterEscaping.escape(text, .braces) }

  /// Encodes text for one line that people read: as for a terminal, and internationalised names with their U-labels.
  package static func people(_ text: String) -> String { terminal(InternationalText.annotated(text)) }

  /// Encodes text for a CSV cell (RFC 4180): hidden characters become `\u{...}`, the cell is quoted if necessary, and a spreadsheet never
  /// evaluates it as a formula.
  package static func csvCell(_ text: String) -> String {
    let bytes = text.utf8
    if bytes.allSatisfy(isHarmless), !(bytes.first.map(isFormulaStart) ?? false) { return text }
    return cell(terminal(text), isFormula: startsFormula(text.unicodeScalars[...]))
  }

  /// Encodes JSON text for a CSV cell; it stays valid JSON: hidden characters become `\uXXXX`.
  static func csvCell(json: String) -> String {
    let isPlain = json.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: ";") }
    return cell(isPlain ? json : HiddenCharacterEscaping.escape(json, .json), isFormula: false)
  }

  private static func cell(_ text: String, isFormula: Bool) -> String {
    let bytes = text.utf8
    let isQuoted = bytes.contains(where: needsQuotes)
    if !isFormula, !isQuoted { return text }
    var cell = isFormula ? "'" : ""
    cell += defusedInside(text)
    if isQuoted {
      // By bytes, because iterating over characters takes several times as long and exports can be long.
      var quoted: [UInt8] = [UInt8(ascii: "\"")]
      quoted.reserveCapacity(cell.utf8.count + 8)
      for byte in cell.utf8 {
        if byte == UInt8(ascii: "\"") { quoted.append(byte) }
        quoted.append(byte)
      }
      quoted.append(UInt8(ascii: "\""))
      return String(decoding: quoted, as: UTF8.self)
    }
    return cell
  }

  /// If semicolons separate cells, as in many locales, a formula could start after a semicolon within a cell.
  private static func defusedInside(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: ";")) else { return text }
    var result = ""
    var rest = text.unicodeScalars[...]
    while let semicolon = rest.firstIndex(of: ";") {
      let next = rest.index(after: semicolon)
      result += String(rest[..<next])
      rest = rest[next...]
      if startsFormula(rest) { result += "'" }
    }
    return result + String(rest)
  }

  /// Whether a spreadsheet could evaluate this as a formula (OWASP, CSV injection): a formula sign, in any of the widths that some
  /// spreadsheets fold, after white space and hidden characters; or a leading tab, carriage return or line feed.
  private static func startsFormula(_ text: Substring.UnicodeScalarView) -> Bool {
    if let first = text.first, ["\t", "\r", "\n"].contains(first) { return true }
    guard let first = text.first(where: { !$0.properties.isWhitespace && !$0.isHidden && $0 != "\"" }) else {
      return false
    }
    return formulaSigns.contains(first)
  }

  private static let formulaSigns: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "|", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}", "\u{ff5c}", "\u{fe62}", "\u{fe63}",
    "\u{fe66}", "\u{fe6b}", "\u{2212}", "\u{207a}", "\u{207b}", "\u{207c}", "\u{208a}", "\u{208b}", "\u{208c}",
  ]

  /// Whether a byte is harmless anywhere in a cell except at its start.
  private static func isHarmless(_ byte: UInt8) -> Bool {
    (0x20..<0x7f).contains(byte) && !needsQuotes(byte) && byte != UInt8(ascii: "\\")
  }

  /// Whether a byte is dangerous at the start of a cell.
  private static func isFormulaStart(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "|")
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte < 0x20
  }
}
