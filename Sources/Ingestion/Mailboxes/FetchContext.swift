import IMAP
import Store

/// What threads that fetch messages share: the queues they feed, the ledger they query, and their deadline.
struct FetchContext: Sendable {
  let inputQueue: InputQueue
  let writerQueue: WriterQueue
  let ledger: LedgerReader
  /// Stopped when the program is to end.
  let deadline: Deadline
  let rules: FetchRules
  /// Receives informational messages for the user.
  let note: @Sendable (String) -> Void
  let mailboxes = SourceMailboxes()

  /// Adds a message to the input queue. Blocks while the queue is full.
  func handOver(_ message: FetchedMessage) {
    message.mailbox.handOver(message.facts.uid)
    inputQueue.add(.message(message))
  }

  /// Waits until all messages of a mailbox that were handed over, and all earlier requests, are committed.
  /// - Throws: ``IMAPError`` if the deadline passes or is stopped.
  func commit(_ mailbox: SourceMailbox) throws(IMAPError) {
    try mailbox.waitUntilRead(deadline)
    let answer = Acknowledgement()
    writerQueue.post(.commit(answer))
    try answer.wait(deadline)
  }

  /// Reports that a mailbox could be read, after the start or after a problem.
  func reportReached(_ location: String) { writerQueue.post(.reached(location)) }

  /// Reports a problem that needs the user's attention.
  /// - Parameter notice: its key among the notices of persistent problems, if the location does not determine it.
  func report(_ location: String, _ text: String, _ kind: IMAPError.Kind, notice: IngestTally.Problem.NoticeKey? = nil)
  {
    writerQueue.post(.problem(.init(location: location, code: kind.rawValue, text: text, notice: notice)))
  }
}
