import CNettle

/// SHA-256 (FIPS 180-4) of a report's XML: what tells a second copy of a report from another one of the same name.
struct ContentHash {
  private var context = sha256_ctx()

  init() { nettle_sha256_init(&context) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    nettle_sha256_update(&context, bytes.count, bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
  }

  /// The 32 bytes; ends the hash.
  mutating func finish() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
      nettle_sha256_digest(&context, 32, buffer.baseAddress)
      filled = 32
    }
  }
}
