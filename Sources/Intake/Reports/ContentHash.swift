import CNettle

/// The SHA-256 hash (FIPS 180-4) of a report's XML, which distinguishes a second copy of a report from a different one with the same
/// identity.
struct ContentHash {
  private var context = sha256_ctx()

  init() { nettle_sha256_init(&context) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    nettle_sha256_update(&context, bytes.count, bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
  }

  /// Ends the computation and returns the 32 bytes of the hash.
  mutating func finish() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
      nettle_sha256_digest(&context, 32, buffer.baseAddress)
      filled = 32
    }
  }
}
