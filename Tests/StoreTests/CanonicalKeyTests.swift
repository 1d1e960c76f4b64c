import DMARC
import Foundation
import GRDB
import Testing

@testable import Store

/// Outcomes and policies are found by their hashes, also those of older databases.
@Suite struct CanonicalKeyTests {
  @Test func keysAreThePublicHashes() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    try database.read { db in
      let keys = try DatabaseBytes.fetchAll(db, sql: "SELECT key FROM outcome ORDER BY id").map(\.bytes)
      #expect(keys == ReportMaker().batch.outcomes.map(\.canonicalHash.bytes))
      let policy = try #require(try DatabaseBytes.fetchOne(db, sql: "SELECT key FROM policy")).bytes
      let domain = try #require(DomainName("example.com"))
      #expect(try policy == ReportMaker().report.head.policy.canonicalHash(for: domain).bytes)
    }
  }

  @Test func oldKeysAreConvertedAndNothingElse() throws {
    let database = try ReportDatabase()
    let makers = [ReportMaker(), ReportMaker(id: "2", content: 2, comment: "arc=pass", testing: "y")]
    _ = try database.store(makers)
    let rows = { (table: String) in
      try database.read { try Row.fetchAll($0, sql: "SELECT * FROM \(table) ORDER BY id").map(\.description) }
    }
    let before = (try rows("outcome"), try rows("policy"), try rows("flow"), try database.allRecords())
    let schema = try database.queue.read { try OldDatabase.schema($0) }
    try TextKeys.restore(in: database)
    #expect(try rows("outcome") != before.0)
    try TextKeys.migrate(database)
    #expect(try (rows("outcome"), rows("policy"), rows("flow"), database.allRecords()) == before)
    #expect(try database.queue.read { try OldDatabase.schema($0) } == schema)
    #expect(try database.check() == [])
    #expect(try database.store([ReportMaker(id: "3", content: 3)]) == [.ingested(3)])
    #expect(try rows("outcome") == before.0)
  }

  /// A migration that fails in the middle, as one that is interrupted, leaves the database as it was.
  @Test func aMigrationThatFailsLeavesTheDatabase() throws {
    let folder = NSTemporaryDirectory() + "dmarcstat-keys-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let old = try OldDatabase(.sixteen, in: folder)
    try old.change { try $0.execute(sql: "CREATE TABLE outcome_18 (id INTEGER)") }
    // Migrations before it are complete by themselves.
    func keyTables() throws -> [String] {
      try old.schema().filter { $0.hasPrefix("table outcome") || $0.hasPrefix("table policy") }
    }
    let before = try keyTables()
    #expect(throws: StoreError.self) { try ReportDatabase(path: old.path) }
    #expect(try keyTables() == before)
    try old.change { try $0.execute(sql: "DROP TABLE outcome_18") }
    let database = try ReportDatabase(path: old.path)
    #expect(try database.check() == [])
    #expect(try database.store([ReportMaker()]) == [.duplicate(1)])
  }

  /// Contents that an older version set aside have canonical forms as keys.
  @Test func aReportSetAsideByAnOlderVersionIsRestored() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    let before = try database.allRecords()
    let decider = Decider(name: nil, now: 1)
    var selection = ReportSelection()
    selection.numbers = [1]
    _ = try database.removeReports(selection, by: decider)
    try database.write { db in
      var text = try #require(try String.fetchOne(db, sql: "SELECT content FROM set_aside"))
      let domain = try #require(DomainName("example.com"))
      let policy = try ReportMaker().report.head.policy
      var keys = ReportMaker().batch.outcomes.map { ($0.canonicalHash, $0.canonicalText) }
      keys.append((policy.canonicalHash(for: domain), policy.canonicalText(for: domain)))
      for (hash, form) in keys {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let old = String(decoding: try encoder.encode(form), as: UTF8.self)
        #expect(text.contains(#""key":{"hex":"\#(hash)"}"#))
        text.replace(#""key":{"hex":"\#(hash)"}"#, with: #""key":\#(old)"#)
      }
      try db.execute(sql: "UPDATE set_aside SET content = ?", arguments: [text])
    }
    // Another report shares the outcomes, so they must be found again.
    _ = try database.store([ReportMaker(id: "2", content: 2)])
    #expect(try database.restoreReports([1], by: decider).sums.reports == 1)
    #expect(try database.allRecords().filter { $0["report_row_id"] == .integer(1) } == before)
    #expect(try database.info().flows == 2)
    #expect(try database.check() == [])
  }
}
