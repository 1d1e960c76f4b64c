import DMARC
import Glibc

/// Bytes to be read in order: a file, what a container inflates to, or anything put around those.
public struct ByteStream {
  /// Fills the buffer from its start; returns how many bytes came, 0 at the end.
  public let read: (UnsafeMutableRawBufferPointer) throws -> Int

  /// A stream from its reading function.
  public init(read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) { self.read = read }

  /// Bytes moved at a time: large enough to make calls cheap, small enough for the processor's cache.
  static let pieceSize = 128 << 10
}

/// An open regular file; closed when the last user lets go of it.
final class OpenFile {
  let descriptor: Int32
  let size: Int64

  init(path: String) throws(Rejection) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Rejection(.unreadable, systemError("it cannot be opened")) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Rejection(.unreadable, "it is not a regular file") }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    size = Int64(status.st_size)
    guard descriptor >= 0 else { throw Rejection(.unreadable, systemError("it cannot be opened")) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The file's bytes from its start. Each stream has its own place in the file.
  func stream() -> ByteStream {
    var offset = 0
    return ByteStream { buffer in
      while true {
        let count = pread(self.descriptor, buffer.baseAddress, buffer.count, offset)
        if count >= 0 {
          offset += count
          return count
        }
        guard errno == EINTR else { throw Rejection(.unreadable, systemError("it cannot be read")) }
      }
    }
  }

  /// The first bytes, as many as there are up to `count`.
  func prefix(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let filled = try bytes.withUnsafeMutableBytes { try stream().read($0) }
    return Array(bytes.prefix(filled))
  }
}

/// A message with the system's own reason behind it.
func systemError(_ what: String) -> String { "\(what) (\(String(cString: strerror(errno))))" }
