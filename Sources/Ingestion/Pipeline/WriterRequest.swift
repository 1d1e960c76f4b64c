import Store

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
  /// A watched mailbox could be read, for the first time or again: `ACCOUNT, MAILBOX`.
  case reached(String)

  /// Answers that the writer has ended.
  func deny() { if case .commit(let answer) = self { answer.give(false) } }
}
