import DMARC
import Foundation
import Lookup
import Settings
import Store
import Testing

@testable import Classification

/// A round of lookups keeps what it finds, and continues where an interrupted round ended.
@Suite struct DNSRefreshTests {
  private static let zone = """
    $ORIGIN example.com.
    @ IN TXT "v=spf1 ip4:192.0.2.0/28 include:_spf.mailer.example -all"
    mx IN A 192.0.2.1
    _spf.mailer.example. IN TXT "v=spf1 ip4:198.51.100.0/24 -all"
    1.2.0.192.in-addr.arpa. IN PTR mx.example.com.
    1.100.51.198.in-addr.arpa. IN PTR mx.example.com.
    """

  private func stored() throws -> ReportDatabase {
    let database = try ReportDatabase()
    try Made.store(1, from: "example.com", in: database)
    return database
  }

  private func refresh(
    _ database: ReportDatabase, _ service: NameService? = nil, deadline: Double = Resolver.now + 600,
    isForced: Bool = false
  ) throws -> DNSRefresh.Tally {
    try DNSRefresh(
      database: database, service: service ?? .zone(ZoneFile(parsing: Self.zone)),
      context: ClassificationContext(Configuration(), []), deadline: deadline, isForced: isForced
    ) { _, _ in }.run()
  }

  /// A service that has no time left to answer.
  private func late() throws -> NameService { .resolver(try Resolver(servers: "127.0.0.1", timeout: 1)) }

  private func expectKnown(_ database: ReportDatabase) throws {
    let snapshots = try database.spfSnapshots()
    #expect(snapshots.map(\.snapshot.domain.name) == ["example.com"])
    #expect(snapshots.first?.snapshot.ranges.map { "\($0.network)" } == ["192.0.2.0/28", "198.51.100.0/24"])
    // The include is somebody else's.
    #expect(snapshots.first?.isShared == [false, true])
    #expect(try database.sourcesToLookUp(since: 0).isEmpty)
  }

  @Test func recordsAndNamesAreLookedUp() throws {
    let database = try stored()
    let tally = try refresh(database)
    #expect((tally.domains, tally.records, tally.sources) == (1, 1, 2))
    // The second name does not lead back to its address.
    #expect(tally.hosts == 1)
    #expect(!tally.isUnfinished)
    #expect(tally.failures == 0)
    try expectKnown(database)
  }

  @Test func whatIsKnownIsNotAskedAgain() throws {
    let database = try stored()
    let first = try refresh(database)
    #expect(first.questions > 0)
    #expect(try refresh(database).questions == 0)
    #expect(try refresh(database, isForced: true).questions == first.questions)
    // The same record is no new snapshot.
    #expect(try database.spfSnapshots().count == 1)
  }

  @Test func aRoundWithoutTimeIsUnfinishedAndTheNextOneDoesItAll() throws {
    let database = try stored()
    let tally = try refresh(database, late(), deadline: Resolver.now - 1)
    #expect(tally.isUnfinished)
    #expect((tally.domains, tally.sources, tally.questions) == (0, 0, 0))
    #expect(try database.spfSnapshots().isEmpty)
    #expect(try database.sourcesToLookUp(since: 0).count == 2)
    _ = try refresh(database)
    try expectKnown(database)
  }

  @Test func aRoundGoesOnWhereOneWasCutShort() throws {
    let whole = try refresh(stored()).questions
    let now = Int64(Date().timeIntervalSince1970)
    let zone = try ZoneFile(parsing: Self.zone)
    let questions = [
      DNSQuestion("example.com", .txt), DNSQuestion("_spf.mailer.example", .txt),
      DNSQuestion("1.2.0.192.in-addr.arpa", .ptr),
    ]
    // Ended after each number of answers.
    for count in 0...questions.count {
      let database = try stored()
      for question in questions.prefix(count) {
        try database.keep([question: zone.answer(to: question)], hosts: [], at: now)
      }
      // What was answered is taken up before anything is asked.
      let cut = try refresh(database, late(), deadline: Resolver.now - 1)
      #expect(cut.isUnfinished)
      #expect(cut.questions == 0)
      #expect(cut.domains == (count < 2 ? 0 : 1))
      #expect(try refresh(database).questions == whole - count)
      try expectKnown(database)
    }
    #expect(whole > questions.count)
  }
}
