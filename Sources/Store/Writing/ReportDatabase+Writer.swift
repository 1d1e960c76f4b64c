import GRDB

extension ReportDatabase {
  /// Hands out the one writer of this database for the length of `body`.
  /// - Parameters:
  ///   - now: epoch seconds that new rows carry.
  ///   - isDurable: whether a commit must outlast a power cut. Whoever deletes what has been read cannot read it again.
  /// - Throws: ``StoreError`` for what SQLite says, and whatever else `body` throws.
  public func withWriter<Value>(now: Int64, isDurable: Bool = false, _ body: (ReportWriter) throws -> Value) throws
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
