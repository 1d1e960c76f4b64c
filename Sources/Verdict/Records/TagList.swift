/// A list of `tag=value` pairs, separated by semicolons, with the places of its tags: the form of DMARC, DKIM, MTA-STS, TLS-RPT and BIMI
/// records (RFC 6376 §3.2, RFC 9989 §4.7).
package struct TagList {
  package struct Tag {
    /// In lower case.
    package let name: String
    /// Without surrounding white space.
    package let value: String
    /// Where the tag and its value begin, in octets from 1.
    let position, valuePosition: Int
  }

  package struct Mistake {
    enum Cause: String, CaseIterable {
      case noEquals = "no-equals"
      case emptyTag = "empty-tag"
      case badName = "bad-name"
      case backslash
      case control
    }

    let cause: Cause
    let position: Int
    let text: String
  }

  package private(set) var tags: [Tag] = []
  package private(set) var mistakes: [Mistake] = []
  /// The tags that occur a second time.
  package private(set) var repeated: [Tag] = []

  /// The maximum numbers of tags that are read, and of bytes.
  private static let mostTags = 100
  static let mostBytes = 16_384

  package init(_ text: String) {
    let bytes = Array(text.utf8.prefix(Self.mostBytes))
    var start = 0
    var names: Set<String> = []
    while start < bytes.count, tags.count + mistakes.count < Self.mostTags {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: ";")) ?? bytes.count
      read(bytes[start..<end], isLast: end == bytes.count, &names)
      start = end + 1
    }
  }

  private mutating func read(_ part: ArraySlice<UInt8>, isLast: Bool, _ names: inout Set<String>) {
    let part = Self.trimmed(part)
    let text = String(decoding: part, as: UTF8.self)
    func mistake(_ cause: Mistake.Cause, at index: Int) -> Mistake {
      Mistake(cause: cause, position: index + 1, text: text)
    }
    guard !part.isEmpty else {
      // A semicolon at the end is allowed.
      if !isLast { mistakes.append(mistake(.emptyTag, at: part.startIndex)) }
      return
    }
    if part.last == UInt8(ascii: "\\") || part.first == UInt8(ascii: "\\") {
      mistakes.append(mistake(.backslash, at: part.startIndex))
      return
    }
    if let index = part.firstIndex(where: { $0 < 0x20 && !Self.isBlank($0) || $0 == 0x7f }) {
      mistakes.append(mistake(.control, at: index))
      return
    }
    guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else {
      mistakes.append(mistake(.noEquals, at: part.startIndex))
      return
    }
    let name = Self.trimmed(part[..<equals])
    guard let first = name.first, Self.isLetter(first), name.allSatisfy(Self.isNameByte) else {
      mistakes.append(mistake(.badName, at: part.startIndex))
      return
    }
    let value = Self.trimmed(part[(equals + 1)...])
    let tag = Tag(
      name: String(decoding: name, as: UTF8.self).lowercased(), value: String(decoding: value, as: UTF8.self),
      position: part.startIndex + 1, valuePosition: value.startIndex + 1)
    if names.insert(tag.name).inserted { tags.append(tag) } else { repeated.append(tag) }
  }

  package subscript(name: String) -> Tag? { tags.first { $0.name == name } }

  /// Whether the record begins with exactly this version, as all such records must.
  func begins(with name: String, _ version: String) -> Bool {
    guard let first = tags.first, first.position == 1 else { return false }
    return first.name == name && first.value == version
  }

  private static func trimmed(_ part: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let start = part.firstIndex { !isBlank($0) } ?? part.endIndex
    let end = part.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
    return part[start..<max(start, end)]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
  }
}
