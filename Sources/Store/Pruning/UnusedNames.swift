import GRDB
import Glibc

/// Deletes what nothing refers to any more: flows that a replaced copy left, and the domains and policies that deleted reports named.
///
/// No index leads from a domain to the records that name it, so finding out takes a scan of the store. It runs in a read transaction, for
/// which nobody waits; the deletion that follows is short, and only takes place if nobody has written in between.
struct UnusedNames {
  let queue: DatabaseQueue

  /// Rows in one transaction.
  private static let step = 5_000
  /// Attempts while others write; what remains then is left to the next time.
  private static let maxAttempts = 3

  /// In this order, because each refers to those after it.
  private static let tables: [(name: String, unused: String, isIndexed: Bool)] = [
    ("flow", "NOT EXISTS (SELECT * FROM record WHERE flow_id = flow.id)", true),
    ("source", "NOT EXISTS (SELECT * FROM flow WHERE source_id = source.id)", true),
    ("outcome", "NOT EXISTS (SELECT * FROM flow WHERE outcome_id = outcome.id)", true),
    ("policy", "id NOT IN (SELECT policy_id FROM report) AND id NOT IN (SELECT policy_id FROM flow)", false),
    (
      "domain",
      """
      id NOT IN (SELECT policy_domain_id FROM report UNION SELECT domain_id FROM policy
        UNION SELECT header_from_id FROM outcome WHERE header_from_id IS NOT NULL
        UNION SELECT envelope_from_id FROM outcome WHERE envelope_from_id IS NOT NULL
        UNION SELECT envelope_to_id FROM record WHERE envelope_to_id IS NOT NULL)
      """, false
    ),
  ]

  /// Deletes them, in small transactions.
  func delete() throws {
    for table in Self.tables {
      var attempts = 0
      while attempts < Self.maxAttempts, try !delete(table.name, table.unused, checksReferences: table.isIndexed) {
        attempts += 1
      }
    }
  }

  /// - Returns: whether all are deleted.
  private func delete(_ table: String, _ unused: String, checksReferences: Bool) throws -> Bool {
    var (version, ids) = try queue.read { db in
      (try Self.version(db), try Int64.fetchAll(db, sql: "SELECT id FROM \(table) WHERE \(unused)"))
    }
    guard !ids.isEmpty else { return true }
    return try queue.writeWithoutTransaction { db in
      // SQLite would scan the store for each row.
      if !checksReferences { try db.execute(sql: "PRAGMA foreign_keys = OFF") }
      defer { try? db.execute(sql: "PRAGMA foreign_keys = ON") }
      while !ids.isEmpty {
        var isCurrent = false
        try db.inTransaction(.immediate) {
          isCurrent = try Self.version(db) == version
          guard isCurrent else { return .rollback }
          for id in ids.prefix(Self.step) {
            try db.cachedStatement(sql: "DELETE FROM \(table) WHERE id = ?").execute(arguments: [id])
          }
          return .commit
        }
        guard isCurrent else { return false }
        ids.removeFirst(min(Self.step, ids.count))
      }
      return true
    }
  }

  /// Changes when another connection has written.
  private static func version(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0
  }
}
