import DMARC
import Foundation
import GRDB
import Testing

@testable import Store

/// Databases of every earlier schema step are migrated.
@Suite final class FixtureTests {
  private let folder = NSTemporaryDirectory() + "dmarcstat-fixtures-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test(arguments: OldDatabase.Step.allCases)
  func migratedSchemaEqualsThatOfANewDatabase(step: OldDatabase.Step) throws {
    let old = try OldDatabase(step, in: folder)
    _ = try ReportDatabase(path: old.path)
    let new = try ReportDatabase().queue.read { try OldDatabase.schema($0) }
    #expect(try old.schema() == new)
  }

  @Test(arguments: OldDatabase.Step.allCases)
  func reportsAndVerdictsAreKept(step: OldDatabase.Step) throws {
    let old = try OldDatabase(step, in: folder)
    let database = try ReportDatabase(path: old.path)
    #expect(try database.check() == [])
    let info = try database.info()
    #expect((info.reports, info.records, info.messages, info.sources) == (2, 3, 12, 2))
    #expect((info.flows, info.flowsNotJudged, info.conflicts, info.warnings) == (2, 1, 1, 1))
    let rows = try database.allRecords()
    #expect(rows.map { $0["source_ip"] } == [.text("192.0.2.1"), .text("2001:db8::1"), .text("192.0.2.1")])
    #expect(rows.map { $0["verdict"] } == [.text("aligned"), .null, .text("aligned")])
    #expect(rows[0]["known_sender"] == .text("Mine"))
    #expect(rows[0]["envelope_to"] == .text("to.example"))
    #expect(rows[0]["issues"] == (step < .three ? .null : .text("spf-not-aligned")))
    #expect(rows[0]["host"] == (step < .three ? .null : .text("mx.example.net")))
    #expect(try database.readFlows { try $0.setting("note") } == "kept")
  }

  /// Rows are compared by the keys of their outcomes and policies, so the keys of old databases must equal the current ones.
  @Test(arguments: OldDatabase.Step.allCases)
  func knownReportsAreRecognised(step: OldDatabase.Step) throws {
    let database = try ReportDatabase(path: OldDatabase(step, in: folder).path)
    #expect(try database.store([ReportMaker()]) == [.duplicate(1)])
    #expect(try database.store([ReportMaker(content: 4)]) == [.duplicate(1)])
    #expect(try database.store([ReportMaker(content: 5, messages: 6)]) == [.conflict(1)])
    // Whether another report is a copy of one that lost a record cannot be determined.
    #expect(try database.store([ReportMaker(id: "2", content: 6)]) == [.conflict(2)])
    // Equal outcomes of a new report are not stored a second time.
    let before = try database.info().flows
    #expect(try database.store([ReportMaker(id: "3", content: 7)]) == [.ingested(3)])
    #expect(try database.info().flows == before)
    #expect(try database.check() == [])
  }

  @Test(arguments: OldDatabase.Step.allCases)
  func ledgerIsKept(step: OldDatabase.Step) throws {
    let database = try ReportDatabase(path: OldDatabase(step, in: folder).path)
    let inputs = [("good.xml", 10), ("bad.xml", 11), ("note.txt", 12), ("two.zip", 13), ("all.mbox", 15)].map {
      LedgerInput(name: "/in/\($0.0)", size: $0.1, modified: $0.1 + 10)
    }
    let states = try database.ledgerStates(of: inputs)
    // Inputs rejected by the first version are new, because later versions read more.
    #expect(states[0..<4] == (step == .one ? [.done, .new, .new, .done] : [.done, .rejected, .done, .done]))
    let mark = MboxPosition(size: 14, lastMail: 3, fingerprint: [0xaa, 0xbb])
    #expect(states[4] == (step == .one ? .new : .grown(mark)))
    #expect(try database.rejects(limit: nil).map(\.path) == (step == .one ? [] : ["/in/bad.xml"]))
    #expect(try database.areSettled(["/in/good.xml", "/in/two.zip", "/in/bad.xml"]) == [true, false, false])
  }

