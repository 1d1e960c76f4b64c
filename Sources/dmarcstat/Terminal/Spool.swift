import Glibc

/// Holds output back: in memory while it is small, in a nameless temporary file once it is not.
final class Spool {
  private var bytes: [UInt8] = []
  private var descriptor: Int32 = -1
  private static let memoryLimit = 8 << 20

  deinit { if descriptor >= 0 { close(descriptor) } }

  func append(_ more: [UInt8]) throws {
    bytes += more
    guard bytes.count > Self.memoryLimit else { return }
    if descriptor < 0 { try open() }
    try bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        guard count > 0 || errno == EINTR else { throw Self.failure }
        rest = rest.dropFirst(max(0, count))
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }

  /// Prints everything that was held back.
  func copyToOutput() throws {
    if descriptor >= 0 {
      lseek(descriptor, 0, SEEK_SET)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
      defer { buffer.deallocate() }
      while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw Self.failure }
        if count == 0 { break }
        Terminal.print(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    bytes.withUnsafeBytes { Terminal.print($0) }
  }

  private func open() throws {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/dmarcstat.XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Self.failure }
    unlink(template)
  }

  private static var failure: Failure {
    .source(
      "the temporary file for a long report cannot be written (\(String(cString: strerror(errno)))): make room, or set TMPDIR"
    )
  }
}
