import DMARC
import IMAP
import Intake
import Store
import Synchronization

/// A mail that was fetched from a server and waits to be read.
struct FetchedMail: Sendable {
  let mailbox: SourceMailbox
  let facts: Session.MailFacts
  /// Its bytes, or why they were not taken.
  let content: Result<ByteSource, Rejection>

  /// The mail as a URL (RFC 5092 §2).
  var name: String { "\(mailbox.url)/;UID=\(facts.uid)" }
}

/// A mailbox that mails come from. The writer says here what has become of them, once it is committed.
final class SourceMailbox: Sendable {
  struct Done: Sendable {
    var uid: UInt32
    var outcome: MailOutcome
  }

  /// Its row in the database.
  let id: Int64
  /// The mailbox as a URL, with its UIDVALIDITY.
  let url: String
  private let done = Mutex<[Done]>([])

  init(id: Int64, url: String) {
    self.id = id
    self.url = url
  }

  func note(_ mail: Done) { done.withLock { $0.append(mail) } }

  /// Mails that are committed, and have not been taken before.
  func takeDone() -> [Done] {
    done.withLock { done in
      defer { done = [] }
      return done
    }
  }

  var doneCount: Int { done.withLock(\.count) }
}
