import GRDB

extension ReportDatabase {
  /// Hands out the one writer of this database for the length of `body`.
  /// - Parameter now: epoch seconds that new rows carry.
  /// - Throws: ``StoreError`` for what SQLite says, and whatever else `body` throws.
  public func withWriter<Value>(now: Int64, _ body: (IngestWriter) throws -> Value) throws -> Value {
    do {
      return try queue.writeWithoutTransaction { db in
        let writer = try IngestWriter(db, now: now)
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
