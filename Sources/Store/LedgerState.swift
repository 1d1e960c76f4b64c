package import DMARC
import GRDB

/// What the ledger knows about an input.
package enum LedgerState: Sendable, Hashable {
  /// Not read before, or changed since.
  case new
  /// An mbox file that has grown since it was read, with the position up to which it was read.
  case grown(MboxPosition)
  /// Read in its current state, and nothing in it was rejected.
  case done
  /// Read in its current state, and something in it was rejected.
  case rejected
}

extension ReportDatabase {
  /// What the ledger knows about inputs, which are recognised by name, size and modification time alone.
  /// - Throws: ``StoreError``.
  package func ledgerStates(of inputs: some Sequence<LedgerInput>) throws(StoreError) -> [LedgerState] {
    try read { db in
      let statement = try RawStatement(
        db,
        """
        SELECT CASE WHEN size = ? AND modified = ?
          THEN EXISTS (SELECT * FROM input_item WHERE input_id = input.id AND outcome = 'rejected')
          ELSE 2 + (fingerprint IS NOT NULL) END
        FROM input WHERE path = ?
        """)
      return try inputs.map { input in
        statement.bind(input.size, at: 1)
        statement.bind(input.modified, at: 2)
        statement.bind(input.name, at: 3)
        switch try statement.firstInteger() {
        case 0?: return .done
        case 1?: return .rejected
        case 3?: return try Self.mboxPosition(db, input.name).map { .grown($0) } ?? .new
        default: return .new
        }
      }
    }
  }

  private static func mboxPosition(_ db: Database, _ name: String) throws -> MboxPosition? {
    let row = try Row.fetchOne(
      db, sql: "SELECT size, last_mail, fingerprint FROM input WHERE path = ? AND fingerprint IS NOT NULL",
      arguments: [name])
    return row.map {
      MboxPosition(size: $0["size"], lastMail: $0["last_mail"], fingerprint: ($0["fingerprint"] as DatabaseBytes).bytes)
    }
  }

  /// Which of these inputs are settled, so that they may be cleaned up; see ``InputOutcome``.
  /// - Throws: ``StoreError``.
  package func areSettled(_ names: [String]) throws(StoreError) -> [Bool] {
    try read { db in
      let statement = try RawStatement(
        db,
        """
        SELECT \(InputOutcome.sql)
        FROM \(InputOutcome.tables)
        WHERE path = ? AND fingerprint IS NULL
        """)
      return try names.map { name in
        statement.bind(name, at: 1)
        return try statement.firstInteger() == Int64(InputOutcome.settled.rawValue)
      }
    }
  }
}
