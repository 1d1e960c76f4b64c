import DMARC
import IMAP
import Intake
import Store

/// An input that is to be read.
enum PendingInput: Sendable {
  /// A file, and how far it was read before if it is an mbox file that has grown.
  case file(InputFile, readUpTo: MboxPosition? = nil)
  case message(FetchedMessage)

  /// Bytes.
  var size: Int64 {
    switch self {
    case .file(let file, _): file.size
    case .message(let message): message.facts.size
    }
  }

  /// Whether it can be read only once.
  var isStream: Bool { if case .file(let file, _) = self { file.isStream } else { false } }

  /// Its name for a person.
  var shown: String {
    switch self {
    case .file(let file, _): file.shown
    case .message(let message): message.name
    }
  }

  /// The input as the journal of crashes knows it; nil for a stream, which cannot be met again.
  var journalKey: ReadingJournal.Key? {
    switch self {
    case .file(let file, _):
      file.isStream
        ? nil : ReadingJournal.Key(name: file.ledgerName, size: file.size, modified: file.time.stamp)
    case .message(let message): ReadingJournal.Key(name: message.name)
    }
  }

  /// The input as the ledger knows it; nil for a stream, which is not remembered.
  /// - Parameter end: how far an mbox file has been read.
  func ledgerInput(_ end: MboxPosition? = nil) -> LedgerInput? {
    switch self {
    case .file(let file, _):
      // An mbox file that grew while it was read counts as what was read of it.
      file.isStream
        ? nil
        : LedgerInput(name: file.ledgerName, size: end?.size ?? file.size, modified: file.time.stamp, mailbox: end)
    case .message(let message):
      LedgerInput(
        name: message.name, size: message.facts.size, modified: FileTime(seconds: message.facts.date ?? 0).stamp,
        serverMail: ServerMessage(mailbox: message.mailbox.key, uid: message.facts.uid))
    }
  }
}
