import IMAP
import Intake
import Store

/// An event for the writing thread. Inputs are identified by their numbers.
enum WriterEvent: Sendable {
  /// An input begins; its findings follow.
  case began(input: Int, PendingInput)
  /// A finding in an input.
  case found(input: Int, ReportEvent)
  /// An input ends; it has no more findings.
  case ended(input: Int)
  /// A request of another thread.
  case request(WriterRequest)
  /// The last event.
  case end
}

/// A request to the writing thread from threads that fetch messages or read inputs.
enum WriterRequest: Sendable {
  /// A mailbox has been opened.
  case opened
  /// Messages will arrive: their number and total size in bytes.
  case announce(messages: Int, bytes: Int64)
  /// A cleanup step for messages on the server is done, or about to begin.
  case cleaned([UInt32], MailboxKey, CleanupStep, isDone: Bool)
  /// These messages must be read again.
  case forget(Set<UInt32>, MailboxKey)
  /// Commit everything that was sent before.
  case commit(Acknowledgement)
  /// A mailbox of this account was not checked, so that the state of its earlier problems is unknown.
  case unchecked(account: String)
  /// A problem that needs the user's attention.
  case problem(IngestTally.Problem)
}

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
