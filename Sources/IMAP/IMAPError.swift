/// Why a server could not be used: the kind of error, and the exact cause with its details.
///
/// The description names no setting; the program that uses this library adds what its user can change.
package struct IMAPError: Error, Sendable, Hashable {
  /// The kind of cause. The raw values are printed.
  package enum Kind: String, Sendable, Hashable {
    /// No connection.
    case unreachable
    /// No encryption, or not with the intended server.
    case encryption
    /// Authentication failed.
    case login
    /// The mailbox does not exist, or may not be read.
    case mailbox
    /// The server refused a command.
    case refused
    /// The server asks the client to try again later.
    case throttled
    /// The server closed the connection, or it was lost.
    case disconnected
    /// The server did not answer in time.
    case timeout
    /// Protocol violation.
    case `protocol`
    /// The session was stopped.
    case stopped
  }

  /// The kind of cause.
  package let kind: Kind
  /// The exact cause.
  package let cause: Cause
  /// Seconds after which to try again, if the server specified them.
  package let retryAfter: Double?

  /// An error with a cause.
  package init(_ kind: Kind, _ cause: Cause, retryAfter: Double? = nil) {
    self.kind = kind
    self.cause = cause
    self.retryAfter = retryAfter
  }

  /// An error of the caller, for example while it reads a secret.
  package init(_ kind: Kind, _ message: String, retryAfter: Double? = nil) {
    self.init(kind, .custom(message), retryAfter: retryAfter)
  }

  /// A description without the name of the server. It may contain text from the server: sanitise it before printing it.
  package var message: String { cause.description }

  /// Whether another attempt may succeed later.
  package var isTransient: Bool {
    switch kind {
    case .unreachable, .throttled, .disconnected, .timeout: true
    case .encryption, .login, .mailbox, .refused, .protocol, .stopped: false
    }
  }

  /// The same error without its text if that repeats the secret.
  func masked(by mask: SecretMask) -> IMAPError {
    guard mask.isRepeated(in: message) else { return self }
    return IMAPError(kind, .secretRepeated, retryAfter: retryAfter)
  }

  /// Text from the server, shortened for display.
  static func shortened(_ text: String) -> String { text.count > 200 ? text.prefix(200) + "…" : text }
}
