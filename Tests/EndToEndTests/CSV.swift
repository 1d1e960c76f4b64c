import Foundation

/// A strict reader of CSV (RFC 4180).
enum CSV {
  struct Malformed: Error { var place: String }

  /// Rows of cells.
  static func rows(_ text: String) throws -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var rest = text.replacing("\r\n", with: "\n")[...]
    while !rest.isEmpty {
      row.append(try cell(&rest))
      let end = rest.popFirst()
      guard end != "," else { continue }
      guard end == "\n" else { throw Malformed(place: String(rest.prefix(40))) }
      rows.append(row)
      row = []
    }
    guard row.isEmpty else { throw Malformed(place: "the last row has no end") }
    return rows
  }

  private static func cell(_ rest: inout Substring) throws -> String {
    guard rest.first == "\"" else {
      let plain = rest.prefix { $0 != "," && $0 != "\n" }
      guard !plain.contains("\"") else { throw Malformed(place: String(plain)) }
      rest = rest[plain.endIndex...]
      return String(plain)
    }
    rest.removeFirst()
    var text = ""
    while let character = rest.popFirst() {
      if character != "\"" {
        text.append(character)
      } else if rest.first == "\"" {
        text.append(rest.removeFirst())
      } else {
        return text
      }
    }
    throw Malformed(place: "a quote without an end")
  }
}

/// Finds repeated keys in JSON objects, which Foundation does not report.
enum JSONKeys {
  struct Twice: Error { var key: String }

  /// - Throws: ``Twice``, and what Foundation throws for text that is not JSON.
  static func check(_ text: String) throws {
    _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    // The text is valid, so only strings and brackets matter.
    var open: [Set<String>] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["): open.append([])
      case UInt8(ascii: "}"), UInt8(ascii: "]"): open.removeLast()
      case UInt8(ascii: "\""):
        let string = string(&rest)
        guard rest.drop(while: { $0 == 0x20 || $0 == 0x0a }).first == UInt8(ascii: ":") else { continue }
        guard open[open.count - 1].insert(string).inserted else { throw Twice(key: string) }
      default: break
      }
    }
  }

  private static func string(_ rest: inout Substring.UTF8View) -> String {
    var bytes: [UInt8] = []
    while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
      bytes.append(byte)
      if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() { bytes.append(escaped) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
