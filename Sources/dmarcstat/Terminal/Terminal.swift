import Foundation
import Glibc
import Render
import Verdict
import Wording

/// Standard output, for data, and standard error, for everything else.
enum Terminal {
  /// The language of the output.
  static let language = UserLanguage.language(RawArguments.values, ProcessInfo.processInfo.environment)
  static var wording: Wording { language == .japanese ? .japanese : .english }

  private static let output = PagedOutput()

  /// Whether standard error is a terminal.
  static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether standard output is a terminal that shows block characters.
  static var showsBars: Bool {
    let environment = ProcessInfo.processInfo.environment
    // The first of these that is set decides, as for the C library.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let charset = locale.lowercased().filter { $0 != "-" }
    return isatty(STDOUT_FILENO) == 1 && charset.hasSuffix("utf8")
  }

  /// The width of the terminal on standard output, in columns; 80 if it does not tell, nil if it is not a terminal.
  static var width: Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Opens /dev/null for each closed standard stream, so that no file opened later gets its descriptor and receives the
  /// output.
  ///
  /// The stream stays unusable: reading standard input and writing standard output fail with EBADF.
  static func occupyStandardStreams() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // `open` returns the lowest free descriptor, which is this one, because all descriptors below it are open.
      _ = open("/dev/null", mode)
    }
  }

  /// Prints text that is already encoded for the output.
  static func print(_ text: PrintableText) {
    var text = text.text
    text.withUTF8 { print(UnsafeRawBufferPointer($0)) }
  }

  /// Prints buffered JSON text.
  static func print(_ json: JSONSpool) throws { try json.forEachPiece { print($0) } }

  /// Prints bytes that are already encoded for the output.
  fileprivate static func print(_ bytes: UnsafeRawBufferPointer) {
    if let code = write(bytes, to: output.descriptor) { failOutput(code) }
  }

  /// Prints lines of text; control characters in the names that they contain are escaped.
  static func print(lines: [String]) {
    print(PrintableText(lines: lines.map { ArgumentSecrets.masked(wording.text($0)) }))
  }

  /// Waits for the pager, and closes standard output, because some file systems report write errors only on close.
  static func finishOutput() {
    _ = output.finish()
    // If it was closed from the start, printing has already failed.
    if close(STDOUT_FILENO) != 0, errno != EBADF, errno != EINTR { failOutput(errno) }
  }

  /// Prints a message of one line to standard error, with the name of the program.
  static func complain(_ message: String) { writeLine("dmarcstat: " + wording.text(message)) }

  /// Prints a problem with a file, or with a part of it, in one line to standard error; names in it are escaped.
  static func complain(of place: String, _ problem: String) { writeLine("\(place): \(wording.text(problem))") }

  /// Prints several lines to standard error, such as the usage of a command.
  static func complain(lines: [String]) { for line in lines { writeLine(wording.text(line)) } }

  /// Asks a person for an answer, in the same line.
  static func prompt(_ question: String) { writeError(SafeText.terminal(wording.text(question))) }

  /// Draws a line that the next call replaces; an empty line only erases the last one.
  static func redraw(_ line: String) { writeError("\r\u{1b}[K" + SafeText.terminal(line)) }

  private static func writeLine(_ line: String) { writeError(SafeText.terminal(ArgumentSecrets.masked(line)) + "\n") }

  /// Ignores write errors: the exit status still says what happened.
  private static func writeError(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
  }

  /// Writes all bytes.
  /// - Returns: the error number if that fails.
  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 {
        return EIO
      } else if errno == EAGAIN {
        var readiness = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&readiness, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }

  private static func failOutput(_ code: Int32) -> Never {
    // Who leaves the pager has seen enough.
    if output.finish() { Glibc.exit(ExitStatus.success.rawValue) }
    // The reader has closed the pipe, as `head` does: not an error, but exit with the status of a process killed by
    // SIGPIPE.
    if code == EPIPE { Glibc.exit(ExitStatus.closedPipe.rawValue) }
    let cause = String(cString: strerror(code))
    complain("standard output: \(cause): the output is incomplete; \(nextStep(code))")
    Glibc.exit(ExitStatus.output.rawValue)
  }

  private static func nextStep(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "free some space or write to another file system, and run the command again"
    case EBADF: "it is closed: redirect it to a file, a pipe or /dev/null, and run the command again"
    default: "check the device or file that it is redirected to, and run the command again"
    }
  }
}

/// Buffers output that is printed in small pieces, to save system calls.
final class BufferedOutput {
  private var bytes: [UInt8] = []
  private static let size = 1 << 16

  func write(_ text: PrintableText) {
    bytes.append(contentsOf: text.text.utf8)
    if bytes.count >= Self.size { flush() }
  }

  func flush() {
    bytes.withUnsafeBytes { Terminal.print($0) }
    bytes.removeAll(keepingCapacity: true)
  }
}
