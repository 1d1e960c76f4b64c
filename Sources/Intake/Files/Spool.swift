public import DMARC
import Glibc

/// A buffer that keeps few bytes in memory and many in an unnamed temporary file.
public final class Spool {
  private var bytes: [UInt8] = []
  private var file: OpenFile?
  private var written: Int64 = 0
  private let memoryLimit: Int

  /// Creates an empty spool that keeps up to `memoryLimit` bytes in memory.
  public init(memoryLimit: Int = 1 << 20) { self.memoryLimit = memoryLimit }

  /// Appends bytes.
  /// - Throws: `InputError` if the temporary file cannot be written.
  public func append(_ more: UnsafeRawBufferPointer) throws(InputError) {
    bytes.append(contentsOf: more)
    if bytes.count > memoryLimit { try flush() }
  }

  /// Appends bytes.
  /// - Throws: `InputError` if the temporary file cannot be written.
  public func append(_ more: [UInt8]) throws(InputError) {
    bytes += more
    if bytes.count > memoryLimit { try flush() }
  }

  /// The bytes, for repeated reading. Nothing may be appended afterwards.
  /// - Throws: `InputError` if the temporary file cannot be written.
  public func source() throws(InputError) -> ByteSource {
    guard let file else { return ByteSource(bytes) }
    try flush()
    return ByteSource(OpenFile(descriptor: dup(file.descriptor), size: written))
  }

  /// Calls `body` with all bytes in pieces.
  /// - Throws: `InputError` if the temporary file cannot be read, and whatever `body` throws.
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
      .unreadable, systemError("a temporary file cannot be written"), remedy: .freeTemporarySpace)
  }
}
