import Foundation
package import IMAP
package import Settings

extension SecretSource {
  /// Reads a secret other than the password of a mail account.
  /// - Parameters:
  ///   - key: what its keys in the configuration begin with, such as `url`.
  ///   - deadline: a command is killed if it is stopped.
  /// - Throws: ``IMAPError`` that states what is missing, never what was found.
  package func text(_ key: String, _ deadline: Deadline) throws(IMAPError) -> String {
    switch try read(deadline, key: key) {
    case .password(let text), .token(let text): text
    }
  }

  /// Reads the secret.
  /// - Parameters:
  ///   - deadline: a command is killed if it is stopped.
  ///   - key: what its keys in the configuration begin with.
  /// - Throws: ``IMAPError`` that states what is missing, never what was found.
  func read(_ deadline: Deadline, key: String = "password") throws(IMAPError) -> Credentials.Secret {
    switch self {
    case .file(let path):
      let name = "\(key)_file"
      return .password(try Self.firstLine(try SecretFile(path, name: name).read(), "\(name) \(path)"))
    case .command(let command):
      let name = "\(key)_command"
      return .password(try Self.firstLine(try SecretCommand(command, name: name).run(deadline), name))
    case .tokenCommand(let command):
      let name = "token_command"
      return .token(try Self.firstLine(try SecretCommand(command, name: name).run(deadline), name))
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
        throw IMAPError(
          .login,
          "no \(key) is configured: set the environment variable \(name), or \(key)_file or \(key)_command in the configuration"
        )
      }
      return .password(value)
    }
  }

  private static func firstLine(_ text: String, _ origin: String) throws(IMAPError) -> String {
    let text = text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...]
    let line = text.prefix { $0 != "\n" && $0 != "\r\n" && $0 != "\r" }
    guard !line.isEmpty else { throw IMAPError(.login, "\(origin) has an empty first line: put the secret there") }
    guard !line.utf8.contains(0) else {
      throw IMAPError(.login, "\(origin) is not text: its first line contains a NUL byte; put only the secret there")
    }
    return String(line)
  }

  /// The secret if it can be read without side effects; nil otherwise.
  var known: String? {
    switch self {
    case .file(let path): (try? SecretFile(path).read(takesPipe: false)).flatMap { try? Self.firstLine($0, "") }
    case .environment(let name): ProcessInfo.processInfo.environment[name]
    case .command, .tokenCommand: nil
    }
  }
}

extension SecretSource {
  /// What is wrong with a secret in a file or a variable; nil if it can be read, or is known only to a command, which is not run.
  /// - Parameter key: what its keys in the configuration begin with.
  package func problem(_ key: String) -> String? {
    switch self {
    case .command, .tokenCommand: return nil
    case .file, .environment:
      do throws(IMAPError) { _ = try read(Deadline(seconds: 5), key: key) } catch { return error.message }
      return nil
    }
  }
}
