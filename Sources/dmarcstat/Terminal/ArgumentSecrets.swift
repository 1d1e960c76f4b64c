/// Masks passwords that were passed on the command line by mistake. Messages quote arguments, and end up in email and
/// logs.
enum ArgumentSecrets {
  private static let found = secrets(in: RawArguments.values)

  /// Options whose value says where to find a secret, and is not the secret itself.
  private static let locationOptions: Set<String> = ["--password-file", "--password-command", "--token-command"]
  private static let optionPrefixes = ["--pass", "--pw", "--secret", "--token"]
  /// Shorter secrets are masked only within a URL, because they are also parts of common words.
  private static let minBytes = 4

  /// The message with `***` in place of passwords.
  static func masked(_ message: String) -> String {
    found.reduce(message) { message, secret in
      let message = message.replacing(":\(secret)@", with: ":***@")
      return secret.utf8.count < minBytes ? message : message.replacing(secret, with: "***")
    }
  }

  /// Whether a source is a URL with a password in it, for any scheme and any number of slashes.
  static func isURLWithPassword(_ source: String) -> Bool {
    source.contains(/[A-Za-z][A-Za-z0-9+.\-]+:\/+[^@]*:[^@]+@/)
  }

  /// Values where a URL or an unknown option would hold a password, longest first.
  static func secrets(in arguments: [String]) -> [String] {
    var found: Set<String> = []
    for (index, argument) in arguments.enumerated() {
      if let secret = secret(inURL: argument) { found.insert(secret) }
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first, !locationOptions.contains(name), optionPrefixes.contains(where: name.hasPrefix)
      else { continue }
      if parts.count > 1 {
        found.insert(parts[1])
      } else if index + 1 < arguments.count, !arguments[index + 1].hasPrefix("-") {
        found.insert(arguments[index + 1])
      }
    }
    return found.filter { !$0.isEmpty }.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  /// The text from `user:` to the last `@`, even if the rest of the URL is invalid; or to the path, if the host is
  /// missing.
  private static func secret(inURL text: String) -> String? {
    var rest = text[...]
    var isMail = false
    if let colon = text.firstRange(of: ":/") {
      isMail = text[..<colon.lowerBound].lowercased().hasPrefix("imap")
      rest = text[colon.upperBound...].drop { $0 == "/" }
    }
    if let at = rest.lastIndex(of: "@") {
      let user = rest[..<at]
      return user.firstIndex(of: ":").map { String(user[user.index(after: $0)...]) }
    }
    guard isMail, let colon = rest.firstIndex(of: ":") else { return nil }
    let secret = rest[rest.index(after: colon)...].prefix { $0 != "/" }
    return secret.allSatisfy(\.isNumber) ? nil : String(secret)
  }
}
