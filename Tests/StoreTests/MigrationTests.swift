import Foundation
import GRDB
import Synchronization
import Testing

@testable import Store

@Suite struct MigrationTests {
  /// Cron jobs on a new machine may create the database at the same time.
  @Test func newDatabaseCanBeOpenedConcurrently() throws {
    for _ in 0..<20 {
      let path = NSTemporaryDirectory() + "dmarcstat-opening-" + UUID().uuidString + ".sqlite"
      defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 8) { _ in
        do { _ = try ReportDatabase(path: path) } catch { failures.withLock { $0.append("\(error)") } }
      }
      #expect(failures.withLock { $0 } == [])
    }
  }

  @Test func inputsRejectedByAnEarlierVersionAreNew() throws {
    let path = NSTemporaryDirectory() + "dmarcstat-migration-" + UUID().uuidString + ".sqlite"
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    do {
      let queue = try DatabaseQueue(path: path)
      try Schema.migrator.migrate(queue, upTo: "1: reports, records, ledger")
      try queue.write { db in
        for (number, outcome) in ["ingested", "rejected", "not-a-report"].enumerated() {
          try db.execute(
            sql: "INSERT INTO input (id, path, size, modified, tried_at) VALUES (?, ?, 1, 2, 3)",
            arguments: [number, "/\(outcome)"])
          try db.execute(
            sql: "INSERT INTO input_item (input_id, ordinal, outcome) VALUES (?, 0, ?)", arguments: [number, outcome])
        }
      }
    }
    let database = try ReportDatabase(path: path)
    let names = ["/ingested", "/rejected", "/not-a-report"]
    let states = try database.ledgerStates(of: names.map { LedgerInput(name: $0, size: 1, modified: 2) })
    #expect(states == [.done, .new, .new])
    #expect(try database.check().isEmpty)
    #expect(try database.info().rejected == 0)
  }
}
