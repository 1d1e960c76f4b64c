import Foundation

/// Detects a secret in text from the server, and replaces any text that repeats it.
///
/// Only letters and digits are compared, ignoring case, so that separators between them do not hide a secret. A match
/// is any eight consecutive characters of the secret in one of these encodings: plain, ROT13, base64 applied once or
/// twice, its bytes in hexadecimal or decimal, also as escapes; each forwards and backwards. The whole text is
/// replaced, because the remainder may reveal as much as the match.
package struct SecretMask: Sendable {
  /// All substrings of ``partBytes`` characters of the encodings of the secret.
  private let parts: Set<[UInt8]>
  /// Encodings that are shorter than ``partBytes``.
  private let short: Set<[UInt8]>

  /// Shown in place of a masked text.
  static let substitute = "***"

  /// Number of consecutive characters of an encoding that count as a match.
  private static let partBytes = 8
  /// Longer texts are truncated to this many bytes.
  private static let maxBytes = 4_096
  /// Shorter secrets and encodings are not searched for, because they would match ordinary text.
  private static let minBytes = 4

  /// A mask that hides nothing.
  package init() {
    parts = []
    short = []
  }

  /// A mask for secrets, and for SASL messages that contain them.
  package init(_ secrets: [String], messages: [[UInt8]] = []) {
    var encodings: [[UInt8]] = []
    for secret in secrets where secret.utf8.count >= Self.minBytes {
      let bytes = Array(secret.utf8)
      let wide = secret.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
      encodings += [bytes, Self.hexadecimal(bytes), Self.hexadecimal(wide), Self.decimal(bytes)]
      encodings += ["x", "u00"].map { Self.hexadecimal(bytes, before: $0) } + [Self.rotated(bytes)]
      for shift in 0..<3 {
        let once = Self.base64(bytes, shift)
        encodings += [once, Self.base64(wide, shift)] + (0..<3).map { Self.base64(once, $0) }
      }
    }
    let texts = messages.map { Array(Base64.text($0).utf8) }
    encodings += texts + texts.flatMap { text in (0..<3).map { Self.base64(text, $0) } }
    let plain = encodings.map(Self.significant).filter { $0.count >= Self.minBytes }
    let all = plain + plain.map { $0.reversed() }
    short = Set(all.filter { $0.count < Self.partBytes })
    parts = Set(
      all.filter { $0.count >= Self.partBytes }.flatMap { bytes in
        (0...(bytes.count - Self.partBytes)).map { Array(bytes[$0..<($0 + Self.partBytes)]) }
      })
  }

  /// Whether a text repeats the secret, or a part of it.
  package func isRepeated(in text: String) -> Bool {
    guard !parts.isEmpty || !short.isEmpty else { return false }
    let bytes = Array(text.utf8.prefix(Self.maxBytes))
    return containsMatch(Self.significant(bytes)) || containsMatch(Self.significant(Self.decoded(bytes)))
  }

  private func containsMatch(_ text: [UInt8]) -> Bool {
    Self.containsMatch(text, parts, Self.partBytes)
      || Dictionary(grouping: short, by: \.count).contains { Self.containsMatch(text, Set($1), $0) }
  }

  /// The text with percent encoding (URLs) and quoted-printable encoding decoded.
  private static func decoded(_ text: [UInt8]) -> [UInt8] {
    var decoded: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] == 0x25 || text[index] == 0x3d, index + 2 < text.count,
        let byte = UInt8(String(decoding: text[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(text[index])
        index += 1
      }
    }
    return decoded
  }

  /// The text, truncated to 4,096 bytes, or `***` if it repeats the secret.
  package func masked(_ text: String) -> String {
    if isRepeated(in: text) { return Self.substitute }
    return text.utf8.count <= Self.maxBytes
      ? text : String(decoding: Array(text.utf8.prefix(Self.maxBytes)), as: UTF8.self)
  }

  private static func containsMatch(_ text: [UInt8], _ needles: Set<[UInt8]>, _ length: Int) -> Bool {
    guard text.count >= length else { return false }
    return (0...(text.count - length)).contains { needles.contains(Array(text[$0..<($0 + length)])) }
  }

  /// The bytes that are compared: ASCII letters in lower case, digits, and all bytes that are not ASCII.
  private static func significant(_ text: [UInt8]) -> [UInt8] {
    text.compactMap { byte in
      switch byte {
      case 0x30...0x39, 0x61...0x7a, 0x80...0xff: byte
      case 0x41...0x5a: byte | 0x20
      default: nil
      }
    }
  }

  private static func hexadecimal(_ bytes: [UInt8], before: String = "") -> [UInt8] {
    Array(bytes.map { before + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined().utf8)
  }

  /// ROT13.
  private static func rotated(_ bytes: [UInt8]) -> [UInt8] {
    significant(bytes).map { (0x61...0x7a).contains($0) ? ($0 - 0x61 + 13) % 26 + 0x61 : $0 }
  }

  private static func decimal(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.map { String($0) }.joined().utf8) }

  /// The base64 characters that depend only on these bytes, if `shift` other bytes, modulo three, precede them.
  private static func base64(_ bytes: [UInt8], _ shift: Int) -> [UInt8] {
    let text = Array(Base64.text([UInt8](repeating: 0, count: shift) + bytes).utf8)
    let start = [0, 2, 3][shift]
    let end = (shift + bytes.count) * 8 / 6
    return start < end ? Array(text[start..<end]) : []
  }
}

extension Credentials {
  /// A mask for the secret and for the SASL messages that contain it.
  func mask(_ endpoint: Endpoint) -> SecretMask {
    SecretMask(
      [secretText], messages: Mechanism.allCases.filter { $0 != .login }.map { message($0, endpoint) })
  }
}
