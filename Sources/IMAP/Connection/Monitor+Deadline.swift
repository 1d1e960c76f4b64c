import Synchronization

extension Monitor {
  /// Waits like ``wait(until:_:)``, but not longer than a deadline; ``Deadline/stop()`` ends the wait immediately.
  /// - Throws: ``IMAPError`` if the deadline passes or is stopped.
  package func wait<Value>(
    _ deadline: Deadline, until limit: ContinuousClock.Instant?, _ body: (inout State) -> Value?
  ) throws(IMAPError) -> Value? {
    // The body must not use the deadline, which wakes this monitor while the deadline is locked.
    let flag = StopFlag()
    let token = Deadline.Token()
    deadline.whenStopped(token) {
      flag.isSet.store(true, ordering: .sequentiallyConsistent)
      self.update { _ in }
    }
    defer { deadline.forget(token) }
    let outcome: Value?? = wait(until: [limit, deadline.end].compactMap { $0 }.min()) { state in
      if let value = body(&state) { return .some(value) }
      return flag.isSet.load(ordering: .sequentiallyConsistent) ? .some(nil) : nil
    }
    if let value = outcome ?? nil { return value }
    try deadline.check()
    return nil
  }

  /// Waits until `body` returns a value, but not longer than a deadline.
  /// - Throws: ``IMAPError`` if the deadline passes or is stopped.
  package func wait<Value>(_ deadline: Deadline, _ body: (inout State) -> Value?) throws(IMAPError) -> Value {
    while true {
      if let value = try wait(deadline, until: nil, body) { return value }
    }
  }
}

private final class StopFlag: Sendable {
  let isSet = Atomic(false)
}
