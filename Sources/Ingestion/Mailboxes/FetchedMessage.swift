import DMARC
import IMAP
import Intake
import Store
import Synchronization

/// A mail that was fetched from a server and waits to be read.
struct FetchedMessage: Sendable {
  let mailbox: SourceMailbox
  let facts: IMAPSession.MessageFacts
  /// Its bytes, or why they were not taken.
  let content: Result<ByteSource, InputError>
  /// Why these may not be all of its bytes.
  var doubt: Doubt?

  /// What the ledger knows it by.
  var name: String { Self.name(facts.uid, in: mailbox) }

  static func name(_ uid: UInt32, in mailbox: SourceMailbox) -> String { "\(mailbox.name)/;UID=\(uid)" }
}

/// A mailbox that mails come from. The writer says here what has become of them, once it is committed.
final class SourceMailbox: Sendable {
  struct Done: Sendable {
    var uid: UInt32
    var outcome: InputOutcome
  }

  /// Its row in the database.
  let id: Int64
  /// What the ledger knows it by, with its UIDVALIDITY.
  let name: String
  private let done = Mutex<[Done]>([])
  private let notGiven = Mutex<[UInt32: String]>([:])

  init(id: Int64, name: String) {
    self.id = id
    self.name = name
  }

  func note(_ mail: Done) { done.withLock { $0.append(mail) } }

  /// What was read of these mails may not have been theirs.
  func forget(_ uids: Set<UInt32>) { done.withLock { $0.removeAll { uids.contains($0.uid) } } }

  /// What came for a mail was not the whole of it.
  func note(notGiven uid: UInt32, _ why: String) { notGiven.withLock { $0[uid] = why } }

  /// Mails of which something else came, and why that is thought; those that have not been taken before.
  func takeNotGiven() -> [UInt32: String] {
    notGiven.withLock { mails in
      defer { mails = [:] }
      return mails
    }
  }

  /// Mails that are committed, and have not been taken before.
  func takeDone() -> [Done] {
    done.withLock { done in
      defer { done = [] }
      return done
    }
  }
}
