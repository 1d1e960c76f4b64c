import Glibc
import Render

/// Standard output and standard error. Data goes to the one, everything else to the other.
enum Terminal {
  /// Whether people watch standard error.
  static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  /// Prints data.
  static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Prints bytes of data.
  static func print(_ bytes: UnsafeRawBufferPointer) { write(bytes, to: STDOUT_FILENO) }

  /// Says something to the person.
  static func complain(_ message: String, withName: Bool = true) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { SafeText.terminal(String($0)) }
    write((withName ? "dmarcstat: " : "") + lines.joined(separator: "\n") + "\n", to: STDERR_FILENO)
  }

  /// Says what is wrong with a file or with something in it, in one line, whatever is in their names.
  static func complain(of place: String, _ problem: String) {
    write(SafeText.terminal("\(place): \(problem)") + "\n", to: STDERR_FILENO)
  }

  /// Says something to the person, as it is.
  static func show(_ text: String) { write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      // Nobody reads any more, or the disk is full: there is nowhere left to say so but the exit status.
      if count <= 0 { Glibc.exit(errno == EPIPE ? 0 : 3) }
      rest = rest.dropFirst(count)
    }
  }
}

/// Gathers what is printed piece by piece, so that each piece is no system call.
final class BufferedOutput {
  private var bytes: [UInt8] = []
  private static let size = 1 << 16

  func write(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    if bytes.count >= Self.size { flush() }
  }

  func flush() {
    bytes.withUnsafeBytes { Terminal.print($0) }
    bytes.removeAll(keepingCapacity: true)
  }
}
