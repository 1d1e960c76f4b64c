import GRDB

/// A mailbox of an IMAP server with one UIDVALIDITY (RFC 9051 §2.3.1.1).
package struct MailboxKey: Sendable, Hashable {
  /// The identification of the account.
  package var account: String
  /// Name of the mailbox in Unicode.
  package var name: String
  /// The UIDVALIDITY of its message numbers.
  package var uidValidity: UInt32

  /// Creates a mailbox.
  package init(account: String, name: String, uidValidity: UInt32) {
    self.account = account
    self.name = name
    self.uidValidity = uidValidity
  }
}

/// A message on a server.
package struct ServerMessage: Sendable, Hashable {
  /// Its mailbox.
  package var mailbox: MailboxKey
  /// Unique identifier in it.
  package var uid: UInt32

  /// Creates a message.
  package init(mailbox: MailboxKey, uid: UInt32) {
    self.mailbox = mailbox
    self.uid = uid
  }
}

/// What the ledger knows about a mailbox.
package struct MailboxLedger: Sendable {
  /// Whether the server has given the messages of this mailbox new numbers since it was last read.
  package var isRenumbered = false
  /// Messages that were read.
  package var known: [ClosedRange<UInt32>] = []
  /// Of these, those in which something was rejected.
  package var rejected: [UInt32] = []
}

/// A message that was read, and what has been done with it on the server.
package struct ReadMessage: Sendable, Hashable {
  /// Unique identifier in its mailbox.
  package var uid: UInt32
  /// Its outcome.
  package var outcome: InputOutcome
  /// The last step that was taken to clean it up; nil for none.
  package var step: CleanupStep?
}

extension MailboxKey {
  /// Its row; nil if no message of it was read.
  func id(in db: Database) throws -> Int64? {
    try Int64.fetchOne(
      try db.cachedStatement(sql: "SELECT id FROM mailbox WHERE account = ? AND name = ? AND uid_validity = ?"),
      arguments: [account, name, uidValidity])
  }

  /// Whether messages of this mailbox were read when they had other numbers.
  func isRenumbered(in db: Database) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT * FROM mailbox WHERE account = ? AND name = ? AND uid_validity <> ?)",
      arguments: [account, name, uidValidity]) ?? false
  }
}

extension ReportWriter {
  /// The row of a mailbox, added if it does not exist. The messages of a renumbered mailbox are all read again, so what was
  /// rejected in it before is forgotten.
  func mailboxID(_ key: MailboxKey) throws -> Int64 {
    if let id = try key.id(in: db) { return id }
    try db.execute(
      sql: """
        DELETE FROM input WHERE mailbox_id IN (SELECT id FROM mailbox WHERE account = ? AND name = ?)
          AND NOT EXISTS (
            SELECT * FROM input_item WHERE input_id = input.id AND outcome IN ('ingested', 'duplicate', 'conflict'))
        """, arguments: [key.account, key.name])
    try db.execute(
      sql: "INSERT INTO mailbox (account, name, uid_validity) VALUES (?, ?, ?)",
      arguments: [key.account, key.name, key.uidValidity])
    return db.lastInsertedRowID
  }

  /// Marks messages as unread in the ledger, so that they are fetched again. Their stored reports are kept.
  package func forget(_ uids: Set<UInt32>, in key: MailboxKey) throws {
    let id = try mailboxID(key)
    let statement = try db.cachedStatement(sql: "DELETE FROM input WHERE mailbox_id = ? AND uid = ?")
    for uid in uids { try statement.execute(arguments: [id, uid]) }
  }

  /// Records the last step that was taken to clean up messages on the server.
  package func note(_ step: CleanupStep, of uids: [UInt32], in key: MailboxKey) throws {
    let id = try mailboxID(key)
    let statement = try db.cachedStatement(sql: "UPDATE input SET cleared = ? WHERE mailbox_id = ? AND uid = ?")
    for uid in uids { try statement.execute(arguments: [step.words, id, uid]) }
  }
}
