/// Recognises messages before they are parsed.
enum HeaderText {
  private static let fields: Set<String> = [
    "received", "return-path", "delivered-to", "from", "to", "subject", "date", "message-id", "mime-version",
    "content-type", "x-original-to", "authentication-results", "dkim-signature", "arc-seal", "sender", "reply-to", "cc",
    "envelope-to", "received-spf", "content-transfer-encoding", "content-disposition",
  ]

  /// Whether the bytes start with a header (RFC 5322 §2.2): the first line is a field, and one of the fields is a known one.
  static func isHeader(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    var isFirst = true
    for line in text.prefix(4_096).split(separator: 0x0a, omittingEmptySubsequences: false) {
      let line = line.last == 0x0d ? line.dropLast() : line
      if line.isEmpty { return false }
      if line.first == 0x20 || line.first == 0x09, !isFirst { continue }
      let name = fieldName(line)
      if isFirst, name == nil { return false }
      if let name, fields.contains(name) { return true }
      isFirst = false
    }
    return false
  }

  /// The name of a header field in lower case; nil if the line is not a field.
  static func fieldName(_ line: some Collection<UInt8>) -> String? {
    let name = line.prefix { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
    // White space before the colon is obsolete syntax (RFC 5322 §4.5).
    let rest = line[name.endIndex...].drop { $0 == 0x20 || $0 == 0x09 }
    guard !name.isEmpty, rest.first == UInt8(ascii: ":") else { return nil }
    return String(decoding: name, as: UTF8.self).lowercased()
  }

  /// Whether a line that starts with `From ` separates messages of an mbox file, judging by the next line or by the date in it.
  static func isSeparator(_ text: some Collection<UInt8>) -> Bool {
    let line = text.prefix { $0 != 0x0a }
    if hasDate(line) { return true }
    guard line.endIndex != text.endIndex else { return false }
    let next = text[text.index(after: line.endIndex)...].prefix { $0 != 0x0a }
    return fieldName(next) != nil
  }

  /// `From someone Thu Oct  1 06:00:00 2026`: a day, a time, a year (RFC 4155 App. A).
  static func hasDate(_ line: some Collection<UInt8>) -> Bool {
    let words = line.prefix(300).split { $0 == 0x20 || (0x09...0x0d).contains($0) }
    guard let first = words.first, first.elementsEqual("From".utf8), words.count >= 6 else { return false }
    return words.dropFirst().contains { word in days.contains { word.starts(with: $0) } }
      && words.contains { $0.count >= 5 && isTime($0) } && words.contains { $0.count == 4 && isYear($0) }
  }

  private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map { Array($0.utf8) }

  private static func isTime(_ word: some Collection<UInt8>) -> Bool {
    guard let first = word.first, isDigit(first) else { return false }
    return word.split(separator: UInt8(ascii: ":")).count >= 2
  }

  /// Whether four bytes are a year from 1970 to 2199.
  private static func isYear(_ word: some Collection<UInt8>) -> Bool {
    word.allSatisfy(isDigit) && !word.lexicographicallyPrecedes("1970".utf8)
      && word.lexicographicallyPrecedes("2200".utf8)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
