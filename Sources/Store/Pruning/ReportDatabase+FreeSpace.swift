import DMARC
import GRDB

/// Free space in the file: pages without content, which new reports fill before the file grows.
extension ReportDatabase {
  /// Bytes of the file without content.
  /// - Throws: ``StoreError``.
  package func freeBytes() throws(StoreError) -> Int64 { try read { try Self.pages("freelist_count", $0) } }

  /// Bytes of the file with content.
  /// - Throws: ``StoreError``.
  package func usedBytes() throws(StoreError) -> Int64 {
    try read { try Self.pages("page_count", $0) - Self.pages("freelist_count", $0) }
  }

  private static func pages(_ pragma: String, _ db: Database) throws -> Int64 {
    func number(_ name: String) throws -> Int64 { try Int64.fetchOne(db, sql: "PRAGMA \(name)") ?? 0 }
    return try number(pragma).multipliedClamped(by: number("page_size"))
  }

  /// Gives free space back to the file system, in small transactions. Databases that were created before this was possible keep it, until
  /// ``vacuum()`` converts them.
  /// - Parameters:
  ///   - share: the share of the file that may stay free.
  ///   - isWanted: asked before each transaction; the run ends once it is false.
  /// - Throws: ``StoreError``.
  package func shrink(
    leaving share: Double = 0, whileTrue isWanted: () -> Bool = { true }
  ) throws(StoreError) {
    do {
      var last = Int64.max
      var turns = WritingTurns()
      while isWanted() {
        let (isIncremental, free, all) = try queue.read { db in
          (
            try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") == 2, try Self.pages("freelist_count", db),
            try Self.pages("page_count", db)
          )
        }
        guard isIncremental, free > 0, free < last, Double(free) > Double(all) * share else { break }
        last = free
        try queue.writeWithoutTransaction {
          try $0.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesInTransaction))")
        }
        turns.letOthersWrite()
      }
      // Until the log is written back, the file keeps its length. Readers may prevent that, and must not have to wait.
      try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
    } catch { throw Self.explain(error, path, .readWrite) }
  }

  private static let pagesInTransaction = 1_000

  /// Writes the whole file anew, without free space. Other processes can read meanwhile, but not write.
  /// - Throws: ``StoreError``.
  package func vacuum() throws(StoreError) {
    do {
      try queue.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(PASSIVE)")
      }
    } catch { throw Self.explain(error, path, .readWrite) }
  }
}
