import DMARC

/// Text from reports, made fit for where it goes. Anybody can write a report.
public enum SafeText {
  /// One line for a terminal: hidden characters become `\u{...}`, line ends included.
  ///
  /// A literal backslash before `u{` becomes `\u{5c}`, so escaping text twice changes it: escape once, where it is printed.
  public static func terminal(_ text: String) -> String { HiddenCharacterEscaping.escape(text, .braces) }

  /// For a CSV cell (RFC 4180): hidden characters become `\u{...}`, the cell is quoted where needed, and a spreadsheet never
  /// runs it as a formula.
  public static func csvCell(_ text: String) -> String {
    let bytes = text.utf8
    if bytes.allSatisfy(isHarmless), !(bytes.first.map(isFormulaStart) ?? false) { return text }
    return cell(terminal(text), isFormula: startsFormula(text.unicodeScalars[...]))
  }

  /// For a CSV cell with JSON text in it, which stays JSON text: hidden characters become `\uXXXX`.
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
      // Byte by byte: going through characters takes several times as long, and exports can be long.
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

  /// Where a semicolon separates cells, as in many locales, a formula could begin after one inside a cell.
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

  /// Whether a spreadsheet could take this for a formula (OWASP, CSV injection): a formula sign, in any of the widths that some
  /// spreadsheets fold, after blanks and hidden characters; or a leading tab, carriage return or line feed.
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

  /// Printable ASCII that stands for itself anywhere in a cell but at its beginning.
  private static func isHarmless(_ byte: UInt8) -> Bool {
    (0x20..<0x7f).contains(byte) && !needsQuotes(byte) && byte != UInt8(ascii: "\\")
  }

  /// What is not harmless as the first byte of a cell.
  private static func isFormulaStart(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "|")
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte < 0x20
  }
}
