import DMARC
import Glibc

/// An open file, closed when the last reference to it is released.
final class OpenFile: Sendable {
  let descriptor: Int32
  let size: Int64

  /// Opens a regular file.
  init(path: String) throws(InputError) {
    // It may have been replaced since: opening a FIFO must not block.
    let opened = open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard opened >= 0 else { throw InputError.system("it cannot be opened") }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw InputError(.unreadable, "it is not a regular file")
    }
    descriptor = opened
    size = Int64(status.st_size)
  }

  /// Takes ownership of an open file descriptor.
  init(descriptor: Int32, size: Int64) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

/// Bytes with random access that can be read repeatedly: a file, a part of a file, or memory.
public struct ByteSource: Sendable {
  enum Storage {
    case file(OpenFile, offset: Int64)
    case memory([UInt8])
  }

  let storage: Storage
  /// The number of bytes.
  public let count: Int64

  init(_ file: OpenFile) {
    storage = .file(file, offset: 0)
    count = file.size
  }

  /// The bytes of a small file, read with one call and kept in memory; nil if it is larger, or not all of it is read by that call.
  init?(ofFewBytes file: OpenFile) {
    guard file.size <= Self.fewBytes else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(file.size)) { buffer, filled in
      filled = max(0, pread(file.descriptor, buffer.baseAddress, buffer.count, 0))
    }
    guard bytes.count == Int(file.size) else { return nil }
    self.init(bytes)
  }

  /// Maximum number of bytes of a file that is kept in memory.
  private static let fewBytes: Int64 = 64 << 10

  /// The same bytes, read with one call and kept in memory if they are few: a message is read several times, in small pieces.
  var heldIfFew: ByteSource {
    guard case .file = storage, count <= Self.fewBytes, let bytes = try? prefix(Int(count)), bytes.count == Int(count)
    else { return self }
    return ByteSource(bytes)
  }

  init(_ bytes: [UInt8]) {
    storage = .memory(bytes)
    count = Int64(bytes.count)
  }

  private init(_ storage: Storage, count: Int64) {
    self.storage = storage
    self.count = count
  }

  /// The open file that contains the bytes; nil for memory.
  var owner: AnyObject? {
    if case .file(let file, _) = storage { return file }
    return nil
  }

  /// A part of the bytes.
  func part(_ range: Range<Int64>) -> ByteSource {
    let range = range.clamped(to: 0..<count)
    switch storage {
    case .file(let file, let offset):
      return ByteSource(.file(file, offset: offset + range.lowerBound), count: Int64(range.count))
    case .memory(let bytes): return ByteSource(Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
    }
  }

  /// A stream of the bytes from the start. Each stream has its own position.
  func stream() -> ByteStream {
    var offset: Int64 = 0
    return ByteStream { buffer in
      let count = try self.read(at: offset, into: buffer)
      offset += Int64(count)
      return count
    }
  }

  /// The first bytes, at most `length`.
  func prefix(_ length: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: min(length, Int(min(count, Int64(Int.max)))))
    let filled = try bytes.withUnsafeMutableBytes { try read(at: 0, into: $0) }
    return filled == bytes.count ? bytes : Array(bytes.prefix(filled))
  }

  /// Reads from a position and returns the number of bytes read, 0 at the end.
  /// - Throws: `InputError` if the file cannot be read.
  func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let length = Int(min(Int64(buffer.count), max(0, count - position)))
    guard length > 0 else { return 0 }
    switch storage {
    case .memory(let bytes):
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(position)..<Int(position) + length]))
      }
      return length
    case .file(let file, let offset):
      while true {
        let got = pread(file.descriptor, buffer.baseAddress, length, off_t(offset + position))
        if got >= 0 { return got }
        guard errno == EINTR else { throw InputError.system("it cannot be read") }
      }
    }
  }
}

/// A message followed by the system's description of `errno`.
func systemError(_ what: String) -> String { "\(what) (\(String(cString: strerror(errno))))" }
