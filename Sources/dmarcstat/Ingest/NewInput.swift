import DMARC
import Intake
import Store

/// An input that is to be read, and how far it was read before.
struct NewInput: Sendable {
  let file: InputFile
  /// For an mbox file that has grown.
  var mark: MailboxMark?

  /// The input as the ledger knows it.
  func ledgerInput(_ end: MailboxMark? = nil) -> LedgerInput {
    // An mbox file that grew while it was read counts as what was read of it.
    LedgerInput(name: file.ledgerName, size: end?.size ?? file.size, modified: file.modified, mailbox: end)
  }
}
