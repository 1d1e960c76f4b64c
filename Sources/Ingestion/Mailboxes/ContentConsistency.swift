import Foundation
import IMAP

/// Whether a server has given a whole message, or something else in its place: nothing, a part of it, or a message of its own that says so.
///
/// Sizes that a server announces are often estimates: Exchange announces the size in its store where it does not know that of the message,
/// others count line ends or fields that they add in another way. So a content of another size is doubtful, and what is found in it
/// decides: see ``Doubt``.
struct ContentConsistency {
  /// The first bytes of the content.
  private var head: [UInt8] = []
  /// The last bytes of the content.
  private var tail: [UInt8] = []
  private(set) var count: Int64 = 0
  /// Whether there is anything but white space and NUL behind the first bytes.
  private var hasMore = false
  private var hasHole = false
  /// NULs at the end of what has come.
  private var nulls = 0

  private static let headBytes = 16 << 10
  private static let tailBytes = 1 << 10
  /// A difference of so many bytes, and of a tenth, says nothing about a content.
  private static let tolerance: Int64 = 512
  /// So many NULs in a row are a hole: a block of a file that was never written.
  private static let holeBytes = 64
  /// A body of so much white space is not what anybody has sent.
  private static let blankBytes = 64

  /// Looks at more of the content.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    count += Int64(bytes.count)
    let rest = bytes.dropFirst(Self.headBytes - head.count)
    if head.count < Self.headBytes { head += bytes.prefix(Self.headBytes - head.count) }
    if !hasMore { hasMore = rest.contains { !Self.isBlank($0) } }
    if !hasHole { lookForHole(bytes) }
    tail += bytes.suffix(Self.tailBytes)
    if tail.count > 2 * Self.tailBytes { tail.removeFirst(tail.count - Self.tailBytes) }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 && [0, 0x20, 0x09, 0x0d, 0x0a].contains(byte) }

  private mutating func lookForHole(_ bytes: UnsafeRawBufferPointer) {
    // Nearly no content has a NUL, and then this is all.
    guard let start = bytes.baseAddress, memchr(start, 0, bytes.count) != nil else {
      nulls = 0
      return
    }
    for byte in bytes {
      nulls = byte == 0 ? nulls + 1 : 0
      if nulls >= Self.holeBytes { hasHole = true }
    }
  }

  /// Whether this is another message than that whose header the server has given before.
  func isOther(than expected: MessageIdentity?) -> Bool {
    guard let expected else { return false }
    // A header longer than what is looked at says nothing by what it lacks.
    guard headerFields().bodyStart.map({ $0 < Self.headBytes }) ?? (count <= head.count) else { return false }
    return !MessageIdentity(header: head).canBe(expected)
  }

  /// Why the content is doubtful, whatever its size is.
  private func flaw(announced: Int64?, expected: MessageIdentity?) -> String? {
    let (fields, start) = headerFields()
    if hasHole { return "the server sent NULs in place of a part" }
    // Servers do hold messages without a header; they know their size, and have told of no field.
    if fields.isEmpty, announced != count || expected == nil { return "the server sent a content without a header" }
    guard let start, start < Self.headBytes else { return nil }
    let isBlank = !hasMore && head[start...].allSatisfy(Self.isBlank)
    if isBlank, count - Int64(start) > Self.blankBytes { return "the server sent a header and blank lines" }
    if isMultipart(fields), isBlank || lacksParts(fields) { return "the server sent a multipart message without parts" }
    return nil
  }

  /// Tells one content from another, nearly always.
  var fingerprint: Int {
    var hasher = Hasher()
    hasher.combine(head)
    hasher.combine(tail.suffix(Self.tailBytes))
    hasher.combine(count)
    return hasher.finalize()
  }

  /// What is wrong with the content, for a person; nil if it can be the whole message.
  /// - Parameter announced: its size as the server has announced it; nil if it has not.
  func fault(announced: Int64?) -> String? {
    // A delivery that failed can leave an empty message behind, which the server counts as such.
    if count == 0 { return announced == 0 ? nil : "the server sent an empty message" }
    if count <= head.count, head.allSatisfy({ [0x20, 0x09, 0x0d, 0x0a].contains($0) }), announced != count {
      return "the server sent an empty message"
    }
    return isPlaceholder(headerFields().fields)
      ? "the server sent a message of its own, which says that it cannot retrieve this one" : nil
  }

  /// Why the content may not be the whole message; nil if its size is that which was announced, or there is none to compare.
  /// - Parameter expected: what the server has said of the header before; nil if it has not answered that.
  func doubt(announced: Int64?, expected: MessageIdentity?) -> Doubt? {
    if count > 0, let flaw = flaw(announced: announced, expected: expected) { return Doubt(text: flaw, isStrong: true) }
    guard let announced, announced > 0, announced != count else { return nil }
    let header = headerFields()
    let difference = announced - count
    let isCut = header.bodyStart.map { isBodyCut(header.fields, from: $0) } ?? true
    let isOther = difference < 0 && value("received", header.fields).isEmpty
    let isProgressDue = abs(difference) > count / 10 + Self.tolerance
    let isStrong = isProgressDue && (difference > 0 || isOther) || difference > 0 && isCut
    guard isStrong || difference > 0 else { return nil }
    return Doubt(text: "the server sent \(count) of \(announced) bytes", isStrong: isStrong)
  }

  /// The header fields of the message, unfolded and with names in lower case, and where its body begins; nil if that has not come.
  private func headerFields() -> (fields: [(name: String, value: String)], bodyStart: Int?) {
    var fields: [(name: String, value: String)] = []
    var start = 0
    func note(_ line: ArraySlice<UInt8>) {
      if line.first == 0x20 || line.first == 0x09, !fields.isEmpty {
        fields[fields.count - 1].value += String(decoding: line, as: UTF8.self)
      } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
        fields.append(
          (
            String(decoding: line[..<colon], as: UTF8.self).lowercased(),
            String(decoding: line[(colon + 1)...].drop { $0 == 0x20 }, as: UTF8.self)
          ))
      }
    }
    while let end = head[start...].firstIndex(of: 0x0a) {
      let line = head[start..<end].last == 0x0d ? head[start..<end].dropLast() : head[start..<end]
      if line.isEmpty { return (fields, end + 1) }
      note(line)
      start = end + 1
    }
    note(head[start...])
    // A header longer than what is looked at is not cut off.
    return (fields, count > head.count ? head.count : nil)
  }

  private func value(_ name: String, _ fields: [(name: String, value: String)]) -> String {
    fields.first { $0.name == name }?.value ?? ""
  }

  private func isMultipart(_ fields: [(name: String, value: String)]) -> Bool {
    value("content-type", fields).lowercased().hasPrefix("multipart/")
  }

  /// A multipart message ends with its delimiter and two hyphens (RFC 2046 section 5.1.1); any other has at least something in its body.
  private func isBodyCut(_ fields: [(name: String, value: String)], from start: Int) -> Bool {
    guard isMultipart(fields) else { return Int64(start) >= count }
    guard let boundary = boundary(fields) else { return true }
    return !String(decoding: tail, as: UTF8.self).contains("--\(boundary)--")
  }

  /// Whether there is no delimiter between what begins and what ends the content.
  private func lacksParts(_ fields: [(name: String, value: String)]) -> Bool {
    guard let boundary = boundary(fields) else { return false }
    return ![head, tail].contains { String(decoding: $0, as: UTF8.self).contains("\n--\(boundary)") }
  }

  private func boundary(_ fields: [(name: String, value: String)]) -> Substring? {
    let type = value("content-type", fields)
    guard let parameter = type.firstRange(of: /(?i)boundary=/) else { return nil }
    let rest = type[parameter.upperBound...]
    return rest.hasPrefix("\"") ? rest.dropFirst().prefix { $0 != "\"" } : rest.prefix { $0 != ";" && $0 != " " }
  }

  /// Exchange and Microsoft 365 send this in place of a message that they cannot convert. It never travelled, so it has no Received
  /// field, which a message that somebody sends cannot do without.
  private func isPlaceholder(_ fields: [(name: String, value: String)]) -> Bool {
    guard value("received", fields).isEmpty else { return false }
    let isFromServer = value("from", fields).drop { $0 == "\"" }.lowercased().hasPrefix("microsoft exchange")
    let subject = value("subject", fields).lowercased()
    return isFromServer && (subject.contains("imap4") || value("message-id", fields).isEmpty)
      || subject.contains("retrieval using the imap4 protocol failed")
  }
}

/// Why a content may not be the whole message. A whole report that is found in it dispels any doubt.
struct Doubt: Sendable {
  /// What is wrong, for a person.
  let text: String
  /// Whether the content is not taken for the message unless a whole report is in it. A weak doubt, of a content that is a little short,
  /// only tells where the end of a report has gone that ends too early.
  let isStrong: Bool
}
