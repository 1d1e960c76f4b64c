import Glibc
import IMAP

/// A file that holds a secret in its first line.
struct SecretFile {
  private let path: String

  /// Bytes of a file at most.
  static let maxBytes = 64 << 10
  /// Milliseconds to wait for somebody to write into a named pipe.
  private static let pipeTimeoutMilliseconds: Int32 = 10_000

  init(_ path: String) { self.path = path }

  /// The content, without a byte order mark.
  /// - Parameter takesPipe: also read from a pipe, which gives its content once only.
  /// - Throws: ``IMAPError`` if it cannot be read, is not a file, is too large, or can be read by others.
  func read(takesPipe: Bool = true) throws(IMAPError) -> String {
    // A named pipe without a writer must not hold us up.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw failure(
        "cannot be read (\(String(cString: strerror(errno)))): check that it exists and that you may read it")
    }
    defer { close(descriptor) }
    let isPipe = try check(descriptor)
    guard takesPipe || !isPipe else { throw failure("is a pipe") }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while bytes.count <= Self.maxBytes {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if isPipe, poll(&wanted, 1, Self.pipeTimeoutMilliseconds) == 0 {
        throw failure("is a pipe that nothing writes to")
      }
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw failure("cannot be read (\(String(cString: strerror(errno))))") }
      if count == 0 { break }
      bytes += piece[..<count]
    }
    guard bytes.count <= Self.maxBytes else { throw tooLarge }
    guard !bytes.starts(with: [0xff, 0xfe]), !bytes.starts(with: [0xfe, 0xff]) else {
      throw failure("is in UTF-16: save it as UTF-8")
    }
    return String(decoding: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...], as: UTF8.self)
  }

  /// - Returns: whether it is a pipe.
  private func check(_ descriptor: Int32) throws(IMAPError) -> Bool {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw failure("cannot be accessed") }
    let kind = facts.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFIFO else {
      throw failure(kind == S_IFDIR ? "is a folder: name the file in it" : "is not a regular file")
    }
    // Another user could put a command's output or a link to somebody else's secret there.
    guard facts.st_uid == geteuid() || facts.st_uid == 0 else {
      throw failure("belongs to another user (\(facts.st_uid)): run `chown \(geteuid()) \(quoted)`")
    }
    // A group is let in by root where a service has a user of its own; systemd hands out credentials like that.
    let isForService = facts.st_uid == 0 && geteuid() != 0
    guard facts.st_mode & (isForService ? 0o026 : 0o066) == 0 else {
      let mode = String(facts.st_mode & 0o7777, radix: 8)
      throw failure("is open to others on this machine (mode 0\(mode)): run `chmod 600 \(quoted)`")
    }
    guard kind == S_IFIFO || facts.st_size <= Self.maxBytes else { throw tooLarge }
    return kind == S_IFIFO
  }

  private var tooLarge: IMAPError {
    failure("has more than \(Self.maxBytes >> 10) KiB: its first line should be the secret")
  }

  private func failure(_ text: String) -> IMAPError { IMAPError(.login, "password_file \(path) \(text)") }

  /// The path as a word for the shell.
  private var quoted: String {
    let isPlain = path.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789/._-".unicodeScalars.contains($0))
    }
    return isPlain ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }
}
