import GRDB

/// Reads what the ledger knows about mailboxes on servers. It has its own connection, so it does not wait for the writer and only sees
/// what is committed.
package final class LedgerReader: Sendable {
  private let path: String
  /// Nil for a database in memory, which other connections cannot see.
  private let queue: DatabaseQueue?

  /// Opens a second connection to a database.
  /// - Throws: ``StoreError`` if that is not possible, or if the file was replaced by another.
  package init(_ database: ReportDatabase) throws(StoreError) {
    path = database.path
    guard !database.isInMemory else {
      queue = nil
      return
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: ReportDatabase.configuration(.readOnly, 60, {}))
    } catch {
      throw ReportDatabase.explain(error, path, .readOnly)
    }
    try database.checkPlace()
  }

  /// What is known about the messages of a mailbox within a range of identifiers.
  /// - Throws: ``StoreError``.
  package func ledger(of key: MailboxKey, within range: ClosedRange<UInt32>) throws(StoreError) -> MailboxLedger {
    try read(MailboxLedger()) { db in
      guard let id = try key.id(in: db) else { return MailboxLedger(isRenumbered: try key.isRenumbered(in: db)) }
      var ledger = MailboxLedger()
      let uids = try UInt32.fetchCursor(
        db, sql: "SELECT uid FROM input WHERE mailbox_id = ? AND uid BETWEEN ? AND ? ORDER BY uid",
        arguments: [id, range.lowerBound, range.upperBound])
      while let uid = try uids.next() {
        if let last = ledger.known.last, last.upperBound + 1 == uid {
          ledger.known[ledger.known.count - 1] = last.lowerBound...uid
        } else {
          ledger.known.append(uid...uid)
        }
      }
      ledger.rejected = try UInt32.fetchAll(
        db,
        sql: """
          SELECT DISTINCT uid FROM input JOIN input_item ON input_id = input.id
          WHERE outcome = 'rejected' AND mailbox_id = ? AND uid BETWEEN ? AND ? ORDER BY uid
          """, arguments: [id, range.lowerBound, range.upperBound])
      return ledger
    }
  }

  /// Messages that were read, within a range of identifiers, in order.
  /// - Throws: ``StoreError``.
  package func readMessages(in key: MailboxKey, within range: ClosedRange<UInt32>) throws(StoreError) -> [ReadMessage] {
    try read([]) { db in
      guard let id = try key.id(in: db) else { return [] }
      return try Row.fetchAll(
        db,
        sql: """
          SELECT uid, cleared, \(InputOutcome.sql) AS kind
          FROM input JOIN input_item ON input_id = input.id LEFT JOIN report ON report.id = input_item.report_id
          WHERE mailbox_id = ? AND uid BETWEEN ? AND ? GROUP BY uid ORDER BY uid
          """, arguments: [id, range.lowerBound, range.upperBound]
      ).compactMap { row in
        guard let outcome = InputOutcome(rawValue: row["kind"]) else { return nil }
        let words: String? = row["cleared"]
        return ReadMessage(uid: row["uid"], outcome: outcome, step: words.flatMap(CleanupStep.init(words:)))
      }
    }
  }

  private func read<Value>(_ nothing: Value, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
    guard let queue else { return nothing }
    do { return try queue.read(body) } catch { throw ReportDatabase.explain(error, path, .readOnly) }
  }
}
