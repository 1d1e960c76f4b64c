/// Waiting for new mail (RFC 2177).
extension IMAPSession {
  /// Whether the server tells of new mail by itself.
  public var canIdle: Bool { can("IDLE") || can("IMAP4REV2") }

  /// Waits for so many seconds, or until the server mentions new mail when it is asked whether it is still there. For servers that do not
  /// tell of new mail by themselves; they end a session that is silent for half an hour (RFC 9051 §5.4).
  /// - Throws: ``IMAPError``, of the kind `stopped` when it is time to stop.
  public func rest(seconds: Double) throws {
    let limit = Deadline.instant(after: seconds)
    while !hasNews, ContinuousClock.now < limit {
      try clock.wait(min(Self.keepAliveSeconds, Deadline.seconds(to: limit)))
      try run(IMAPCommand("NOOP"))
    }
  }

  private static var keepAliveSeconds: Double { 240 }

  /// Waits until there is new mail in the mailbox at hand, or for so many seconds; servers end a session that is silent for 29 minutes.
  /// - Returns: whether the server let us wait: false if it refused, or ended it before there was any news.
  /// - Throws: ``IMAPError``, of the kind `stopped` when it is time to stop.
  public func idle(seconds: Double) throws -> Bool {
    let limit = Deadline.instant(after: seconds)
    let tag = try submit(IMAPCommand("IDLE"))
    guard try awaitContinuation(of: tag) != nil else {
      // Also a server that agrees at once has not let us wait.
      let status = try anyResult(of: tag)
      let error = IMAPError(refusing: "IDLE", status)
      guard status.condition == .ok || error.kind == .refused else { throw error }
      return false
    }
    while !hasNews, ContinuousClock.now < limit, !isFinished(tag) {
      _ = try pump(within: max(0.01, Deadline.seconds(to: limit)))
    }
    let wasEnded = isFinished(tag) && !hasNews
    if !isFinished(tag) { sendLine("DONE") }
    try result(of: tag)
    return !wasEnded
  }
}
