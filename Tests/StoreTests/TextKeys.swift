import DMARC
import GRDB

@testable import Store

/// Databases from before migration 18, whose outcomes and policies have their canonical forms as keys.
enum TextKeys {
  /// Gives the tables of a current database the keys that they had then.
  static func restore(in database: ReportDatabase) throws {
    try withoutReferences(database) { db in
      let store = FlowStore(db)
      for table in ["policy", "outcome"] {
        let sql = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_master WHERE name = ?", arguments: [table]) ?? ""
        let texts = try Int64.fetchAll(db, sql: "SELECT id FROM \(table)").map { id in
          (id, table == "outcome" ? try store.outcome(id).form.string : try text(of: store.policy(id)))
        }
        let new = sql.replacing("BLOB NOT NULL CHECK (length(key) = 16)", with: "ANY NOT NULL UNIQUE")
        try db.execute(
          sql: """
            ALTER TABLE \(table) RENAME TO hashed; DROP INDEX \(table)_by_key; DROP INDEX IF EXISTS outcome_by_header_from;
            \(new); INSERT INTO \(table) SELECT * FROM hashed
            """)
        try db.execute(sql: "CREATE INDEX IF NOT EXISTS outcome_by_header_from ON outcome (header_from_id)")
        for (id, text) in texts {
          try db.execute(sql: "UPDATE \(table) SET key = ? WHERE id = ?", arguments: [text, id])
        }
        try db.execute(sql: "DROP TABLE hashed")
      }
    }
  }

  /// Runs migrations 10 and 18.
  static func migrate(_ database: ReportDatabase) throws {
    try withoutReferences(database) { db in
      try DomainMerge.run(db)
      try CanonicalKeys.convert(db)
    }
  }

  private static func text(of policy: PolicyPublished) -> String {
    policy.domain.flatMap(DomainName.init).map(policy.canonicalText(for:)) ?? ""
  }

  private static func withoutReferences(_ database: ReportDatabase, _ body: (Database) throws -> Void) throws {
    try database.queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")
      try db.inTransaction {
        try body(db)
        return .commit
      }
      try db.execute(sql: "PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON")
    }
  }
}
