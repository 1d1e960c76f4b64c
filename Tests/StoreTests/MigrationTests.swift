import DMARC
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

  @Test func daysOfOldReportsAreThoseOfNewOnes() throws {
    let path = NSTemporaryDirectory() + "dmarcstat-migration-" + UUID().uuidString + ".sqlite"
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    let (start, ingestedAt): (Int64, Int64) = (1_790_812_800, 1_800_000_000)
    var periods: [(begin: Int64, end: Int64)] = [(0, 86_399), (start, start), (start, start - 5), (start, .max / 2)]
    for hours in [1, 23, 24, 25, 35, 36, 37, 48, 60, 61, 504, 8_772, 8_784, 8_796, 240_000] as [Int64] {
      for shift in [0, 7, 13, 22] as [Int64] {
        periods.append((start + shift * 3_600, start + (shift + hours) * 3_600))
        periods.append((start + shift * 3_600, start + (shift + hours) * 3_600 - 1))
      }
    }
    periods.append((ingestedAt, ingestedAt + 2 * 86_400))
    periods.append((ingestedAt, ingestedAt + 2 * 86_400 + 1))
    periods.removeAll { $0.end == .max / 2 }
    do {
      let queue = try DatabaseQueue(path: path)
      try Schema.migrator.migrate(queue, upTo: "9: notices")
      try queue.write { db in
        try db.execute(
          sql: """
            INSERT INTO reporter VALUES (1, 'r'); INSERT INTO domain VALUES (1, 'example.com');
            INSERT INTO policy (id, key, domain_id) VALUES (1, '', 1)
            """)
        for (number, period) in periods.enumerated() {
          let identity = ReportIdentity(
            reporter: "r", reportID: "\(number)", policyDomain: try #require(DomainName("example.com")),
            begin: period.begin, end: period.end)
          try db.execute(
            sql: """
              INSERT INTO report (id, reporter_id, report_key, policy_domain_id, begin, end, day, sha256, policy_id, errors,
                dialect, row_count, messages, dropped_rows, warning_count, ingested_at)
              VALUES (?, 1, ?, 1, ?, ?, ?, randomblob(32), 1, '[]', 'rfc7489', 0, 0, 0, 0, ?)
              """, arguments: [number, "\(number)", period.begin, period.end, identity.day, ingestedAt])
        }
      }
    }
    let database = try ReportDatabase(path: path)
    let rows = try database.read { db in
      try Row.fetchAll(db, sql: "SELECT first_day, last_day, impossible FROM report ORDER BY id")
    }
    for (row, period) in zip(rows, periods) {
      let days = CoveredDays(begin: period.begin, end: period.end)
      #expect((row[0], row[1]) == (days.first, days.last), "\(period)")
      #expect(row[2] == (period.begin == 0 || period.end > ingestedAt + 2 * 86_400), "\(period)")
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

  @Test func recordsOfBeforeKeepTheirDates() throws {
    let path = NSTemporaryDirectory() + "dmarcstat-migration-" + UUID().uuidString + ".sqlite"
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    do {
      let queue = try DatabaseQueue(path: path)
      try Schema.migrator.migrate(queue, upTo: "22: outbox")
      try queue.write { db in
        try db.execute(
          sql: """
            INSERT INTO dmarc_snapshot VALUES ('example.com', 100, 200, 'v=DMARC1; p=none'), ('example.com', 300, 400, NULL);
            INSERT INTO spf_snapshot (domain, taken_at, checked_at, status, record, errors, dynamic_terms, look_ups,
                void_look_ups)
              VALUES ('example.com', 10, 20, 'permerror', 'v=spf1 x', '[]', '[]', 0, 0),
                ('example.com', 30, 40, 'none', NULL, '[]', '[]', 0, 0),
                ('example.com', 50, 60, 'temperror', NULL, '[]', '[]', 0, 0),
                ('example.org', 10, 20, 'valid', 'v=spf1 ' || printf('%.9000c', 'x'), '[]', '[]', 0, 0)
            """)
      }
    }
    let rows = try ReportDatabase(path: path).changedRecords().map { row in
      "\(row.place.owner) \(row.state ?? "-") \(row.firstSeen) \(row.lastSeen) \(row.confirmedAt ?? 0)"
    }
    #expect(
      rows == [
        "_dmarc.example.com v=DMARC1; p=none 100 200 100", "_dmarc.example.com - 300 400 300",
        "example.com permerror v=spf1 x 10 20 10", "example.com - 30 40 30",
      ])
  }
}
