import DMARC
import IMAP
import Intake

/// A message that was fetched from a server and is waiting to be parsed.
struct FetchedMessage: Sendable {
  let mailbox: SourceMailbox
  let facts: IMAPSession.MessageFacts
  /// Its bytes, or why they were not accepted.
  let content: Result<ByteSource, InputError>
  /// Why the bytes may not be the complete message.
  var doubt: ContentDoubt?

  /// Its name in the ledger.
  var name: String { Self.name(facts.uid, in: mailbox) }

  static func name(_ uid: UInt32, in mailbox: SourceMailbox) -> String { "\(mailbox.name)/;UID=\(uid)" }
}
