import GRDB

/// Connections that read flows at the same time, while others read and write. Each reading sees the database as it was when it began.
package final class FlowReaders: Sendable {
  private let database: ReportDatabase
  private let queues: [DatabaseQueue]

  /// The number of readings that are possible at the same time: one if the database is in memory, because no other connection sees it.
  package var count: Int { max(1, queues.count) }

  /// Opens up to this many connections.
  /// - Throws: ``StoreError``.
  package init(_ database: ReportDatabase, count: Int) throws(StoreError) {
    self.database = database
    guard !database.isInMemory else {
      queues = []
      return
    }
    do {
      let configuration = ReportDatabase.configuration(.readOnly, 600, {})
      queues = try (0..<max(1, count)).map { _ in try DatabaseQueue(path: database.path, configuration: configuration) }
    } catch {
      throw ReportDatabase.explain(error, database.path, .readOnly)
    }
  }

  /// Reads flows over one of the connections, numbered from 0; `body` must not store anything.
  /// - Throws: ``StoreError``, and what `body` throws.
  package func read<Value>(_ number: Int, _ body: (FlowStore) throws -> Value) throws -> Value {
    guard queues.indices.contains(number) else { return try database.readFlows(body) }
    do { return try queues[number].read { try body(FlowStore($0)) } } catch let error as DatabaseError {
      throw ReportDatabase.explain(error, database.path, .readOnly)
    }
  }
}
