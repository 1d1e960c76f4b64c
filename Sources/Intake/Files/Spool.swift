import DMARC
import Glibc

/// Holds bytes back: in memory while they are few, in a nameless temporary file once they are not.
public final class Spool {
  private var bytes: [UInt8] = []
  private var file: OpenFile?
  private var written: Int64 = 0
  private let memoryLimit: Int

  /// An empty spool that keeps up to `memoryLimit` bytes in memory.
  public init(memoryLimit: Int = 1 << 20) { self.memoryLimit = memoryLimit }

  /// Adds bytes.
  /// - Throws: a `InputError` where the temporary file cannot be written.
  public func append(_ more: UnsafeRawBufferPointer) throws(InputError) {
    bytes.append(contentsOf: more)
    if bytes.count > memoryLimit { try flush() }
  }

  /// Adds bytes.
  /// - Throws: a `InputError` where the temporary file cannot be written.
  public func append(_ more: [UInt8]) throws(InputError) {
    bytes += more
    if bytes.count > memoryLimit { try flush() }
  }

  /// What was added, to be read as often as wanted; nothing may be added any more.
  /// - Throws: a `InputError` where the temporary file cannot be written.
  public func source() throws(InputError) -> ByteSource {
    guard let file else { return ByteSource(bytes) }
    try flush()
    return ByteSource(OpenFile(descriptor: dup(file.descriptor), size: written))
  }

  /// Hands over everything in pieces.
  /// - Throws: a `InputError` where the temporary file cannot be read, and what `body` throws.
  public func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let stream = try source().stream()
    let buffer = PieceBuffer()
    while true {
      let count = try stream.read(buffer.bytes)
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
    }
  }

  private func flush() throws(InputError) {
    let file: OpenFile
    if let open = self.file { file = open } else { file = try Self.temporaryFile() }
    self.file = file
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { write(file.descriptor, $0.baseAddress.map { $0 + start }, $0.count - start) }
      guard count > 0 || errno == EINTR else { throw Self.failure }
      start += max(0, count)
    }
    written += Int64(bytes.count)
    bytes.removeAll(keepingCapacity: true)
  }

  private static func temporaryFile() throws(InputError) -> OpenFile {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/dmarcstat.XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw failure }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return OpenFile(descriptor: descriptor, size: 0)
  }

  private static var failure: InputError {
    InputError(
      .unreadable, systemError("the temporary file for it cannot be written"), remedy: .freeTemporarySpace)
  }
}
