/// Why the server could not be used, in words for a person.
public struct IMAPError: Error, Sendable, Hashable {
  /// The kind of cause. The raw values are printed.
  public enum Kind: String, Sendable, Hashable {
    /// No connection.
    case unreachable
    /// No encryption, or not with whom it should be.
    case encryption
    /// The server did not let us in.
    case login
    /// There is no such mailbox, or it may not be read.
    case mailbox
    /// The server said no.
    case refused
    /// The server asks to come back later.
    case throttled
    /// The server ended the connection, or it broke.
    case disconnected
    /// The server did not answer in time.
    case timeout
    /// What it sent is no IMAP.
    case `protocol`
    /// We were told to stop.
    case stopped
  }

  /// The kind of cause.
  public let kind: Kind
  /// What is wrong and what can be done, without the server's name. It may hold text of the server: make it safe before printing it.
  public let message: String
  /// Seconds after which the server wants to see us again, if it said so.
  public let retryAfter: Double?

  /// An error.
  public init(_ kind: Kind, _ message: String, retryAfter: Double? = nil) {
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  /// Whether the same may go well a little later.
  public var isTransient: Bool {
    switch kind {
    case .unreachable, .throttled, .disconnected, .timeout: true
    case .encryption, .login, .mailbox, .refused, .protocol, .stopped: false
    }
  }

  /// The same without its text, should a server have repeated in it what must not be printed.
  func masked(by mask: SecretMask) -> IMAPError {
    guard mask.isRepeated(in: message) else { return self }
    return IMAPError(kind, "the server sent something that is not IMAP, with the secret in it", retryAfter: retryAfter)
  }

  /// A server's text, short enough to be shown.
  static func shortened(_ text: String) -> String { text.count > 200 ? text.prefix(200) + "…" : text }
}
