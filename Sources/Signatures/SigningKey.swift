import CNettle
import DMARC
import Verdict

/// A public key as it is published for a selector, with what it may be used for (RFC 6376 §3.6.1).
struct SigningKey {
  let key: DKIMKey
  /// The hashes that it may be used with; nil for all.
  let hashes: [String]?
  /// Whether the domain only tests it, and whether it signs for no subdomains.
  let isTesting, isStrict: Bool

  /// Fewer bits must not count (RFC 8301 §3.2).
  static let leastBits = 1_024
  /// The cost of a verification grows with the cube of the length.
  private static let mostBits = 8_192
  private static let mostExponentBytes = 32

  /// Reads the answer for a selector.
  /// - Throws: a ``KeyFault``.
  init(_ answer: DNSAnswer) throws(KeyFault) {
    switch answer.status {
    case .failure: throw .unanswered
    case .noName, .noRecords: throw .missing
    case .found: break
    }
    let records = answer.values.map { TagList($0) }
    guard let tags = records.first(where: { $0["p"] != nil }) else { throw .missing }
    guard tags.mistakes.isEmpty, tags.repeated.isEmpty, let p = tags["p"] else { throw .syntax }
    if let version = tags["v"]?.value, version != "DKIM1" { throw .syntax }
    guard !p.value.isEmpty else { throw .revoked }
    func items(_ name: String) -> [String]? {
      tags[name].map { $0.value.lowercased().split(separator: ":").map { $0.filter { !$0.isWhitespace } } }
    }
    if let services = items("s"), !services.contains("*"), !services.contains("email") { throw .service }
    do { key = try DKIMKey.read(p.value, type: tags["k"]?.value.lowercased() ?? "rsa") } catch { throw .syntax }
    if case .rsa(let numbers) = key {
      guard numbers.bits <= Self.mostBits, numbers.exponent.count <= Self.mostExponentBytes else { throw .tooLong }
    }
    hashes = items("h")
    isTesting = items("t")?.contains("y") ?? false
    isStrict = items("t")?.contains("s") ?? false
  }

  /// Bits of an RSA key; nil for others.
  var rsaBits: Int? { if case .rsa(let numbers) = key { numbers.bits } else { nil } }

  /// Whether a signature is that of a digest with this key; nil if the key does not suit the algorithm.
  func verifies(_ signature: [UInt8], of digest: [UInt8], _ algorithm: SignatureField.Algorithm) -> Bool? {
    switch key {
    case .rsa(let numbers):
      guard algorithm.keyType == "rsa", digest.count == (algorithm == .rsaSHA1 ? 20 : 32) else { return nil }
      // A signature has as many octets as the modulus; much longer ones are not worth converting.
      guard signature.count <= numbers.modulus.count else { return false }
      let result = dmarcstat_rsa_verifies(
        algorithm == .rsaSHA1 ? 1 : 0, numbers.modulus, numbers.modulus.count, numbers.exponent,
        numbers.exponent.count, digest, signature, signature.count)
      return result < 0 ? nil : result == 1
    case .ed25519(let octets):
      guard algorithm.keyType == "ed25519", octets.count == 32 else { return nil }
      // The hash is signed, not the text (RFC 8463 §3).
      return signature.count == 64 && nettle_ed25519_sha512_verify(octets, digest.count, digest, signature) == 1
    }
  }
}

/// Why a published key cannot be used.
package enum KeyFault: String, Error, Sendable, Hashable {
  /// No name server answered.
  case unanswered
  case missing
  case revoked
  case syntax
  /// `s=` excludes email.
  case service
  /// More than 8192 bits.
  case tooLong = "too-long"
}
