import IMAP
import Intake
import Store

/// What reaches the thread that writes. Inputs are known by their numbers.
enum WriterEvent: Sendable {
  /// All that is found in an input comes after this.
  case began(input: Int, PendingInput)
  case found(input: Int, ReportEvent)
  /// All that is in the input has been told.
  case ended(input: Int)
  case request(WriterRequest)
  /// Nothing more will come.
  case end
}

/// What the threads that fetch messages, or read inputs, want of the writer.
enum WriterRequest: Sendable {
  /// A mailbox has been opened.
  case opened
  /// So many messages of so many bytes are going to come.
  case announce(messages: Int, bytes: Int64)
  /// A step was taken with messages on the server, or is about to be.
  case cleaned([UInt32], MailboxKey, CleanupStep, isDone: Bool)
  /// These messages are to be read again.
  case forget(Set<UInt32>, MailboxKey)
  /// Everything that was sent before is to be committed.
  case commit(Acknowledgement)
  /// A folder of this account was not looked into, so that nothing is known of problems that it had before.
  case unchecked(account: String)
  /// Something went wrong that a person should hear of.
  case problem(IngestTally.Problem)
}

/// The answer to a request: whether it was done, or the writer has ended before.
final class Acknowledgement: Sendable {
  private let isDone = Monitor<Bool?>(nil)

  /// Answers; only the first answer counts.
  func give(_ isDone: Bool) { self.isDone.update { $0 = $0 ?? isDone } }

  /// Waits for the answer.
  func wait() -> Bool { isDone.wait { $0 } ?? false }

  /// Waits for the answer, but not beyond a deadline.
  /// - Throws: ``IMAPError`` if that is over, or the writer has ended.
  func wait(_ deadline: Deadline) throws(IMAPError) {
    guard try isDone.wait(deadline, { $0 }) else { throw IMAPError(.stopped, "it was stopped") }
  }
}
