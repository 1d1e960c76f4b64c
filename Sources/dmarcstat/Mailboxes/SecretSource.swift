import Foundation
import Glibc
import IMAP

/// Where a secret comes from. It is read when a connection needs it, and kept nowhere.
enum SecretSource: Sendable, Hashable {
  /// The first line of a file.
  case file(String)
  /// The first line that a command prints.
  case command(String)
  /// An environment variable.
  case environment(String)
  /// The first line that a command prints is an OAuth 2.0 access token.
  case tokenCommand(String)

  /// - Throws: ``IMAPError`` that says what is missing, never what was found.
  func read() throws(IMAPError) -> Credentials.Secret {
    switch self {
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: path) else {
        throw IMAPError(.login, "password_file \(path) cannot be read: check that it exists and that you may read it")
      }
      return .password(try Self.firstLine(String(decoding: data, as: UTF8.self), "password_file \(path)"))
    case .command(let command): return .password(try Self.run(command, "password_command"))
    case .tokenCommand(let command): return .token(try Self.run(command, "token_command"))
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
        throw IMAPError(
          .login, "there is no password: set \(name), or password_file or password_command in the configuration")
      }
      return .password(value)
    }
  }

  private static func firstLine(_ text: String, _ origin: String) throws(IMAPError) -> String {
    let line = text.prefix { $0 != "\n" && $0 != "\r\n" && $0 != "\r" }
    guard !line.isEmpty else { throw IMAPError(.login, "\(origin) gives nothing: its first line should be the secret") }
    return String(line)
  }

  /// Seconds that a command may take.
  private static let patience = 60.0

  private static func run(_ command: String, _ name: String) throws(IMAPError) -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    do { try process.run() } catch { throw IMAPError(.login, "\(name) cannot be run: \(error)") }
    let text = read(from: output.fileHandleForReading.fileDescriptor)
    guard let text else {
      kill(process.processIdentifier, SIGKILL)
      throw IMAPError(.login, "\(name) has not ended within \(Int(patience)) seconds: run it by hand")
    }
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let end = process.terminationReason == .exit ? "status \(process.terminationStatus)" : "a signal"
      throw IMAPError(.login, "\(name) ended with \(end) and gave no secret: run it by hand")
    }
    return try firstLine(text, name)
  }

  /// Everything that comes until the end; nil where that does not come in time, because a child of the command still lives.
  private static func read(from descriptor: Int32) -> String? {
    let limit = Date(timeIntervalSinceNow: patience)
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while bytes.count < 1 << 20 {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let left = limit.timeIntervalSinceNow
      guard left > 0, poll(&wanted, 1, Int32(left * 1_000) + 1) > 0 || errno == EINTR else { return nil }
      guard wanted.revents != 0 else { continue }
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count <= 0 { break }
      bytes += piece[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
