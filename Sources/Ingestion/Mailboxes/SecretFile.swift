import Glibc
import IMAP

/// A file whose first line is a secret.
struct SecretFile {
  private let path: String
  /// The configuration key that it comes from.
  private let name: String

  /// Maximum bytes of the file.
  static let maxBytes = 64 << 10
  /// Milliseconds to wait for a writer of a named pipe.
  private static let pipeTimeoutMilliseconds: Int32 = 10_000

  init(_ path: String, name: String = "password_file") { (self.path, self.name) = (path, name) }

  /// The content, without a byte order mark.
  /// - Parameter takesPipe: also read from a pipe, whose content can be read only once.
  /// - Throws: ``IMAPError`` if it cannot be read, is not a file, is too large, or is accessible to other users.
  func read(takesPipe: Bool = true) throws(IMAPError) -> String {
    // Opening a named pipe without a writer must not block.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw failure(
        "cannot be read (\(String(cString: strerror(errno)))): check that it exists and that you have read permission")
    }
    defer { close(descriptor) }
    let isPipe = try check(descriptor)
    guard takesPipe || !isPipe else { throw failure("is a pipe") }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while bytes.count <= Self.maxBytes {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if isPipe, poll(&wanted, 1, Self.pipeTimeoutMilliseconds) == 0 {
        throw failure("is a pipe without a writer: start the process that writes to it")
      }
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else {
        throw failure("cannot be read (\(String(cString: strerror(errno)))): check the disk that it is on")
      }
      if count == 0 { break }
      bytes += piece[..<count]
    }
    guard bytes.count <= Self.maxBytes else { throw tooLarge }
    guard !bytes.starts(with: [0xff, 0xfe]), !bytes.starts(with: [0xfe, 0xff]) else {
      throw failure("is in UTF-16: save it as UTF-8")
    }
    return String(decoding: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...], as: UTF8.self)
  }

  /// Checks type, owner, permissions and size.
  /// - Returns: whether it is a pipe.
  private func check(_ descriptor: Int32) throws(IMAPError) -> Bool {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      throw failure("cannot be read (\(String(cString: strerror(errno)))): check the disk that it is on")
    }
    let kind = facts.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFIFO else {
      throw failure(
        kind == S_IFDIR
          ? "is a folder: name the file in it" : "is not a regular file: name a file that contains the secret")
    }
    // Another user could place other content there, or a link to someone else's secret.
    guard facts.st_uid == geteuid() || facts.st_uid == 0 else {
      throw failure("belongs to another user (UID \(facts.st_uid)): run `chown \(geteuid()) \(quoted)`")
    }
    // Root may give a group access for a service with its own user; systemd provides credentials like that.
    let isForService = facts.st_uid == 0 && geteuid() != 0
    guard facts.st_mode & (isForService ? 0o026 : 0o066) == 0 else {
      let mode = String(facts.st_mode & 0o7777, radix: 8)
      throw failure("is accessible to other users (mode 0\(mode)): run `chmod 600 \(quoted)`")
    }
    guard kind == S_IFIFO || facts.st_size <= Self.maxBytes else { throw tooLarge }
    return kind == S_IFIFO
  }

  private var tooLarge: IMAPError {
    failure("has more than \(Self.maxBytes >> 10) KiB: store only the secret, in the first line")
  }

  private func failure(_ text: String) -> IMAPError { IMAPError(.login, "\(name) \(path) \(text)") }

  /// The path, quoted for a shell.
  private var quoted: String {
    let isPlain = path.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789/._-".unicodeScalars.contains($0))
    }
    return isPlain ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }
}
