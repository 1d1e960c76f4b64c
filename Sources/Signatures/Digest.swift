import CNettle

/// SHA-256, or SHA-1 for signatures of the past.
struct Digest {
  private var sha256 = sha256_ctx()
  private var sha1 = sha1_ctx()
  private let isSHA1: Bool

  init(_ algorithm: SignatureField.Algorithm) {
    isSHA1 = algorithm == .rsaSHA1
    if isSHA1 { nettle_sha1_init(&sha1) } else { nettle_sha256_init(&sha256) }
  }

  mutating func update(_ bytes: some Collection<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { add($0) }
    if isDone == nil { Array(bytes).withUnsafeBufferPointer { add($0) } }
  }

  private mutating func add(_ buffer: UnsafeBufferPointer<UInt8>) {
    guard let start = buffer.baseAddress else { return }
    if isSHA1 {
      nettle_sha1_update(&sha1, buffer.count, start)
    } else {
      nettle_sha256_update(&sha256, buffer.count, start)
    }
  }

  /// The digest of what was added so far.
  func value() -> [UInt8] {
    var (sha256, sha1) = (sha256, sha1)
    return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      count = isSHA1 ? 20 : 32
      if isSHA1 {
        nettle_sha1_digest(&sha1, count, buffer.baseAddress)
      } else {
        nettle_sha256_digest(&sha256, count, buffer.baseAddress)
      }
    }
  }
}
