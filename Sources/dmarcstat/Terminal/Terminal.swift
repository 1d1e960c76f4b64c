import Glibc
import Render

/// Standard output and standard error. Data goes to the one, everything else to the other.
enum Terminal {
  /// Whether people watch standard error.
  static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  /// Keeps files that are opened later from taking the place of a closed standard stream, where output would go into them.
  ///
  /// A closed stream stays one: reading standard input and writing standard output fail with EBADF.
  static func occupyStandardStreams() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // The lowest free descriptor is this one, because those below it are open by now.
      _ = open("/dev/null", mode)
    }
  }

  /// Prints text that is encoded.
  static func print(_ text: PrintableText) {
    var text = text.text
    text.withUTF8 { print(UnsafeRawBufferPointer($0)) }
  }

  /// Prints JSON text that was held back.
  static func print(_ json: JSONSpool) throws { try json.forEachPiece { print($0) } }

  /// Prints bytes that are encoded.
  fileprivate static func print(_ bytes: UnsafeRawBufferPointer) {
    if let code = write(bytes, to: STDOUT_FILENO) { endOutput(code) }
  }

  /// Prints lines for people, whatever is in the names in them.
  static func print(lines: [String]) { print(PrintableText(lines: lines.map(ArgumentSecrets.masked))) }

  /// Closes standard output: some file systems report only then that data could not be written.
  static func finishOutput() {
    // Where it was closed from the beginning, whatever was printed has failed already.
    if close(STDOUT_FILENO) != 0, errno != EBADF, errno != EINTR { endOutput(errno) }
  }

  /// Says something to the person, in one line.
  static func complain(_ message: String) { say("dmarcstat: " + message) }

  /// Says what is wrong with a file or with something in it, in one line, whatever is in their names.
  static func complain(of place: String, _ problem: String) { say("\(place): \(problem)") }

  /// Says something in several lines, such as how a command is used.
  static func complain(lines: [String]) { for line in lines { say(line) } }

  /// Draws a line that the next one replaces; an empty one only takes the last away.
  static func redraw(_ line: String) { tell("\r\u{1b}[K" + SafeText.terminal(line)) }

  private static func say(_ line: String) { tell(SafeText.terminal(ArgumentSecrets.masked(line)) + "\n") }

  /// If nobody can be told, the exit status still says what happened.
  private static func tell(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
  }

  /// Writes all bytes; the error number if that fails.
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

  private static func endOutput(_ code: Int32) -> Never {
    // The reader has seen enough, as `head` has: no error, but the status that a death by SIGPIPE would give.
    if code == EPIPE { Glibc.exit(ExitStatus.closedPipe.rawValue) }
    let cause = String(cString: strerror(code))
    complain("standard output: \(cause): the output is incomplete; \(nextStep(code))")
    Glibc.exit(ExitStatus.output.rawValue)
  }

  private static func nextStep(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "free space or write to another file system, and run the command again"
    case EBADF: "it is closed: redirect it to a file, a pipe or /dev/null, and run the command again"
    default: "check the device or file that it goes to, and run the command again"
    }
  }
}

/// Gathers what is printed piece by piece, so that each piece is no system call.
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
