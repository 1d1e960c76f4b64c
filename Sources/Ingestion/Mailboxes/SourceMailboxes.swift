import IMAP
import Store

/// The mailboxes of a run; each scan gets the same object for a mailbox.
final class SourceMailboxes: Sendable {
  private let mailboxes = Monitor<[MailboxKey: SourceMailbox]>([:])

  /// The mailbox with a key; `name` is its name in the ledger.
  func mailbox(_ key: MailboxKey, name: String) -> SourceMailbox {
    mailboxes.update { mailboxes in
      let mailbox = mailboxes[key] ?? SourceMailbox(key, name: name)
      mailboxes[key] = mailbox
      return mailbox
    }
  }
}
