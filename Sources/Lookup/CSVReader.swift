/// Splits a table into rows and fields (RFC 4180). Lines may end with LF or CRLF; a byte order mark is skipped.
struct CSVReader {
  private let bytes: [UInt8]
  private var position = 0
  /// The line on which the next row begins, from 1.
  private(set) var line = 1

  /// What is wrong with a table.
  struct Problem: Error {
    /// The line, from 1.
    let line: Int
    let cause: String
  }

  /// The maximum length of a row in bytes, so that a missing quotation mark is reported near its place.
  static let mostRowBytes = 4_096
  private static let mostFields = 64

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  /// The fields of the next row; nil at the end.
  /// - Throws: ``Problem`` if a row is too long, or a quotation mark is missing.
  mutating func row() throws(Problem) -> [String]? {
    guard position < bytes.count else { return nil }
    let (start, firstLine) = (position, line)
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    while true {
      guard position < bytes.count else {
        if isQuoted { throw Problem(line: firstLine, cause: "a quotation mark is not closed") }
        break
      }
      guard position - start <= Self.mostRowBytes, fields.count < Self.mostFields else {
        throw Problem(
          line: firstLine, cause: isQuoted ? "a quotation mark is not closed" : "the line is too long")
      }
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if position < bytes.count, bytes[position] == byte {
          field.append(byte)
          position += 1
        } else {
          isQuoted = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\"") where field.isEmpty: isQuoted = true
      case UInt8(ascii: ","):
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
      case UInt8(ascii: "\n"):
        if field.last == UInt8(ascii: "\r") { field.removeLast() }
        return fields + [String(decoding: field, as: UTF8.self)]
      default: field.append(byte)
      }
    }
    return fields + [String(decoding: field, as: UTF8.self)]
  }
}
