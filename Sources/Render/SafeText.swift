/// Text from reports, made fit for where it goes. Reports are written by anybody.
public enum SafeText {
  /// For a terminal: control characters, and those that turn the direction of writing, become `\u{...}`.
  public static func terminal(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isUnsafe(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f...0x9f, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
    default: false
    }
  }

  /// For a CSV cell (RFC 4180): quoted where needed, and never run as a formula by a spreadsheet.
  ///
  /// A cell that begins with `=`, `+`, `-`, `@`, tab or carriage return gets an apostrophe before it (OWASP, CSV injection).
  public static func csvCell(_ text: String) -> String {
    let bytes = text.utf8
    guard let first = bytes.first else { return text }
    let isFormula = formulaStarts.contains(first)
    let isQuoted = bytes.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") || $0 == 0x0a || $0 == 0x0d }
    if !isFormula, !isQuoted { return text }
    // Byte by byte: going through characters takes several times as long, and exports can be long.
    var cell: [UInt8] = []
    cell.reserveCapacity(bytes.count + 8)
    if isQuoted { cell.append(UInt8(ascii: "\"")) }
    if isFormula { cell.append(UInt8(ascii: "'")) }
    for byte in bytes {
      if byte == UInt8(ascii: "\"") { cell.append(byte) }
      cell.append(byte)
    }
    if isQuoted { cell.append(UInt8(ascii: "\"")) }
    return String(decoding: cell, as: UTF8.self)
  }

  private static let formulaStarts = Array("=+-@\t\r".utf8)
}
