package import DMARC

/// The result of checking a signature.
package struct SignatureResult: Sendable, Hashable {
  /// Whether it is valid, or why not.
  package enum Outcome: Sendable, Hashable {
    /// Header and body are as they were signed.
    case passes
    /// The header is; the body is not there.
    case headerPasses
    /// Header, body or both were changed, or the key is another one.
    case changed(SignatureChange)
    /// SHA-1, or an RSA key with fewer than 1024 bits: it does not count (RFC 8301 §3), whether it is valid or not.
    case insecure
    /// The field itself is wrong.
    case fault(SignatureFault)
    /// The key cannot be used.
    case key(KeyFault)
    /// The key does not suit the signature: another type, another hash, or not for subdomains.
    case unsuitedKey

    /// As in Authentication-Results (RFC 8601 §2.7.1), and `header-only` if the body is not there.
    package var word: String {
      switch self {
      case .passes: "pass"
      case .headerPasses: "header-only"
      case .changed: "fail"
      case .insecure: "policy"
      case .fault, .unsuitedKey: "permerror"
      case .key(let fault): fault == .unanswered ? "temperror" : "permerror"
      }
    }
  }

  /// The signing domain and the selector; nil if the field does not name them.
  package let domain: DomainName?
  package let selector: String?
  /// `rsa-sha256`, for example; nil if it is not known.
  package let algorithm: String?
  /// Bits of an RSA key; nil for others, or if the key is not known.
  package var keyBits: Int?
  package var outcome: Outcome
  /// When it expired, epoch seconds; nil if it has not.
  package var expired: Int64?
  /// Octets at the end of the body that are not signed (`l=`): anybody can add to them.
  package var unsignedOctets = 0
  /// Whether the domain only tests the key.
  package var isTesting = false
}

/// How a message differs from what was signed.
package struct SignatureChange: Sendable, Hashable {
  /// Whether the header is as it was signed. If not, the key may be another one, too.
  package var isHeaderIntact: Bool
  /// Whether the body is; nil if it is not there.
  package var isBodyIntact: Bool?
  /// Octets at the end of the body without which it is as it was signed, such as the footer of a mailing list.
  package var footerOctets: Int?
  /// The words in brackets without which the subject is as it was signed, such as `[list]`.
  package var subjectTag: String?
}
