import Mustache
import Render

/// Encodes text for HTML: hidden characters become `\u{...}`, and marks become references.
///
/// Mustache would encode it by characters; a quotation mark with a combining character after it is a character of its own, which it would
/// leave alone. Here, each scalar is encoded.
struct EncodedText: MustacheContentType {
  func escapeText(_ text: String) -> String { Self.html(SafeText.people(text)) }

  static func html(_ text: String) -> String {
    guard text.utf8.contains(where: isMark) else { return text }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
      case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
      case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
      case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
      case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "\"")
      || byte == UInt8(ascii: "'")
  }
}

/// A text in its parts: commands and records are between backticks.
enum TextSpans {
  /// The parts, alternately plain and code, without backticks. An odd backtick is part of the text.
  static func of(_ text: String) -> [(text: String, isCode: Bool)] {
    var parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
    if parts.count % 2 == 0 {
      let last = parts.removeLast()
      parts[parts.count - 1] += "`" + last
    }
    return parts.enumerated().map { ($1, $0 % 2 == 1) }.filter { !$0.0.isEmpty }
  }
}
