import Render

/// Why something was not delivered. It never holds a secret: only words of this program, numbers, and the names of settings.
package struct DeliveryFailure: Error, Sendable, Hashable {
  /// What happened, and what to do about it.
  package var cause: String
  package var scope: Scope
  /// Seconds that the receiver asks to wait.
  package var retryAfter: Int64?

  /// What is likely to fail as well.
  package enum Scope: Sendable, Hashable {
    /// This delivery, now and later: it is not tried again.
    case content
    /// This delivery now.
    case attempt
    /// All deliveries to this recipient now, such as when a server does not answer.
    case channel
  }

  package init(_ cause: String, _ scope: Scope, retryAfter: Int64? = nil) {
    (self.cause, self.scope, self.retryAfter) = (SafeText.terminal(cause), scope, retryAfter)
  }
}
