package import DMARC
import GRDB

/// The outcome of a report or of a whole input.
package struct LedgerItem: Sendable, Hashable {
  /// Name within the archive or message; nil for the input itself.
  package var member: String?
  /// Byte offset of its message in an mbox file.
  package var mailOffset: Int64?
  /// The outcome.
  package var outcome: Outcome
  /// Whether this copy of the report was truncated or lossy, so that not all of it is stored.
  package var isIncomplete: Bool

  /// The outcomes in the ledger.
  package enum Outcome: Sendable, Hashable {
    case stored(StoringOutcome)
    /// It was rejected, with the cause and the next step.
    case rejected(InputError, nextStep: String)
    case notAReport(kind: String)
  }

  /// Creates an item of the ledger.
  package init(member: String?, mailOffset: Int64? = nil, isIncomplete: Bool = false, _ outcome: Outcome) {
    self.member = member
    self.mailOffset = mailOffset
    self.outcome = outcome
    self.isIncomplete = isIncomplete
  }
}

/// An input in the ledger.
package struct LedgerInput: Sendable, Hashable {
  /// Its name in the ledger.
  package var name: String
  /// Bytes.
  package var size: Int64
  /// Modification time: ``FileTime/stamp``.
  package var modified: Int64
  /// The position up to which an mbox file was read; nil for other inputs.
  package var mboxPosition: MboxPosition?
  /// The message on a server; nil for files.
  package var serverMail: ServerMessage?

  /// Creates an input.
  package init(
    name: String, size: Int64, modified: Int64, mboxPosition: MboxPosition? = nil, serverMail: ServerMessage? = nil
  ) {
    self.name = name
    self.size = size
    self.modified = modified
    self.mboxPosition = mboxPosition
    self.serverMail = serverMail
  }
}

/// Records which inputs were read, so that the next run recognises them by name, size and time alone.
extension ReportWriter {
  /// Records the outcome of an input and replaces an earlier one.
  /// - Parameter resumedAt: the byte offset from which an mbox file was read; the records of the messages before it are kept.
  /// - Returns: its row.
  @discardableResult
  package func record(_ input: LedgerInput, _ items: [LedgerItem], resumedAt: Int64? = nil) throws -> Int64 {
    let mailboxID = try input.serverMail.map { try self.mailboxID($0.mailbox) }
    let (id, next) = try ledger.input(input, in: mailboxID, triedAt: now, keepingBefore: resumedAt ?? 0)
    for (ordinal, item) in items.enumerated() { try ledger.add(item, next + Int64(ordinal), to: id) }
    return id
  }
}

/// The statements that write the ledger.
final class LedgerStatements {
  private let find, add, change, clear, lastOrdinal, addItem: RawStatement

  init(_ db: Database) throws {
    find = try RawStatement(db, "SELECT id FROM input WHERE path = ?")
    add = try RawStatement(
      db,
      """
      INSERT INTO input (size, modified, tried_at, last_mail, fingerprint, path, mailbox_id, uid)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """)
    change = try RawStatement(
      db,
      "UPDATE input SET size = ?, modified = ?, tried_at = ?, last_mail = ?, fingerprint = ? WHERE id = ?")
    clear = try RawStatement(db, "DELETE FROM input_item WHERE input_id = ? AND coalesce(mail_offset, 0) >= ?")
    lastOrdinal = try RawStatement(db, "SELECT max(ordinal) FROM input_item WHERE input_id = ?")
    addItem = try RawStatement(
      db,
      """
      INSERT INTO input_item (input_id, ordinal, member, outcome, report_id, code, cause, line, next_step, mail_offset,
        incomplete, aside_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
  }

  /// The row of an input, added or brought up to date, without the items of messages from a byte offset on.
  /// - Returns: its id, and the ordinal of its next item.
  func input(
    _ input: LedgerInput, in mailboxID: Int64?, triedAt: Int64, keepingBefore offset: Int64
  ) throws -> (id: Int64, next: Int64) {
    find.bind(input.name, at: 1)
    let known = try find.firstInteger()
    let statement = known == nil ? add : change
    statement.bind(input.size, at: 1)
    statement.bind(input.modified, at: 2)
    statement.bind(triedAt, at: 3)
    statement.bind(input.mboxPosition?.lastMail, at: 4)
    statement.bind(input.mboxPosition?.fingerprint, at: 5)
    guard let known else {
      add.bind(input.name, at: 6)
      add.bind(mailboxID, at: 7)
      add.bind(input.serverMail.map { Int64($0.uid) }, at: 8)
      return (try add.insert(), 0)
    }
    change.bind(known, at: 6)
    try change.run()
    clear.bind(known, at: 1)
    clear.bind(offset, at: 2)
    try clear.run()
    guard offset > 0 else { return (known, 0) }
    lastOrdinal.bind(known, at: 1)
    return (known, try lastOrdinal.firstInteger().map { $0 + 1 } ?? 0)
  }

  func add(_ item: LedgerItem, _ ordinal: Int64, to input: Int64) throws {
    addItem.bind(input, at: 1)
    addItem.bind(ordinal, at: 2)
    addItem.bind(item.member, at: 3)
    var report: Int64?
    var why: InputError?
    var nextStep: String?
    var kind: String?
    var aside: Int64?
    let outcome: String
    switch item.outcome {
    case .stored(.ingested(let id)): (outcome, report) = ("ingested", id)
    case .stored(.duplicate(let id)): (outcome, report) = ("duplicate", id)
    case .stored(.conflict(let id)): (outcome, report) = ("conflict", id)
    case .stored(.setAside(let id, let reason, _)): (outcome, aside, kind) = ("duplicate", id, reason.rawValue)
    case .rejected(let rejection, let step): (outcome, why, nextStep) = ("rejected", rejection, step)
    case .notAReport(let what): (outcome, kind) = ("not-a-report", what)
    }
    addItem.bind(outcome, at: 4)
    addItem.bind(report, at: 5)
    addItem.bind(why?.code.rawValue ?? (aside == nil ? nil : kind), at: 6)
    addItem.bind(why?.cause ?? kind, at: 7)
    addItem.bind(why?.line.map(Int64.init), at: 8)
    addItem.bind(nextStep, at: 9)
    addItem.bind(item.mailOffset, at: 10)
    addItem.bind(item.isIncomplete ? 1 : 0 as Int64, at: 11)
    addItem.bind(aside, at: 12)
    try addItem.run()
  }
}
