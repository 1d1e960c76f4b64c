/// The public key of a DKIM record (RFC 6376 §3.6.1, RFC 8463 §4).
package enum DKIMKey: Sendable, Hashable {
  case rsa(RSANumbers)
  /// The 32 octets of the key (RFC 8032 §5.1.5).
  case ed25519([UInt8])

  /// The numbers of an RSA key, the most significant octet first, without leading zeros.
  package struct RSANumbers: Sendable, Hashable {
    package let modulus, exponent: [UInt8]

    /// Bits of the modulus.
    package var bits: Int { modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0) }
  }

  var isRSA: Bool { if case .rsa = self { true } else { false } }

  /// Why a key cannot be used.
  package enum Mistake: Error, Hashable {
    /// A character that base64 does not have, at an octet of the value, from 1; or a wrong length, at its end.
    case base64(at: Int)
    case format
    case unknownType
  }

  /// Reads the value of `p=` for a key type.
  package static func read(_ value: String, type: String) throws(Mistake) -> DKIMKey {
    let bytes: [UInt8]
    do { bytes = try Base64Value.decode(value) } catch { throw .base64(at: error.index) }
    switch type {
    case "rsa":
      guard let numbers = RSAKeyText.numbers(bytes) else { throw .format }
      return .rsa(numbers)
    case "ed25519":
      guard bytes.count == 32 else { throw .format }
      return .ed25519(bytes)
    default: throw .unknownType
    }
  }
}

/// Reads an RSA key from its DER form.
private enum RSAKeyText {
  /// `rsaEncryption` (RFC 8017 A.1).
  private static let identifier: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]
  private static let sequence: UInt8 = 0x30
  private static let integer: UInt8 = 0x02
  private static let bitString: UInt8 = 0x03
  private static let objectIdentifier: UInt8 = 0x06

  /// The numbers in a SubjectPublicKeyInfo (RFC 5280 §4.1) or a bare RSAPublicKey (RFC 8017 A.1.1); nil if it is neither.
  static func numbers(_ bytes: [UInt8]) -> DKIMKey.RSANumbers? {
    var outer = DERReader(bytes[...])
    guard var content = outer.read(sequence).map(DERReader.init), outer.isAtEnd else { return nil }
    guard content.next == sequence else { return numbers(&content) }
    guard var algorithm = content.read(sequence).map(DERReader.init),
      algorithm.read(objectIdentifier).map(Array.init) == identifier, let key = content.read(bitString),
      key.first == 0, content.isAtEnd
    else { return nil }
    var inner = DERReader(key.dropFirst())
    guard var numbers = inner.read(sequence).map(DERReader.init), inner.isAtEnd else { return nil }
    return Self.numbers(&numbers)
  }

  private static func numbers(_ reader: inout DERReader) -> DKIMKey.RSANumbers? {
    guard let modulus = reader.read(integer), let exponent = reader.read(integer), reader.isAtEnd, !exponent.isEmpty
    else { return nil }
    let digits = modulus.drop { $0 == 0 }
    guard !digits.isEmpty else { return nil }
    return DKIMKey.RSANumbers(modulus: Array(digits), exponent: Array(exponent.drop { $0 == 0 }))
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
