/// Identifies a value by what it says: the first 16 bytes of the SHA-256 of its canonical form (`docs/hashes.md`). Equal values have equal
/// hashes in every program and every database, so the hash can take the place of a row id where stores meet.
///
/// Different values are taken to have different hashes. Among 10¹² values the chance that any two collide by accident is about 10⁻¹⁵, and a
/// collision made on purpose costs about 2⁶⁴ hashes; it would merge two outcomes of whoever made it.
public struct CanonicalHash: Sendable, Hashable {
  private let high, low: UInt64

  /// The hash of a canonical form.
  public init(of form: some Sequence<UInt8>) {
    let words =
      form.withContiguousStorageIfAvailable { SHA256.words(of: UnsafeRawBufferPointer($0)) }
      ?? Array(form).withUnsafeBytes { SHA256.words(of: $0) }
    high = UInt64(words[0]) << 32 | UInt64(words[1])
    low = UInt64(words[2]) << 32 | UInt64(words[3])
  }

  /// A hash from its 16 bytes; nil for any other number of bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The hash of a flow: of the hashes of its outcome and its policy, followed by the 4 or 16 bytes of its address.
  public init(flowFrom source: IPAddress, _ outcome: CanonicalHash, under policy: CanonicalHash) {
    self.init(of: outcome.bytes + policy.bytes + source.networkBytes)
  }

  /// Its 16 bytes.
  public var bytes: [UInt8] {
    [high, low].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
  }
}

extension CanonicalHash: CustomStringConvertible {
  /// Its bytes as 32 hexadecimal digits in lower case.
  public var description: String {
    [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
