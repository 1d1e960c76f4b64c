import CZlib
import DMARC

/// Inflates all members of gzip data (RFC 1952), or zlib data (RFC 1950). Trailing bytes are recorded but ignored.
final class InflateStream {
  enum Format {
    case gzip, zlib

    var windowBits: Int32 { self == .gzip ? 15 + 16 : 15 }
    var name: String { self == .gzip ? "gzip" : "zlib" }
  }

  private let source: ByteStream
  private let format: Format
  private var zlib = z_stream()
  private let input: UnsafeMutableRawBufferPointer
  private var isInMember = true
  private var isAtEnd = false
  private var members = 0
  /// The error that is thrown after all good bytes have been returned.
  private var failure: InputError?
  private var hasTrailingBytes = false

  /// Creates a stream over about `size` compressed bytes.
  init(_ source: ByteStream, _ format: Format, size: Int64) throws(InputError) {
    self.source = source
    self.format = format
    input = .allocate(byteCount: Int(min(Int64(ByteStream.pieceSize), max(4_096, size))), alignment: 16)
    let status = inflateInit2_(&zlib, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw InputError(.unreadable, "zlib is out of memory") }
  }

  deinit {
    inflateEnd(&zlib)
    input.deallocate()
  }

  var stream: ByteStream {
    ByteStream(hasTrailingBytes: { self.hasTrailingBytes }, read: { try self.read(into: $0) })
  }

  private func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    zlib.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    zlib.avail_out = UInt32(output.count)
    while zlib.avail_out > 0, !isAtEnd {
      if zlib.avail_in == 0, try !refill() { break }
      if !isInMember, !startNextMember() { break }
      let status = inflate(&zlib, Z_NO_FLUSH)
      switch status {
      case Z_OK, Z_BUF_ERROR:
        // Returns what is available before reading more, so that a short stream needs no second read of its source.
        if zlib.avail_in == 0, Int(zlib.avail_out) < output.count { return output.count - Int(zlib.avail_out) }
      case Z_STREAM_END:
        isInMember = false
        members += 1
      default: recordFailure()
      }
    }
    let count = output.count - Int(zlib.avail_out)
    if count == 0, let failure { throw failure }
    return count
  }

  private func refill() throws -> Bool {
    let count: Int
    do {
      count = try source.read(input)
    } catch let rejection as InputError {
      isAtEnd = true
      failure = rejection
      return false
    }
    zlib.next_in = input.assumingMemoryBound(to: UInt8.self).baseAddress
    zlib.avail_in = UInt32(count)
    if count > 0 { return true }
    isAtEnd = true
    if isInMember, !hasOnlyGarbage { failure = InputError(.truncated, "the \(format.name) data is truncated") }
    hasTrailingBytes = hasTrailingBytes || isInMember
    return false
  }

  /// After a member: starts another one if its magic bytes follow; anything else is trailing bytes.
  private func startNextMember() -> Bool {
    let isMember = format == .gzip && zlib.next_in[0] == 0x1f && (zlib.avail_in < 2 || zlib.next_in[1] == 0x8b)
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

  /// Whether garbage after a complete member merely starts like gzip, so that it counts as trailing bytes.
  private var hasOnlyGarbage: Bool { members > 0 && zlib.total_out == 0 }

  private func recordFailure() {
    isAtEnd = true
    if hasOnlyGarbage {
      hasTrailingBytes = true
      isInMember = false
      return
    }
    let reason = zlib.msg.map { String(cString: $0) } ?? "unknown error"
    failure = InputError(.damagedContainer, "the \(format.name) data is damaged: \(reason)")
  }
}
