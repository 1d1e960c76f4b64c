/// Passwords that somebody has written on the command line by mistake. Messages repeat arguments, and go into mail and logs.
enum ArgumentSecrets {
  private static let found = secrets(in: RawArguments.values)

  /// Options that take the place of a secret, not the secret itself.
  private static let places: Set<String> = ["--password-file", "--password-command", "--token-command"]
  private static let names = ["--pass", "--pw", "--secret", "--token"]
  /// Shorter ones are only hidden within a URL: they are parts of usual words.
  private static let leastBytes = 4

  /// The message with `***` in place of passwords.
  static func masked(_ message: String) -> String {
    found.reduce(message) { message, secret in
      let message = message.replacing(":\(secret)@", with: ":***@")
      return secret.utf8.count < leastBytes ? message : message.replacing(secret, with: "***")
    }
  }

  /// Whether a source is a URL with a password in it, whatever its scheme is and wherever slashes are missing.
  static func isURLWithPassword(_ source: String) -> Bool {
    source.contains(/[A-Za-z][A-Za-z0-9+.\-]+:\/+[^@]*:[^@]+@/)
  }

  /// What stands where passwords do in URLs and in options that do not exist, longest first.
  static func secrets(in arguments: [String]) -> [String] {
    var found: Set<String> = []
    for (index, argument) in arguments.enumerated() {
      if let secret = secret(inURL: argument) { found.insert(secret) }
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first, !places.contains(name), names.contains(where: name.hasPrefix) else { continue }
      if parts.count > 1 {
        found.insert(parts[1])
      } else if index + 1 < arguments.count, !arguments[index + 1].hasPrefix("-") {
        found.insert(arguments[index + 1])
      }
    }
    return found.filter { !$0.isEmpty }.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  /// What follows `user:` up to the last `@`, whatever is wrong about the rest; or up to the path, if a host is missing.
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
