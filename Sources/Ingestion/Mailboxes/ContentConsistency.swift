import Foundation
import IMAP

/// Checks whether a server returned a complete message, or something else: nothing, a part of it, or a placeholder
/// message of its own.
///
/// Announced sizes are often estimates: Exchange reports the size in its store if it does not know that of the message,
/// and others count line ends or added fields differently. Content of a different size is therefore doubtful, and what
/// it contains decides: see ``ContentDoubt``.
struct ContentConsistency {
  /// The first bytes of the content.
  private var head: [UInt8] = []
  /// The last bytes of the content.
  private var tail: [UInt8] = []
  private(set) var count: Int64 = 0
  /// Whether anything but white space and NUL follows the first bytes.
  private var hasMore = false
  private var hasHole = false
  /// Number of NULs at the end of the content received so far.
  private var nulls = 0

  private static let headBytes = 16 << 10
  private static let tailBytes = 1 << 10
  /// A difference of at most this many bytes plus a tenth of the size is not significant.
  private static let tolerance: Int64 = 512
  /// This many consecutive NULs are a hole: a block of a file that was never written.
  private static let holeBytes = 64
  /// A body with more than this many bytes of only white space was not sent like that.
  private static let blankBytes = 64

  /// Adds the next bytes of the content.
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
    // Almost all content is free of NULs, so this check is usually enough.
    guard let start = bytes.baseAddress, memchr(start, 0, bytes.count) != nil else {
      nulls = 0
      return
    }
    for byte in bytes {
      nulls = byte == 0 ? nulls + 1 : 0
      if nulls >= Self.holeBytes { hasHole = true }
    }
  }

  /// Whether this is a different message from the one whose header the server returned before.
  func isOther(than expected: MessageIdentity?) -> Bool {
    guard let expected else { return false }
    // If the header is longer than the bytes kept, a missing field proves nothing.
    guard headerFields().bodyStart.map({ $0 < Self.headBytes }) ?? (count <= head.count) else { return false }
    return !MessageIdentity(header: head).canBe(expected)
  }

  /// Why the content is doubtful regardless of its size.
  private func flaw(announced: Int64?, expected: MessageIdentity?) -> String? {
    let (fields, start) = headerFields()
    if hasHole { return "the server sent NUL bytes in place of a part" }
    // Messages without a header do exist on servers; then the announced size is exact and no header field was returned
    // before.
    if fields.isEmpty, announced != count || expected == nil { return "the server sent content without a header" }
    guard let start, start < Self.headBytes else { return nil }
    let isBlank = !hasMore && head[start...].allSatisfy(Self.isBlank)
    if isBlank, count - Int64(start) > Self.blankBytes { return "the server sent a header and blank lines" }
    if isMultipart(fields), isBlank || lacksParts(fields) { return "the server sent a multipart message without parts" }
    return nil
  }

  /// A hash that distinguishes different contents, with very high probability.
  var fingerprint: Int {
    var hasher = Hasher()
    hasher.combine(head)
    hasher.combine(tail.suffix(Self.tailBytes))
    hasher.combine(count)
    return hasher.finalize()
  }

  /// What is wrong with the content, as a message for the user; nil if it may be the complete message.
  /// - Parameter announced: the size in bytes that the server announced; nil if it announced none.
  func fault(announced: Int64?) -> String? {
    // A failed delivery can leave an empty message, whose announced size is 0.
    if count == 0 { return announced == 0 ? nil : "the server sent an empty message" }
    if count <= head.count, head.allSatisfy({ [0x20, 0x09, 0x0d, 0x0a].contains($0) }), announced != count {
      return "the server sent an empty message"
    }
    return isPlaceholder(headerFields().fields)
      ? "the server sent a placeholder that says it cannot retrieve the message" : nil
  }

  /// Why the content may not be the complete message; nil if it has the announced size, or no size was announced.
  /// - Parameter expected: the header fields that the server returned before; nil if it returned none.
  func doubt(announced: Int64?, expected: MessageIdentity?) -> ContentDoubt? {
    if count > 0, let flaw = flaw(announced: announced, expected: expected) {
      return ContentDoubt(text: flaw, isStrong: true)
    }
    guard let announced, announced > 0, announced != count else { return nil }
    let header = headerFields()
    let difference = announced - count
    let isCut = header.bodyStart.map { isBodyCut(header.fields, from: $0) } ?? true
    let isOther = difference < 0 && value("received", header.fields).isEmpty
    let isProgressDue = abs(difference) > count / 10 + Self.tolerance
    let isStrong = isProgressDue && (difference > 0 || isOther) || difference > 0 && isCut
    guard isStrong || difference > 0 else { return nil }
    return ContentDoubt(text: "the server sent \(count) of \(announced) bytes", isStrong: isStrong)
  }

  /// The header fields of the message, unfolded and with names in lower case, and the offset of its body; nil if the
  /// body was not reached.
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
    // A header longer than the bytes kept is not necessarily truncated.
    return (fields, count > head.count ? head.count : nil)
  }

  private func value(_ name: String, _ fields: [(name: String, value: String)]) -> String {
    fields.first { $0.name == name }?.value ?? ""
  }

  private func isMultipart(_ fields: [(name: String, value: String)]) -> Bool {
    value("content-type", fields).lowercased().hasPrefix("multipart/")
  }

  /// A multipart message ends with its delimiter and two hyphens (RFC 2046 section 5.1.1); any other message has a body
  /// that is not empty.
  private func isBodyCut(_ fields: [(name: String, value: String)], from start: Int) -> Bool {
    guard isMultipart(fields) else { return Int64(start) >= count }
    guard let boundary = boundary(fields) else { return true }
    return !String(decoding: tail, as: UTF8.self).contains("--\(boundary)--")
  }

  /// Whether neither the first nor the last bytes contain a delimiter.
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

  /// Whether this is what Exchange and Microsoft 365 send in place of a message that they cannot convert. It was never
  /// transmitted, so it has no Received field, unlike any message that was sent.
  private func isPlaceholder(_ fields: [(name: String, value: String)]) -> Bool {
    guard value("received", fields).isEmpty else { return false }
    let isFromServer = value("from", fields).drop { $0 == "\"" }.lowercased().hasPrefix("microsoft exchange")
    let subject = value("subject", fields).lowercased()
    return isFromServer && (subject.contains("imap4") || value("message-id", fields).isEmpty)
      || subject.contains("retrieval using the imap4 protocol failed")
  }
}
