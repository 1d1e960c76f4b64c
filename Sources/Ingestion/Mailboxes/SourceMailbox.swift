import IMAP
import Store

/// A mailbox from which messages are fetched, and the state of its messages in this run. The fetching thread records
/// what it hands over; the writer records what was read and committed.
final class SourceMailbox: Sendable {
  private struct State {
    /// Handed over, but not yet completely read.
    var unread: Set<UInt32> = []
    /// In the ledger, but not yet committed.
    var uncommitted: Set<UInt32> = []
    /// Committed during this scan.
    var committed: Set<UInt32> = []
    /// Messages whose content was not accepted, with the reason.
    var withheld: [UInt32: String] = [:]
  }

  let key: MailboxKey
  /// Its name in the ledger, with its UIDVALIDITY.
  let name: String
  private let state = Monitor(State())

  init(_ key: MailboxKey, name: String) {
    self.key = key
    self.name = name
  }

  // MARK: For the fetching thread

  /// Begins another scan. Waits until all messages of earlier scans have been read.
  /// - Returns: the messages that are read but not yet committed. Get them before querying the ledger.
  /// - Throws: ``IMAPError`` if the deadline passes or is stopped.
  func beginScan(_ deadline: Deadline) throws(IMAPError) -> Set<UInt32> {
    try waitUntilRead(deadline)
    return state.update { state in
      state.committed = []
      state.withheld = [:]
      return state.uncommitted
    }
  }

  /// Records that a message was handed over.
  func handOver(_ uid: UInt32) { state.update { _ = $0.unread.insert(uid) } }

  /// Waits until all messages that were handed over have been read.
  /// - Throws: ``IMAPError`` if the deadline passes or is stopped.
  func waitUntilRead(_ deadline: Deadline) throws(IMAPError) {
    try state.wait(deadline) { $0.unread.isEmpty ? () : nil }
  }

  /// Messages that were committed during this scan.
  var committed: Set<UInt32> { state.read { $0.committed } }

  /// Forgets messages whose content may have belonged to others.
  func forget(_ uids: Set<UInt32>) {
    state.update { state in
      state.uncommitted.subtract(uids)
      state.committed.subtract(uids)
    }
  }

  /// Returns and removes the messages whose content was not accepted, with the reasons.
  func takeWithheld() -> [UInt32: String] {
    state.update { state in
      defer { state.withheld = [:] }
      return state.withheld
    }
  }

  // MARK: For the writer

  /// Records that a message was read.
  /// - Parameter isRecorded: whether it is in the ledger.
  func noteRead(_ uid: UInt32, isRecorded: Bool) {
    state.update { state in
      state.unread.remove(uid)
      if isRecorded { state.uncommitted.insert(uid) }
    }
  }

  /// Records that the content of a message was not accepted.
  func note(withheld uid: UInt32, _ why: String) {
    state.update { state in
      state.unread.remove(uid)
      state.withheld[uid] = why
    }
  }

  /// Records that a message was committed.
  func noteCommitted(_ uid: UInt32) {
    state.update { state in
      // A message that was forgotten in the meantime stays forgotten.
      if state.uncommitted.remove(uid) != nil { state.committed.insert(uid) }
    }
  }
}
