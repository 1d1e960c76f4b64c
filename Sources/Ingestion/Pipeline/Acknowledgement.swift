import IMAP

/// The answer to a request: true if it was carried out, false if the writer ended before.
final class Acknowledgement: Sendable {
  private let isDone = Monitor<Bool?>(nil)

  /// Answers; only the first answer counts.
  func give(_ isDone: Bool) { self.isDone.update { $0 = $0 ?? isDone } }

  /// Waits for the answer.
  func wait() -> Bool { isDone.wait { $0 } ?? false }

  /// Waits for the answer, but not longer than a deadline.
  /// - Throws: ``IMAPError`` if the deadline passes or is stopped, or the writer has ended.
  func wait(_ deadline: Deadline) throws(IMAPError) {
    guard try isDone.wait(deadline, { $0 }) else { throw IMAPError(.stopped, "it was stopped") }
  }
}