  @Test(arguments: OldDatabase.Step.allCases)
  func sendersAndLookUpsAreKept(step: OldDatabase.Step) throws {
    let database = try ReportDatabase(path: OldDatabase(step, in: folder).path)
    let senders = try database.knownSenders()
    #expect(senders.map(\.sender.name) == ["Mailer", "Mine"])
    #expect(senders.map(\.origin) == [.configuration, .database])
    #expect(senders[0].sender.domains.map(\.name) == ["mailer.example"])
    #expect(senders[1].sender.networks == [CIDR("192.0.2.0/24")])
    let isLookedUp = step >= .three
    #expect(senders[0].sender.hosts.map(\.name) == (isLookedUp ? ["out.mailer.example"] : []))
    #expect(senders[0].sender.asns == (isLookedUp ? [64_500] : []))
    let snapshots = try database.spfSnapshots()
    #expect(snapshots.map(\.snapshot.record) == (isLookedUp ? ["v=spf1 ip4:192.0.2.0/24 -all"] : []))
    #expect(
      snapshots.first?.snapshot.ranges.map(\.network) == (isLookedUp ? [try #require(CIDR("192.0.2.0/24"))] : nil))
    #expect(try database.knownAnswers(at: 1_791_000_000).count == (isLookedUp ? 1 : 0))
    #expect(try database.sourcesToLookUp(since: 1).count == (isLookedUp ? 0 : 2))
  }

  @Test(arguments: OldDatabase.Step.allCases.filter { $0 >= .four })
  func messagesOnServersAreKept(step: OldDatabase.Step) throws {
    let database = try ReportDatabase(path: OldDatabase(step, in: folder).path)
    let rows = try database.queue.read {
      try String.fetchAll(
        $0,
        sql: """
          SELECT account || ' ' || name || ' ' || uid_validity || ' ' || uid || ' ' || cleared
          FROM input JOIN mailbox ON mailbox.id = mailbox_id
          """)
    }
    #expect(rows == ["imap://a@imap.example.com INBOX 7 9 moved Done"])
  }

  @Test(arguments: [
    OldDatabase.Step.fourWithNotices, .five, .seven, .sixteen, .nineteen, .twenty,
    .twentyTwo, .twentyThree, .twentyFour,
  ])
  func noticesAreKept(step: OldDatabase.Step) throws {
    let database = try ReportDatabase(path: OldDatabase(step, in: folder).path)
    let news = try database.updateNotices([], covering: ["account a"], now: 1_791_000_000)
    #expect(news.ended.map(\.since) == [1_790_900_000])
  }

  @Test func reportOriginsAreKept() throws {
    let database = try ReportDatabase(path: OldDatabase(.seven, in: folder).path)
    let organisations = try database.readFlows { try $0.sendingOrganisations() }
    #expect(organisations.map(\.name) == ["reporter.example"])
    #expect(organisations.map(\.standing) == ["usual"])
    var origins: [StoredReportOrigin] = []
    try database.readFlows { try $0.forEachOrigin { origins.append($0) } }
    #expect(origins.map(\.isContested) == [false, true])
    #expect(origins.map(\.authenticatedBy) == ["mx.example.com", nil])
  }

  // MARK: Opening

  @Test(arguments: OldDatabase.Step.allCases)
  func readingDoesNotMigrate(step: OldDatabase.Step) throws {
    let old = try OldDatabase(step, in: folder)
    let before = try old.schema()
    if step == .current {
      #expect(try ReportDatabase(path: old.path, access: .readOnly).allRecords().count == 3)
    } else {
      #expect(throws: StoreError.self) { try ReportDatabase(path: old.path, access: .readOnly) }
    }
    #expect(try old.schema() == before)
    _ = try ReportDatabase(path: old.path)
    #expect(try ReportDatabase(path: old.path, access: .readOnly).allRecords().count == 3)
  }

  /// Programs with the same migrations must have the same views, because each trusts the views of the other: their text must not
  /// change without a new migration, even an empty one.
  @Test func viewsChangeOnlyWithAMigration() throws {
    let old = try OldDatabase(.current, in: folder)
    let isCurrent = try DatabaseQueue(path: old.path).read {
      (try Schema.migrator.hasCompletedMigrations($0), try Views.areCurrent($0))
    }
    #expect(isCurrent == (true, true))
  }

  @Test(arguments: ["DROP VIEW v_report", "DROP VIEW v_record; CREATE VIEW v_record AS SELECT 1 AS ordinal"])
  func missingAndOutdatedViewsAreReplaced(sql: String) throws {
    let old = try OldDatabase(.current, in: folder)
    let before = try old.schema()
    try old.change { try $0.execute(sql: sql) }
    #expect(throws: StoreError.self) { try ReportDatabase(path: old.path, access: .readOnly) }
    _ = try ReportDatabase(path: old.path)
    #expect(try old.schema() == before)
  }

  /// The views are a public interface, so others may depend on them.
  @Test(arguments: OldDatabase.Step.allCases)
  func userViewsAreKept(step: OldDatabase.Step) throws {
    let old = try OldDatabase(step, in: folder)
    try old.change {
      try $0.execute(sql: "CREATE VIEW mine AS SELECT source_ip, sum(messages) AS n FROM v_record GROUP BY 1")
    }
    let database = try ReportDatabase(path: old.path)
    let sums = try database.queue.read { try Int.fetchAll($0, sql: "SELECT n FROM mine ORDER BY n") }
    #expect(sums == [3, 9])
  }
}
