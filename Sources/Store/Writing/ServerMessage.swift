import GRDB

/// A mailbox of an IMAP server in the time of one UIDVALIDITY (RFC 9051 §2.3.1.1).
public struct MailboxKey: Sendable, Hashable {
  /// What the account is known by.
  public var account: String
  /// Name of the mailbox in Unicode.
  public var name: String
  /// What the server numbers the mails by at this time.
  public var uidValidity: UInt32

  /// A mailbox.
  public init(account: String, name: String, uidValidity: UInt32) {
    self.account = account
    self.name = name
    self.uidValidity = uidValidity
  }
}

/// A mail on a server.
public struct ServerMessage: Sendable, Hashable {
  /// Row of its mailbox.
  public var mailboxID: Int64
  /// Unique identifier in it.
  public var uid: UInt32

  /// A mail.
  public init(mailboxID: Int64, uid: UInt32) {
    self.mailboxID = mailboxID
    self.uid = uid
  }
}

/// What the ledger knows of a mailbox.
public struct MailboxLedger: Sendable {
  /// Row of the mailbox.
  public var id: Int64
  /// Whether the server has numbered the mails of this mailbox anew since it was last read.
  public var isRenumbered: Bool
  /// Mails that were read.
  public var known: [ClosedRange<UInt32>]
  /// Of these, those in which something was rejected.
  public var rejected: [UInt32]
}

/// A mail that was read, and what has been done with it on the server.
public struct ReadMessage: Sendable, Hashable {
  /// Unique identifier in its mailbox.
  public var uid: UInt32
  /// What became of it.
  public var outcome: InputOutcome
  /// The last step that was taken; nil for none.
  public var cleared: String?
}

extension ReportWriter {
  /// What is known of the mails of a mailbox within a range of identifiers.
  ///
  /// A mailbox that the server has numbered anew is read anew, so what was rejected in it before is forgotten.
  public func ledger(of key: MailboxKey, within range: ClosedRange<UInt32>) throws -> MailboxLedger {
    let found = try Int64.fetchOne(
      db, sql: "SELECT id FROM mailbox WHERE account = ? AND name = ? AND uid_validity = ?",
      arguments: [key.account, key.name, key.uidValidity])
    guard let id = found else {
      let isRenumbered = try forgetRejected(of: key)
      try db.execute(
        sql: "INSERT INTO mailbox (account, name, uid_validity) VALUES (?, ?, ?)",
        arguments: [key.account, key.name, key.uidValidity])
      return MailboxLedger(id: db.lastInsertedRowID, isRenumbered: isRenumbered, known: [], rejected: [])
    }
    var known: [ClosedRange<UInt32>] = []
    let uids = try UInt32.fetchCursor(
      db, sql: "SELECT uid FROM input WHERE mailbox_id = ? AND uid BETWEEN ? AND ? ORDER BY uid",
      arguments: [id, range.lowerBound, range.upperBound])
    while let uid = try uids.next() {
      if let last = known.last, last.upperBound + 1 == uid {
        known[known.count - 1] = last.lowerBound...uid
      } else {
        known.append(uid...uid)
      }
    }
    let rejected = try UInt32.fetchAll(
      db,
      sql: """
        SELECT DISTINCT uid FROM input JOIN input_item ON input_id = input.id
        WHERE outcome = 'rejected' AND mailbox_id = ? AND uid BETWEEN ? AND ? ORDER BY uid
        """, arguments: [id, range.lowerBound, range.upperBound])
    return MailboxLedger(id: id, isRenumbered: false, known: known, rejected: rejected)
  }

  private func forgetRejected(of key: MailboxKey) throws -> Bool {
    try db.execute(
      sql: """
        DELETE FROM input WHERE mailbox_id IN (SELECT id FROM mailbox WHERE account = ? AND name = ?)
          AND NOT EXISTS (
            SELECT * FROM input_item WHERE input_id = input.id AND outcome IN ('ingested', 'duplicate', 'conflict'))
        """, arguments: [key.account, key.name])
    return try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT * FROM mailbox WHERE account = ? AND name = ?)",
      arguments: [key.account, key.name]) ?? false
  }

  /// Mails that were read, within a range of identifiers, in order.
  public func readMails(in mailboxID: Int64, within range: ClosedRange<UInt32>) throws -> [ReadMessage] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT uid, cleared,
          \(InputOutcome.sql) AS kind
        FROM input JOIN input_item ON input_id = input.id LEFT JOIN report ON report.id = input_item.report_id
        WHERE mailbox_id = ? AND uid BETWEEN ? AND ? GROUP BY uid ORDER BY uid
        """, arguments: [mailboxID, range.lowerBound, range.upperBound]
    ).compactMap { row in
      InputOutcome(rawValue: row["kind"]).map { ReadMessage(uid: row["uid"], outcome: $0, cleared: row["cleared"]) }
    }
  }

  /// Takes mails for unread, so that they are asked for again. What was stored of them stays.
  public func forget(_ uids: Set<UInt32>, in mailboxID: Int64) throws {
    let statement = try db.cachedStatement(sql: "DELETE FROM input WHERE mailbox_id = ? AND uid = ?")
    for uid in uids { try statement.execute(arguments: [mailboxID, uid]) }
  }

  /// Writes down the last step that was taken with mails on the server; nil for none.
  public func noteCleared(_ uids: [UInt32], in mailboxID: Int64, _ step: String?) throws {
    let statement = try db.cachedStatement(sql: "UPDATE input SET cleared = ? WHERE mailbox_id = ? AND uid = ?")
    for uid in uids { try statement.execute(arguments: [step, mailboxID, uid]) }
  }
}
