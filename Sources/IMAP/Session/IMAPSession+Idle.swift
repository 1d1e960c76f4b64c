/// Waiting for new messages (RFC 2177).
extension IMAPSession {
  /// Whether the server can push notifications of new messages (IDLE).
  package var canIdle: Bool { can("IDLE") || can("IMAP4REV2") }

  /// Waits for a time, or until a server without IDLE reports new messages in response to NOOP, which also keeps it
  /// from closing the session for inactivity after 30 minutes (RFC 9051 §5.4).
  /// - Throws: ``IMAPError``, of the kind `stopped` if the run is stopped.
  package func rest(seconds: Double) throws {
    let limit = Deadline.instant(after: seconds)
    while !hasNewMessages, ContinuousClock.now < limit {
      try deadline.wait(min(Self.keepAliveSeconds, Deadline.seconds(to: limit)))
      try run(IMAPCommand("NOOP"))
    }
  }

  private static var keepAliveSeconds: Double { 240 }

  /// Waits with IDLE until there are new messages in the selected mailbox, or for a time, which should be less than 29
  /// minutes because servers close inactive sessions.
  /// - Returns: false if the server refused IDLE, or ended it without new messages.
  /// - Throws: ``IMAPError``, of the kind `stopped` if the run is stopped.
  package func idle(seconds: Double) throws -> Bool {
    let limit = Deadline.instant(after: seconds)
    let tag = try submit(IMAPCommand("IDLE"))
    guard try awaitContinuation(of: tag) != nil else {
      // A server that completes IDLE at once, even with OK, has not waited.
      let status = try anyResult(of: tag)
      let error = IMAPError(refusing: "IDLE", status)
      guard status.condition == .ok || error.kind == .refused else { throw error }
      return false
    }
    while !hasNewMessages, ContinuousClock.now < limit, !isFinished(tag) {
      _ = try pump(within: max(0.01, Deadline.seconds(to: limit)))
    }
    let wasEnded = isFinished(tag) && !hasNewMessages
    if !isFinished(tag) { sendLine("DONE") }
    try result(of: tag)
    return !wasEnded
  }
}
