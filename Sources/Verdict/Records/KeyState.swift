import DMARC

/// The state of a DKIM key record in the form that is compared: the key itself, because different texts may mean the
/// same.
struct KeyState: Hashable {
  enum Condition: Hashable {
    /// With the type, the length in bits, and the hash of the key.
    case usable(type: String, bits: Int, fingerprint: String)
    case revoked
    /// The record is not valid, or the key is too short (RFC 8301 §3.2). With the cause and the hash of the text.
    case unusable(cause: String, fingerprint: String)
  }

  var condition: Condition
  /// Whether the domain only tests DKIM (RFC 6376 §3.6.1, `t=y`).
  var isTesting: Bool

  /// Verifiers must not accept shorter keys, in bits (RFC 8301 §3.2).
  private static let leastBits = 1_024

  /// Reads the texts at the owner name; nil if none of them is a key record.
  init?(_ texts: [String]) {
    let texts = texts.filter { TagList($0)["p"] != nil || $0.lowercased().contains("dkim1") }.sorted()
    guard let text = texts.first else { return nil }
    let tags = TagList(text)
    isTesting =
      tags["t"]?.value.lowercased().split(separator: ":").contains { $0.filter { !$0.isWhitespace } == "y" }
      ?? false
    func unusable(_ cause: String) -> Condition {
      .unusable(cause: cause, fingerprint: Self.fingerprint(texts.joined(separator: "\n")))
    }
    guard texts.count == 1 else {
      condition = unusable("several")
      return
    }
    guard let p = tags["p"] else {
      condition = unusable("invalid")
      return
    }
    guard !p.value.isEmpty else {
      condition = .revoked
      return
    }
    switch try? DKIMKey.read(p.value, type: tags["k"]?.value.lowercased() ?? "rsa") {
    case .rsa(let numbers):
      let fingerprint = Self.fingerprint(Self.hex(numbers.modulus) + " " + Self.hex(numbers.exponent))
      condition =
        numbers.bits < Self.leastBits
        ? unusable("\(numbers.bits)-bit") : .usable(type: "rsa", bits: numbers.bits, fingerprint: fingerprint)
    case .ed25519(let bytes):
      condition = .usable(type: "ed25519", bits: 256, fingerprint: Self.fingerprint(Self.hex(bytes)))
    case nil: condition = unusable("invalid")
    }
  }

  /// Reads a stored state; nil if the text is not one.
  init?(stored: String) {
    var words = stored.split(separator: " ").map(String.init)
    isTesting = words.last == Self.testing
    if isTesting { words.removeLast() }
    if words == [Self.revoked] {
      condition = .revoked
    } else if words.count == 3, words[0] == Self.unusable {
      condition = .unusable(cause: words[1], fingerprint: words[2])
    } else if words.count == 3, let bits = Int(words[1]) {
      condition = .usable(type: words[0], bits: bits, fingerprint: words[2])
    } else {
      return nil
    }
  }

  private static let testing = "testing"
  private static let revoked = "revoked"
  private static let unusable = "unusable"

  /// The state in the form that is stored and shown: `rsa 2048 HASH`.
  var stored: String {
    let text =
      switch condition {
      case .usable(let type, let bits, let fingerprint): "\(type) \(bits) \(fingerprint)"
      case .revoked: Self.revoked
      case .unusable(let cause, let fingerprint): "\(Self.unusable) \(cause) \(fingerprint)"
      }
    return isTesting ? text + " " + Self.testing : text
  }

  /// SHA-256 in hexadecimal.
  private static func fingerprint(_ text: String) -> String { hex(SHA256.bytes(of: text)) }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
