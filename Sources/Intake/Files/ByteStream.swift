import DMARC

/// Bytes that are read sequentially: a file, the contents of a container, or a filter around another stream.
///
/// A truncated stream first delivers all of its bytes, and then throws an `InputError` with the code `truncated`.
public struct ByteStream {
  /// Fills the buffer from its start and returns the number of bytes read, 0 at the end.
  public let read: (UnsafeMutableRawBufferPointer) throws -> Int
  /// Whether bytes after the compressed data were ignored; valid at the end.
  let hasTrailingBytes: () -> Bool

  /// Creates a stream from its reading function.
  public init(
    hasTrailingBytes: @escaping () -> Bool = { false }, read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int
  ) {
    self.hasTrailingBytes = hasTrailingBytes
    self.read = read
  }

  /// The number of bytes processed at a time: large enough to amortise calls, small enough for the processor's cache.
  static let pieceSize = 128 << 10
}

/// A buffer for one piece of a stream, reused for everything that a thread reads.
final class PieceBuffer {
  let bytes: UnsafeMutableRawBufferPointer

  /// Creates a buffer of the size of a piece, or of the source if that is smaller.
  init(for sourceSize: Int64 = .max) {
    bytes = .allocate(byteCount: Int(min(Int64(ByteStream.pieceSize), max(4_096, sourceSize))), alignment: 16)
  }

  deinit { bytes.deallocate() }
}
