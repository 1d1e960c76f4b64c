import IMAP
import Intake
import Store

/// Where those who fetch messages bring them, whom they ask, and when they stop.
struct FetchContext: Sendable {
  let inputQueue: InputQueue
  let writerQueue: WriterQueue
  let ledger: LedgerReader
  /// Told when the whole program is to end.
  let deadline: Deadline
  let rules: FetchRules
  /// Takes what a person may want to know, but need not.
  let note: @Sendable (String) -> Void
  let mailboxes = SourceMailboxes()

  /// Hands a message over, as soon as there is room.
  func handOver(_ message: FetchedMessage) {
    message.mailbox.handOver(message.facts.uid)
    inputQueue.add(.message(message))
  }

  /// Waits until all messages of a mailbox that were handed over, and all requests before this one, are committed.
  /// - Throws: ``IMAPError`` when it is time to stop.
  func commit(_ mailbox: SourceMailbox) throws(IMAPError) {
    try mailbox.waitUntilRead(deadline)
    let answer = Acknowledgement()
    writerQueue.post(.commit(answer))
    try answer.wait(deadline)
  }

  /// Tells of something that a person should hear of.
  /// - Parameter notice: where it belongs among the notices of lasting problems, if the place does not say that.
  func report(_ location: String, _ text: String, _ kind: IMAPError.Kind, notice: IngestTally.Problem.NoticeKey? = nil)
  {
    writerQueue.post(.problem(.init(location: location, code: kind.rawValue, text: text, notice: notice)))
  }
}

/// How messages are dealt with in a run.
struct FetchRules: Sendable {
  /// Change nothing, neither here nor on servers.
  var isDryRun = false
  /// Read messages again that were rejected before.
  var retriesRejected = false
  /// Bytes of one message.
  var maxBytes: Int64
  /// What is known of earlier crashes; nil if nothing is noted.
  var journal: ReadingJournal?
  /// Whether only messages that a run may have died of are read, one by one; else all but these.
  var readsSuspects = false
  /// Takes the accounts that have such messages.
  var suspects: SuspectSources?
  /// The file in which mailboxes are locked; nil for none.
  var lockFile: String?
  /// Whether what is stored is still where the next run will look for it.
  var isDatabaseInPlace: @Sendable () -> Bool = { true }
}
