/// Why a report is in no answer.
package enum SetAsideKind: String, Sendable, Hashable {
  /// The user removed it.
  case removed
  /// It matches a rule of `dmarcstat ignore`.
  case ignored
  /// It is one of two contents under one identity.
  case conflict
}

/// Who decides something about reports, and when.
package struct Decider: Sendable, Hashable {
  /// Name of the user; nil if unknown.
  package var name: String?
  /// Epoch seconds.
  package var now: Int64
  /// The reason that the user gives.
  package var reason: String?

  /// Creates a decider.
  package init(name: String?, now: Int64, reason: String? = nil) {
    self.name = name
    self.now = now
    self.reason = reason
  }
}
