import DMARC
import GRDB
import Testing

@testable import Store

/// Databases of earlier versions, which stored a name beyond ASCII as it was reported.
@Suite struct DomainMergeTests {
  private static let ascii = "xn--bcher-kva.example"

  /// A database in which everything about `placeholder.example` is about `bücher.example`, as an earlier version would have stored it.
  private func old(_ makers: [ReportMaker]) throws -> ReportDatabase {
    let database = try ReportDatabase()
    _ = try database.store(makers)
    try TextKeys.restore(in: database)
    try database.queue.write { db in
      for (table, column) in [
        ("domain", "name"), ("policy", "key"), ("outcome", "key"), ("outcome", "dkim_results"),
        ("outcome", "spf_results"), ("reporter", "name"),
      ] {
        try db.execute(
          sql:
            "UPDATE \(table) SET \(column) = replace(\(column), 'placeholder', 'bücher') WHERE \(column) LIKE '%placeholder%'"
        )
      }
    }
    return database
  }

  /// Runs the migration, which came before the roll-ups.
  private func merge(_ database: ReportDatabase) throws {
    try TextKeys.migrate(database)
    try database.queue.write { try RollUpFill.reset($0) }
    try RollUpFill.run(database.queue)
  }

  private func names(_ database: ReportDatabase) throws -> [String] {
    try database.queue.read { try String.fetchAll($0, sql: "SELECT name FROM domain ORDER BY name") }
  }

  @Test func spellingsBecomeOneDomain() throws {
    let database = try old([
      ReportMaker(id: "1", content: 1, domain: "placeholder.example", from: "placeholder.example"),
      ReportMaker(id: "2", content: 2, domain: Self.ascii, from: Self.ascii),
    ])
    #expect(try names(database).contains("bücher.example"))
    try merge(database)
    #expect(try database.check() == [])
    #expect(try names(database).filter { $0.contains("cher") } == [Self.ascii])
    let info = try database.info()
    #expect((info.reports, info.records, info.messages, info.flows) == (2, 4, 16, 2))
    let summary = try database.summary(RecordFilter())
    #expect(summary.map(\.domain) == [Self.ascii])
    #expect(summary.map(\.messages) == [16])
    // The keys are those of new reports: nothing is stored twice, and copies are recognised.
    #expect(
      try database.store([
        ReportMaker(id: "1", content: 3, domain: "Bücher.example", from: "BÜCHER.example"),
        ReportMaker(id: "3", content: 4, domain: "bücher.example", from: "bücher.example"),
      ]) == [.duplicate(1), .ingested(3)])
    #expect(try database.info().flows == 2)
  }

  @Test func aNameThatWasOnlyStoredInOneSpellingIsRenamed() throws {
    let database = try old([ReportMaker(domain: "placeholder.example", from: "placeholder.example")])
    try merge(database)
    #expect(try names(database).filter { $0.contains("cher") } == [Self.ascii])
    #expect(try database.allRecords()[0]["header_from"] == .text(Self.ascii))
    #expect("\(try database.allRecords()[0]["dkim_results"] ?? .null)".contains(Self.ascii))
    #expect(try database.check() == [])
  }

  @Test func copiesOfOneReportBecomeOne() throws {
    let database = try old([
      ReportMaker(id: "1", content: 1, domain: "placeholder.example", from: "placeholder.example"),
      ReportMaker(id: "1", content: 2, domain: Self.ascii, from: Self.ascii),
    ])
    try merge(database)
    let info = try database.info()
    #expect((info.reports, info.records, info.messages, info.conflicts) == (1, 2, 8, 0))
    #expect(try database.check() == [])
  }

  /// Neither may have counted the messages of the other.
  @Test func reportsThatDifferAreKept() throws {
    let database = try old([
      ReportMaker(id: "1", content: 1, domain: "placeholder.example", from: "placeholder.example"),
      ReportMaker(id: "1", content: 2, domain: Self.ascii, messages: 6, from: Self.ascii),
    ])
    try merge(database)
    let info = try database.info()
    #expect((info.reports, info.messages) == (2, 17))
    #expect(
      try database.store([ReportMaker(id: "1", content: 2, domain: Self.ascii, messages: 6, from: Self.ascii)])
        == [.duplicate(2)])
    #expect(try database.check() == [])
  }

  @Test func sendersAndHostsAreRenamed() throws {
    let database = try ReportDatabase()
    try database.queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO known_sender VALUES (1, 'Shop', 'own', 'database');
          INSERT INTO known_sender_match VALUES (1, 'domain', 'bücher.example'), (1, 'domain', 'xn--bcher-kva.example'),
            (1, 'host', 'mx.bücher.example');
          INSERT INTO dns_answer VALUES ('bücher.example', 'TXT', 'no-name', '[]', 9), ('a.example', 'TXT', 'no-name', '[]', 9)
          """)
    }
    try TextKeys.restore(in: database)
    try TextKeys.migrate(database)
    let sender = try #require(try database.knownSenders().first?.sender)
    #expect(sender.domains.map(\.name) == [Self.ascii])
    #expect(sender.hosts.map(\.name) == ["mx." + Self.ascii])
    #expect(try database.queue.read { try String.fetchAll($0, sql: "SELECT name FROM dns_answer") } == ["a.example"])
  }

  @Test func invalidNamesStay() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker(domain: "-ü.example", from: "☕.example")])
    let before = try database.allRecords()
    try TextKeys.restore(in: database)
    try merge(database)
    #expect(try database.allRecords() == before)
    #expect(try names(database).contains("☕.example"))
  }
}
