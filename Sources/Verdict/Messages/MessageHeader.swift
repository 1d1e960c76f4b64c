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

  /// Labels of the summary that Gmail's page shows above a message. A message header with such fields also has one that
  /// a host added.
  private static let summary: Set = ["spf", "dkim", "dmarc"]

  /// Reads a header; without any usual field there is none.
  package init(_ bytes: [UInt8]) {
    var block: [ArraySlice<UInt8>] = []
    for whole in bytes.prefix(Self.mostBytes).split(separator: 0x0a, omittingEmptySubsequences: false) {
      let line = whole.last == 0x0d ? whole.dropLast() : whole
      if !line.isEmpty {
        if block.count < Self.mostLines { block.append(line) }
        continue
      }
      read(block)
      block = []
      if hasUsualField {
        if whole.endIndex < min(bytes.count, Self.mostBytes) { bodyStart = whole.endIndex + 1 }
        return
      }
    }
    read(block)
  }

  /// The maximum number of lines; a field may have several.
  private static let mostLines = 100_000

  /// Reads a block without empty lines; a block that is not a header leaves no fields.
  private mutating func read(_ block: [ArraySlice<UInt8>]) {
    fields = []
    var block = block[...]
    let indent = block.map { $0.prefix { $0 == 0x20 || $0 == 0x09 }.count }
    // In pasted text, every line may be indented, or folded lines may have lost their indentation.
    if let least = indent.min(), least > 0 { block = block.map { $0.dropFirst(least) }[...] }
    let isFlat = indent.min() == indent.max()
    for line in block {
      guard fields.count < Self.mostFields else { break }
      add(line, isFlat: isFlat)
    }
    let isSummary =
      fields.contains { Self.summary.contains($0.name) }
      && !fields.contains { $0.name != "from" && Self.usual.contains($0.name) }
    if !hasUsualField || isSummary { fields = [] }
  }

  private var hasUsualField: Bool { fields.contains { Self.usual.contains($0.name) } }

  /// - Parameter isFlat: whether no line is indented, so that a line that is not a field continues the one above.
  private mutating func add(_ line: ArraySlice<UInt8>, isFlat: Bool) {
    if line.first == 0x20 || line.first == 0x09 { return continueField(line, Self.trimmed(line)) }
    let colon = line.firstIndex(of: UInt8(ascii: ":")).flatMap { $0 > line.startIndex ? $0 : nil }
    let name = colon.map { Self.trimmed(line[..<$0]) } ?? []
    let isName = !name.isEmpty && name.allSatisfy { (0x21..<0x7f).contains($0) }
    guard let colon, isName, !isFlat || !name.contains(UInt8(ascii: "=")) else {
      if isFlat { continueField(line, Self.withoutWideBlanks(line)) }
      return
    }
    fields.append(
      Field(
        name: String(decoding: name, as: UTF8.self).lowercased(), value: Self.trimmed(line[(colon + 1)...]),
        line: line))
  }

  private mutating func continueField(_ line: ArraySlice<UInt8>, _ text: [UInt8]) {
    guard !fields.isEmpty else { return }
    // Append in place, because a field may have any number of lines.
    fields[fields.count - 1].append(line, text)
  }

  /// A line without the no-break spaces that web pages indent it with.
  private static func withoutWideBlanks(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var rest = line
    while rest.starts(with: [0xc2, 0xa0]) { rest = rest.dropFirst(2) }
    return trimmed(rest)
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

extension MessageHeader {
  /// The bytes of a saved file as UTF-8 without a byte order mark, because some programs save UTF-16.
  package static func decoded(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return Array(bytes.dropFirst(3)) }
    let isLittle = bytes.starts(with: [0xff, 0xfe])
    guard isLittle || bytes.starts(with: [0xfe, 0xff]) else { return bytes }
    let units = stride(from: 2, to: bytes.count - 1, by: 2).map { index in
      isLittle
        ? UInt16(truncatingIfNeeded: Int(bytes[index]) | Int(bytes[index + 1]) << 8)
        : UInt16(truncatingIfNeeded: Int(bytes[index]) << 8 | Int(bytes[index + 1]))
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
