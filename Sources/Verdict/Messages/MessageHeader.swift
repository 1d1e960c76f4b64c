/// The header of a message as a person saves it: a file, a paste from a mail program, or the header alone (RFC 5322 §2.2).
package struct MessageHeader: Sendable, Hashable {
  /// A field with its folded lines joined.
  package struct Field: Sendable, Hashable {
    /// In lower case.
    package let name: String
    /// As sent, without surrounding white space.
    package private(set) var value: [UInt8]
    /// The lines of the field as they are, each with CRLF at its end.
    package private(set) var lines: [UInt8]

    fileprivate init(name: String, value: [UInt8], line: ArraySlice<UInt8>) {
      self.name = name
      self.value = value
      lines = line + MessageHeader.lineEnd
    }

    fileprivate mutating func append(_ line: ArraySlice<UInt8>, _ trimmed: [UInt8]) {
      value.append(0x20)
      value += trimmed
      lines += line
      lines += MessageHeader.lineEnd
    }

    /// A field with other lines.
    package func withLines(_ lines: some Sequence<UInt8>) -> Field {
      var field = self
      field.lines = Array(lines)
      return field
    }

    /// The value as text; octets that are not UTF-8 are replaced.
    package var text: String { String(decoding: value, as: UTF8.self) }
  }

  /// The fields from the top: hosts add theirs above those that they received.
  package private(set) var fields: [Field] = []
  /// The offset of the body in the bytes that were read; nil if they end with the header, or if not all of the header was read.
  package private(set) var bodyStart: Int?

  /// The maximum number of fields, and of bytes, that are read.
  private static let mostFields = 2_000
  package static let mostBytes = 1 << 20

  /// Those of which a header has at least one. What precedes the first is not part of it, such as the summary of a web page.
  private static let usual: Set = ["from", "received", "return-path", "authentication-results", "delivered-to"]

  /// Reads a header; without any usual field there is none.
  package init(_ bytes: [UInt8]) {
    for whole in bytes.prefix(Self.mostBytes).split(separator: 0x0a, omittingEmptySubsequences: false) {
      let line = whole.last == 0x0d ? whole.dropLast() : whole
      if line.isEmpty {
        if hasUsualField {
          if whole.endIndex < min(bytes.count, Self.mostBytes) { bodyStart = whole.endIndex + 1 }
          break
        }
        fields = []
        continue
      }
      guard fields.count < Self.mostFields else { break }
      add(line)
    }
    if !hasUsualField { fields = [] }
  }

  private var hasUsualField: Bool { fields.contains { Self.usual.contains($0.name) } }

  private mutating func add(_ line: ArraySlice<UInt8>) {
    if line.first == 0x20 || line.first == 0x09 {
      guard !fields.isEmpty else { return }
      // In place: a field may have any number of lines.
      fields[fields.count - 1].append(line, Self.trimmed(line))
      return
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return }
    let name = Self.trimmed(line[..<colon])
    guard name.allSatisfy({ (0x21..<0x7f).contains($0) }) else { return }
    fields.append(
      Field(
        name: String(decoding: name, as: UTF8.self).lowercased(), value: Self.trimmed(line[(colon + 1)...]),
        line: line))
  }

  fileprivate static let lineEnd: [UInt8] = [0x0d, 0x0a]

  private static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
    let start = text.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? text.endIndex
    let end = text.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? start
    return Array(text[start..<max(start, end)])
  }

  /// The fields of a name, from the top.
  package func all(_ name: String) -> [Field] { fields.filter { $0.name == name } }
}
