import DMARC
import IMAP
import Intake
import Store

/// An input to read.
enum PendingInput: Sendable {
  /// A file. If it is an mbox file that has grown, also the position up to which it was read before.
  case file(InputFile, readUpTo: MboxPosition? = nil)
  case message(FetchedMessage)

  /// Size in bytes.
  var size: Int64 {
    switch self {
    case .file(let file, _): file.size
    case .message(let message): message.facts.size
    }
  }

  /// Whether it can be read only once.
  var isStream: Bool { if case .file(let file, _) = self { file.isStream } else { false } }

  /// Its name in messages.
  var shown: String {
    switch self {
    case .file(let file, _): file.shown
    case .message(let message): message.name
    }
  }

  /// Its key in the crash journal; nil for a stream, which cannot be identified again.
  var journalKey: ReadingJournal.Key? {
    switch self {
    case .file(let file, _):
      file.isStream
        ? nil : ReadingJournal.Key(name: file.ledgerName, size: file.size, modified: file.time.stamp)
    case .message(let message): ReadingJournal.Key(name: message.name)
    }
  }

  /// Its entry in the ledger; nil for a stream, which is not recorded.
  /// - Parameter end: the position up to which an mbox file was read.
  func ledgerInput(_ end: MboxPosition? = nil) -> LedgerInput? {
    switch self {
    case .file(let file, _):
      // For an mbox file that grew while it was read, only the part that was read counts.
      file.isStream
        ? nil
        : LedgerInput(name: file.ledgerName, size: end?.size ?? file.size, modified: file.time.stamp, mboxPosition: end)
    case .message(let message):
      LedgerInput(
        name: message.name, size: message.facts.size, modified: FileTime(seconds: message.facts.date ?? 0).stamp,
        serverMail: ServerMessage(mailbox: message.mailbox.key, uid: message.facts.uid))
    }
  }
}
