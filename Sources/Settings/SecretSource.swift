/// The source of a secret. The secret is read when a connection needs it, and not stored.
package enum SecretSource: Sendable, Hashable {
  /// The first line of a file.
  case file(String)
  /// The first line that a command prints.
  case command(String)
  /// An environment variable.
  case environment(String)
  /// The first line that a command prints, which is an OAuth 2.0 access token.
  case tokenCommand(String)
}
