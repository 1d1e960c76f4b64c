import Dispatch
import IMAP
import Store
import Synchronization

/// What those who fetch mail want of the writer, which alone knows the database. Orders keep their place among the mails.
enum WriterRequest: Sendable {
  /// A mailbox has been opened.
  case opened
  /// So many mails of so many bytes are going to come.
  case announce(mails: Int, bytes: Int64)
  /// What is known of a mailbox, between two identifiers?
  case look(MailboxKey, ClosedRange<UInt32>, Reply<MailboxLedger>)
  /// What became of the mails of a mailbox that were read before?
  case recall(mailboxID: Int64, ClosedRange<UInt32>, Reply<[ReadMessage]>)
  /// A step was taken with mails on the server, or is about to be.
  case cleared([UInt32], mailboxID: Int64, step: String?, isDone: Bool)
  /// These mails are to be read again.
  case forget(Set<UInt32>, mailboxID: Int64)
  /// Everything that was sent before is to be committed.
  case commit(Reply<Bool>)
  /// A folder of this account was not looked into, so that nothing is known of problems that it had before.
  case unseen(account: String)
  /// Something went wrong that a person should hear of.
  case problem(IngestTally.Problem)
}

/// An answer that somebody waits for.
final class Reply<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let isThere = DispatchSemaphore(value: 0)

  func give(_ value: Value) {
    self.value.withLock { $0 = value }
    isThere.signal()
  }

  /// Waits for it as long as it may still come.
  func wait(while mayCome: () -> Bool) -> Value? {
    while mayCome() {
      if isThere.wait(timeout: .now() + .milliseconds(200)) == .success { return value.withLock { $0 } }
    }
    return nil
  }

  /// Waits for it.
  /// - Throws: ``IMAPError`` when it is time to stop: whoever should have answered may have failed.
  func wait(_ stop: Deadline) throws(IMAPError) -> Value {
    while true {
      let isOver = isThere.wait(timeout: .now() + .milliseconds(200)) == .success
      if isOver, let value = value.withLock({ $0 }) { return value }
      if stop.hasBeenStopped { throw IMAPError(.stopped, "it was stopped") }
    }
  }
}
