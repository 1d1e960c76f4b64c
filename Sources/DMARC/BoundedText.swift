/// Truncates untrusted text to a number of bytes without making different texts equal.
///
/// A truncated text carries `~` and a hash of the whole text in hexadecimal. The hash (64-bit FNV-1a) protects against accidents, not
/// against attackers: an attacker who constructs a collision merges only texts of his own.
package enum BoundedText {
  /// `~` and 16 digits.
  private static let markLength = 17

  /// The smallest limit, in bytes, that leaves some of the text next to the hash.
  package static let leastLimit = 32

  /// The start of a text followed by the hash, or the whole text if it fits; at most `limit` bytes of UTF-8.
  package static func head(_ text: String, limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    return bytes(text) { String(decoding: head($0, limit: limit), as: UTF8.self) }
  }

  /// The end of a text preceded by the hash, for names whose end matters most, such as domains.
  package static func tail(_ text: String, limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    return bytes(text) { String(decoding: tail($0, limit: limit), as: UTF8.self) }
  }

  /// The start of UTF-8 text followed by the hash; at most `limit` bytes.
  package static func head(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> [UInt8] {
    guard bytes.count > limit else { return Array(bytes) }
    var end = max(0, limit - markLength)
    while end > 0, isContinuation(bytes[end]) { end -= 1 }
    return bytes[..<end] + mark(bytes)
  }

  /// The end of UTF-8 text preceded by the hash, starting after a dot or `@` if there is one; at most `limit` bytes.
  package static func tail(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> [UInt8] {
    guard bytes.count > limit else { return Array(bytes) }
    var start = min(bytes.count, bytes.count - limit + markLength + 1)
    var joint = UInt8(ascii: ".")
    if let dot = bytes[start...].dropLast().firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "@") }) {
      start = dot + 1
      joint = bytes[dot]
    }
    while start < bytes.count, isContinuation(bytes[start]) { start += 1 }
    return mark(bytes) + [joint] + bytes[start...]
  }

  /// The start of a text without a hash, at most `limit` bytes of UTF-8. For text that only people read.
  package static func plain(_ text: String, limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    return bytes(text) { bytes in
      var end = max(0, limit - 3)
      while end > 0, isContinuation(bytes[end]) { end -= 1 }
      return String(decoding: bytes[..<end], as: UTF8.self) + "…"
    }
  }

  private static func bytes<Value>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
    var text = text
    return text.withUTF8(body)
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }

  private static func mark(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let digits = Array("0123456789abcdef".utf8)
    return [UInt8(ascii: "~")] + (0..<16).map { digits[Int(hash >> (60 - 4 * UInt64($0)) & 15)] }
  }
}
