import Foundation

/// The public key of a DKIM record (RFC 6376 §3.6.1, RFC 8463 §4).
package enum DKIMKey: Sendable, Hashable {
  /// An RSA key with a modulus of this many bits.
  case rsa(bits: Int)
  case ed25519

  /// Why a key cannot be used.
  enum Mistake: Error, Hashable {
    /// A character that base64 does not have, at an octet of the value, from 1; or a wrong length, at its end.
    case base64(at: Int)
    case format
    case unknownType
  }

  /// Reads the value of `p=` for a key type.
  static func read(_ value: String, type: String) throws(Mistake) -> DKIMKey {
    let bytes = try decoded(value)
    switch type {
    case "rsa":
      guard let bits = RSAKeyText.bits(bytes), bits > 0 else { throw .format }
      return .rsa(bits: bits)
    case "ed25519":
      guard bytes.count == 32 else { throw .format }
      return .ed25519
    default: throw .unknownType
    }
  }

  private static func decoded(_ value: String) throws(Mistake) -> [UInt8] {
    var text: [UInt8] = []
    var isPadding = false
    for (index, byte) in value.utf8.enumerated() {
      if byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a { continue }
      let isSign = byte == UInt8(ascii: "=")
      guard isSign || (!isPadding && isBase64(byte)) else { throw .base64(at: index + 1) }
      isPadding = isPadding || isSign
      text.append(byte)
    }
    guard let data = Data(base64Encoded: Data(text)) else { throw .base64(at: value.utf8.count) }
    return Array(data)
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "/")
  }
}

/// Reads the length of an RSA key from its DER form.
private enum RSAKeyText {
  /// `rsaEncryption` (RFC 8017 A.1).
  private static let identifier: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]
  private static let sequence: UInt8 = 0x30
  private static let integer: UInt8 = 0x02
  private static let bitString: UInt8 = 0x03
  private static let objectIdentifier: UInt8 = 0x06

  /// The bits of the modulus in a SubjectPublicKeyInfo (RFC 5280 §4.1) or a bare RSAPublicKey (RFC 8017 A.1.1); nil if it is neither.
  static func bits(_ bytes: [UInt8]) -> Int? {
    var outer = DERReader(bytes[...])
    guard var content = outer.read(sequence).map(DERReader.init), outer.isAtEnd else { return nil }
    guard content.next == sequence else { return modulus(&content) }
    guard var algorithm = content.read(sequence).map(DERReader.init),
      algorithm.read(objectIdentifier).map(Array.init) == identifier, let key = content.read(bitString),
      key.first == 0, content.isAtEnd
    else { return nil }
    var inner = DERReader(key.dropFirst())
    guard var numbers = inner.read(sequence).map(DERReader.init), inner.isAtEnd else { return nil }
    return modulus(&numbers)
  }

  private static func modulus(_ reader: inout DERReader) -> Int? {
    guard let modulus = reader.read(integer), let exponent = reader.read(integer), reader.isAtEnd, !exponent.isEmpty
    else { return nil }
    let digits = modulus.drop { $0 == 0 }
    guard let first = digits.first else { return nil }
    return digits.count * 8 - first.leadingZeroBitCount
  }
}

/// Reads DER values one after the other (X.690 §8.1).
private struct DERReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }
  /// The tag of the next value.
  var next: UInt8? { rest.first }

  /// The content of the next value; nil if it has another tag or is cut off.
  mutating func read(_ tag: UInt8) -> ArraySlice<UInt8>? {
    guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
    var length = Int(first)
    if first >= 0x80 {
      let count = Int(first & 0x7f)
      // Keys are short: a length of more than two bytes is a mistake.
      guard (1...2).contains(count), rest.count >= count else { return nil }
      length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(count)
    }
    guard rest.count >= length else { return nil }
    defer { rest = rest.dropFirst(length) }
    return rest.prefix(length)
  }
}
