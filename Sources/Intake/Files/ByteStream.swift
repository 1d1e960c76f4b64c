import DMARC

/// Bytes to be read in order: a file, what a container inflates to, or anything put around those.
///
/// A stream that ends too early first gives all that it has, and then throws a `InputError` with the code `truncated`.
public struct ByteStream {
  /// Fills the buffer from its start; returns how many bytes came, 0 at the end.
  public let read: (UnsafeMutableRawBufferPointer) throws -> Int
  /// Whether bytes behind the compressed data were left alone; known at the end.
  let hasTrailingBytes: () -> Bool

  /// A stream from its reading function.
  public init(
    hasTrailingBytes: @escaping () -> Bool = { false }, read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int
  ) {
    self.hasTrailingBytes = hasTrailingBytes
    self.read = read
  }

  /// Bytes moved at a time: large enough to make calls cheap, small enough for the processor's cache.
  static let pieceSize = 128 << 10
}

/// Room for one piece of a stream, used again for everything that a thread reads.
final class PieceBuffer {
  let bytes: UnsafeMutableRawBufferPointer

  /// A buffer as large as a piece, or as the source where that is smaller.
  init(for sourceSize: Int64 = .max) {
    bytes = .allocate(byteCount: Int(min(Int64(ByteStream.pieceSize), max(4_096, sourceSize))), alignment: 16)
  }

  deinit { bytes.deallocate() }
}
