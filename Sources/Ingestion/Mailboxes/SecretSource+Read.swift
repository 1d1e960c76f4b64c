import Foundation
import IMAP
import Settings

extension SecretSource {
  /// Reads the secret.
  /// - Parameter clock: a command is killed when it is stopped.
  /// - Throws: ``IMAPError`` that says what is missing, never what was found.
  func read(_ deadline: Deadline) throws(IMAPError) -> Credentials.Secret {
    switch self {
    case .file(let path):
      return .password(try Self.firstLine(try SecretFile(path).read(), "password_file \(path)"))
    case .command(let command):
      let name = "password_command"
      return .password(try Self.firstLine(try SecretCommand(command, name: name).run(deadline), name))
    case .tokenCommand(let command):
      let name = "token_command"
      return .token(try Self.firstLine(try SecretCommand(command, name: name).run(deadline), name))
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
        throw IMAPError(
          .login, "there is no password: set \(name), or password_file or password_command in the configuration")
      }
      return .password(value)
    }
  }

  private static func firstLine(_ text: String, _ origin: String) throws(IMAPError) -> String {
    let text = text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...]
    let line = text.prefix { $0 != "\n" && $0 != "\r\n" && $0 != "\r" }
    guard !line.isEmpty else { throw IMAPError(.login, "\(origin) gives nothing: its first line should be the secret") }
    guard !line.utf8.contains(0) else {
      throw IMAPError(.login, "\(origin) is not text: there is a NUL in its first line, which should be the secret")
    }
    return String(line)
  }

  /// The secret where it can be known at no cost; nil otherwise.
  var known: String? {
    switch self {
    case .file(let path): (try? SecretFile(path).read(takesPipe: false)).flatMap { try? Self.firstLine($0, "") }
    case .environment(let name): ProcessInfo.processInfo.environment[name]
    case .command, .tokenCommand: nil
    }
  }
}
