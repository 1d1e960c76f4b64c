/// Why the server could not be used: the kind, the exact cause with its facts, and a description in plain English.
///
/// The description names no setting; the program around it adds what its user can change.
public struct IMAPError: Error, Sendable, Hashable {
  /// The kind of cause. The raw values are printed.
  public enum Kind: String, Sendable, Hashable {
    /// No connection.
    case unreachable
    /// No encryption, or not with the intended server.
    case encryption
    /// Authentication failed.
    case login
    /// There is no such mailbox, or it may not be read.
    case mailbox
    /// The server refused a command.
    case refused
    /// The server asks to come back later.
    case throttled
    /// The server ended the connection, or it broke.
    case disconnected
    /// The server did not answer in time.
    case timeout
    /// Protocol violation.
    case `protocol`
    /// We were told to stop.
    case stopped
  }

  /// The kind of cause.
  public let kind: Kind
  /// What exactly is wrong.
  public let cause: Cause
  /// Seconds after which the server wants to see us again, if it said so.
  public let retryAfter: Double?

  /// An error.
  public init(_ kind: Kind, _ cause: Cause, retryAfter: Double? = nil) {
    self.kind = kind
    self.cause = cause
    self.retryAfter = retryAfter
  }

  /// An error of the caller's own, for example while it reads a secret.
  public init(_ kind: Kind, _ message: String, retryAfter: Double? = nil) {
    self.init(kind, .custom(message), retryAfter: retryAfter)
  }

  /// What is wrong, without the server's name. It may hold text of the server: make it safe before printing it.
  public var message: String { cause.description }

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
    return IMAPError(kind, .secretRepeated, retryAfter: retryAfter)
  }

  /// A server's text, short enough to be shown.
  static func shortened(_ text: String) -> String { text.count > 200 ? text.prefix(200) + "…" : text }
}
