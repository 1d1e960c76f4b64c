import IMAP
import Store

/// A mailbox that messages come from, and how far those of this run have got. The thread that fetches them hands them over; the writer
/// notes here when they have been read, and when they are committed.
final class SourceMailbox: Sendable {
  private struct State {
    /// Handed over and not yet read to their ends.
    var unread: Set<UInt32> = []
    /// In the ledger, but not yet committed.
    var uncommitted: Set<UInt32> = []
    /// Committed during this look.
    var committed: Set<UInt32> = []
    /// Messages of which something else came, and why that is thought.
    var withheld: [UInt32: String] = [:]
  }

  let key: MailboxKey
  /// What the ledger calls it, with its UIDVALIDITY.
  let name: String
  private let state = Monitor(State())

  init(_ key: MailboxKey, name: String) {
    self.key = key
    self.name = name
  }

  // MARK: The thread that fetches

  /// Another look begins. Waits until all messages of earlier ones have been read.
  /// - Returns: those of them that the ledger will know once they are committed. They must be asked for before the ledger is.
  /// - Throws: ``IMAPError`` when it is time to stop.
  func beginScan(_ deadline: Deadline) throws(IMAPError) -> Set<UInt32> {
    try waitUntilRead(deadline)
    return state.update { state in
      state.committed = []
      state.withheld = [:]
      return state.uncommitted
    }
  }

  /// A message is handed over.
  func handOver(_ uid: UInt32) { state.update { _ = $0.unread.insert(uid) } }

  /// Waits until all messages that were handed over have been read to their ends.
  /// - Throws: ``IMAPError`` when it is time to stop.
  func waitUntilRead(_ deadline: Deadline) throws(IMAPError) {
    try state.wait(deadline) { $0.unread.isEmpty ? () : nil }
  }

  /// Messages that were committed during this look.
  var committed: Set<UInt32> { state.read { $0.committed } }

  /// What was read of these messages may not have been theirs.
  func forget(_ uids: Set<UInt32>) {
    state.update { state in
      state.uncommitted.subtract(uids)
      state.committed.subtract(uids)
    }
  }

  /// Messages of which something else came, and why that is thought; those that have not been taken before.
  func takeWithheld() -> [UInt32: String] {
    state.update { state in
      defer { state.withheld = [:] }
      return state.withheld
    }
  }

  // MARK: The writer

  /// A message was read.
  /// - Parameter isRecorded: whether it is in the ledger.
  func noteRead(_ uid: UInt32, isRecorded: Bool) {
    state.update { state in
      state.unread.remove(uid)
      if isRecorded { state.uncommitted.insert(uid) }
    }
  }

  /// What came for a message was not the whole of it.
  func note(withheld uid: UInt32, _ why: String) {
    state.update { state in
      state.unread.remove(uid)
      state.withheld[uid] = why
    }
  }

  /// A message is committed.
  func noteCommitted(_ uid: UInt32) {
    state.update { state in
      // What was forgotten in the meantime stays so.
      if state.uncommitted.remove(uid) != nil { state.committed.insert(uid) }
    }
  }
}

/// The mailboxes of a run, each the same at every look.
final class SourceMailboxes: Sendable {
  private let mailboxes = Monitor<[MailboxKey: SourceMailbox]>([:])

  /// The mailbox of a key; `name` is what the ledger calls it.
  func mailbox(_ key: MailboxKey, name: String) -> SourceMailbox {
    mailboxes.update { mailboxes in
      let mailbox = mailboxes[key] ?? SourceMailbox(key, name: name)
      mailboxes[key] = mailbox
      return mailbox
    }
  }
}
