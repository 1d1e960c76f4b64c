import DMARC
import IMAP
import Intake

/// A message that was fetched from a server and waits to be read.
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
