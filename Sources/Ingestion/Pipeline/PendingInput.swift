import DMARC
import Intake
import Store

/// An input that is to be read, or an order to the writer that keeps its place among the inputs.
enum PendingInput: Sendable {
  /// A file, and how far it was read before if it is an mbox file that has grown.
  case file(InputFile, readUpTo: MboxPosition? = nil)
  case mail(FetchedMessage)
  case order(WriterRequest)

  /// Bytes.
  var size: Int64 {
    switch self {
    case .file(let file, _): file.size
    case .mail(let mail): mail.facts.size
    case .order: 0
    }
  }

  /// Whether it can be read only once.
  var isStream: Bool { if case .file(let file, _) = self { file.isStream } else { false } }

  /// Its name for a person.
  var shown: String {
    switch self {
    case .file(let file, _): file.shown
    case .mail(let mail): mail.name
    case .order: ""
    }
  }

  /// The input as the journal of crashes knows it; nil for what cannot be met again.
  var journalKey: ReadingJournal.Key? {
    switch self {
    case .file(let file, _):
      file.isStream
        ? nil : ReadingJournal.Key(name: file.ledgerName, size: file.size, modified: file.time.stamp)
    case .mail(let mail): ReadingJournal.Key(name: mail.name)
    case .order: nil
    }
  }

  /// The input as the ledger knows it; nil for what is not remembered.
  /// - Parameter end: how far an mbox file was read by now.
  func ledgerInput(_ end: MboxPosition? = nil) -> LedgerInput? {
    switch self {
    case .file(let file, _):
      // An mbox file that grew while it was read counts as what was read of it.
      file.isStream
        ? nil
        : LedgerInput(name: file.ledgerName, size: end?.size ?? file.size, modified: file.time.stamp, mailbox: end)
    case .mail(let mail):
      LedgerInput(
        name: mail.name, size: mail.facts.size, modified: FileTime(seconds: mail.facts.date ?? 0).stamp,
        serverMail: ServerMessage(mailboxID: mail.mailbox.id, uid: mail.facts.uid))
    case .order: nil
    }
  }
}
