import GRDB

extension ReportDatabase {
  /// Calls `body` with the writer of this database.
  /// - Parameters:
  ///   - now: the time of new rows, epoch seconds.
  ///   - isDurable: whether a commit must survive a power failure, because its inputs are deleted and cannot be read again.
  /// - Throws: ``StoreError`` for errors of SQLite, and any other error of `body`.
  package func withWriter<Value>(now: Int64, isDurable: Bool = false, _ body: (ReportWriter) throws -> Value) throws
    -> Value
  {
    do {
      return try queue.writeWithoutTransaction { db in
        if isDurable { try db.execute(sql: "PRAGMA synchronous = FULL") }
        defer { if isDurable { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
        let writer = try ReportWriter(db, now: now)
        do {
          return try body(writer)
        } catch {
          try? writer.rollback()
          throw error
        }
      }
    } catch let error as DatabaseError {
      throw Self.explain(error, path, .readWrite)
    }
  }
}
