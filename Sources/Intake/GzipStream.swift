import CZlib
import DMARC

/// Inflates gzip (RFC 1952): all members one after another; bytes behind the last one are noted and left alone.
final class GzipStream {
  private let source: ByteStream
  private var zlib = z_stream()
  private let input: UnsafeMutableRawBufferPointer
  private var isInMember = true
  private var isAtEnd = false
  private var members = 0
  /// Compressed bytes taken from the source.
  private(set) var compressedBytes: Int64 = 0
  /// Whether something that is no gzip member stands behind the last member.
  private(set) var hasTrailingBytes = false

  /// A stream over compressed bytes, of which there are about `size`.
  init(_ source: ByteStream, size: Int64) throws(Rejection) {
    self.source = source
    input = .allocate(byteCount: Int(min(Int64(ByteStream.pieceSize), max(4_096, size))), alignment: 16)
    // 15 bits of window, +16: gzip headers only.
    guard inflateInit2_(&zlib, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw Rejection(.unreadable, "zlib has no memory")
    }
  }

  deinit {
    inflateEnd(&zlib)
    input.deallocate()
  }

  var stream: ByteStream { ByteStream { try self.read(into: $0) } }

  private func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    zlib.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    zlib.avail_out = UInt32(output.count)
    while zlib.avail_out == UInt32(output.count), !isAtEnd {
      if zlib.avail_in == 0, try !refill() { break }
      if !isInMember, try !startNextMember() { break }
      let status = inflate(&zlib, Z_NO_FLUSH)
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isInMember = false
        members += 1
      default: try fail()
      }
    }
    return output.count - Int(zlib.avail_out)
  }

  private func refill() throws -> Bool {
    let count = try source.read(input)
    compressedBytes += Int64(count)
    zlib.next_in = input.assumingMemoryBound(to: UInt8.self).baseAddress
    zlib.avail_in = UInt32(count)
    if count > 0 { return true }
    isAtEnd = true
    if isInMember, !hasOnlyGarbage { throw Rejection(.truncated, "the gzip data ends too early") }
    hasTrailingBytes = hasTrailingBytes || isInMember
    return false
  }

  /// Behind a member: another one if its magic bytes are there, else trailing bytes.
  private func startNextMember() throws -> Bool {
    let isMember = zlib.next_in[0] == 0x1f && (zlib.avail_in < 2 || zlib.next_in[1] == 0x8b)
    guard isMember else {
      hasTrailingBytes = true
      isAtEnd = true
      return false
    }
    let output = (zlib.next_out, zlib.avail_out)
    inflateReset(&zlib)
    (zlib.next_out, zlib.avail_out) = output
    isInMember = true
    return true
  }

  /// Garbage behind a whole member that happens to start like gzip is still only trailing bytes.
  private var hasOnlyGarbage: Bool { members > 0 && zlib.total_out == 0 }

  private func fail() throws {
    if hasOnlyGarbage {
      hasTrailingBytes = true
      isInMember = false
      isAtEnd = true
      return
    }
    let reason = zlib.msg.map { String(cString: $0) } ?? "unknown error"
    throw Rejection(.damagedContainer, "the gzip data is damaged: \(reason)")
  }
}
