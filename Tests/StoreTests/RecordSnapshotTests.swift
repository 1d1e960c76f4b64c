import DMARC
import Testing

@testable import Store

/// Dated states of published records: only changes are stored, and a state that may be due to a brief fault counts only
/// with a second lookup.
@Suite struct RecordSnapshotTests {
  private static let place = ObservedRecord.Place(
    domain: "example.com", kind: "dmarc", owner: "_dmarc.example.com")
  private static let hour: Int64 = 3_600

  private let database: ReportDatabase

  init() throws { database = try ReportDatabase() }

  private func observed(
    _ state: String?, at place: ObservedRecord.Place = place, isFresh: Bool = true, isExpected: Bool = true
  ) -> ObservedRecord {
    ObservedRecord(
      place, state: state, text: nil, isDoubtful: state == nil, isFresh: isFresh, isExpected: isExpected)
  }

  /// Stores a state at each time, and returns what is known: state, first, last, and when it was confirmed.
  private func history(_ states: (time: Int64, state: String?)...) throws -> [String] {
    for (time, state) in states { try database.keep([observed(state)], at: time) }
    return try database.records(of: try #require(DomainName("example.com"))).map { row in
      "\(row.state ?? "-") \(row.firstSeen) \(row.lastSeen) \(row.confirmedAt.map { "\($0)" } ?? "doubtful")"
    }
  }

  @Test func onlyChangesAreStored() throws {
    let rows = try history((1_000, "one"), (2_000, "one"), (3_000, "two"), (4_000, "two"), (5_000, "one"))
    #expect(rows == ["one 1000 2000 1000", "two 3000 4000 3000", "one 5000 5000 5000"])
  }

  @Test func whatIsMissingCountsWithASecondLookup() throws {
    #expect(try history((1_000, "one"), (5_000, nil)) == ["one 1000 1000 1000", "- 5000 5000 doubtful"])
    // The second lookup comes too early: it may see the same fault.
    #expect(try history((6_000, nil)) == ["one 1000 1000 1000", "- 5000 6000 doubtful"])
    #expect(
      try history((5_000 + Self.hour, nil)) == ["one 1000 1000 1000", "- 5000 8600 8600"])
    #expect(try history((90_000, "one")).last == "one 90000 90000 90000")
  }

  @Test func shortTroubleLeavesNothingBehind() throws {
    #expect(try history((1_000, "one"), (5_000, nil), (9_000, "one")) == ["one 1000 9000 1000"])
    // Another state replaces the doubtful one.
    #expect(
      try history((10_000, nil), (11_000, "two")) == ["one 1000 9000 1000", "two 11000 11000 11000"])
  }

  @Test func theFirstStateIsNoChange() throws {
    #expect(try history((1_000, nil)) == ["- 1000 1000 1000"])
    #expect(try database.changedRecords().isEmpty)
    let other = ObservedRecord.Place(domain: "example.com", kind: "dkim", owner: "x._domainkey.example.com")
    try database.keep([observed(nil, at: other, isExpected: false)], at: 1_000)
    #expect(try history().count == 1)
  }

  @Test func anAnswerFromBeforeConfirmsNothing() throws {
    _ = try history((1_000, "one"), (5_000, nil))
    let doubtful = try database.keep([observed(nil, isFresh: false)], at: 50_000)
    #expect(doubtful == [Self.place])
    #expect(try history() == ["one 1000 1000 1000", "- 5000 5000 doubtful"])
    // If nothing is known about a place, even an old answer is stored.
    let other = ObservedRecord.Place(domain: "example.org", kind: "mx", owner: "example.org")
    try database.keep([observed("10 mx", at: other, isFresh: false)], at: 50_000)
    #expect(try database.records(of: try #require(DomainName("example.org"))).count == 1)
  }

  @Test func aConfirmedStateIsNews() throws {
    _ = try history((1_000, "one"))
    let before = try database.newestRecord()
    _ = try history((5_000, nil))
    _ = try database.store([ReportMaker()])
    #expect(try database.domains(ofRecordsAfter: before).isEmpty)
    _ = try history((90_000, nil))
    #expect(try database.domains(ofRecordsAfter: before).values.sorted() == ["example.com"])
    #expect(try database.domains(ofRecordsAfter: try database.newestRecord()).isEmpty)
  }

  @Test func statesAndPlacesAreBounded() throws {
    for time in 1...150 { try database.keep([observed("\(time)")], at: Int64(time)) }
    let rows = try history()
    #expect(rows.count == 100 && rows.first == "51 51 51 51" && rows.last == "150 150 150 150")
    for number in 1...120 {
      let place = ObservedRecord.Place(domain: "example.net", kind: "dkim", owner: "k\(number)._domainkey.example.net")
      try database.keep([observed("rsa", at: place)], at: Int64(number))
    }
    let keys = try database.records(of: try #require(DomainName("example.net")))
    #expect(keys.count == 100 && !keys.contains { $0.place.owner == "k20._domainkey.example.net" })
  }

  @Test func hostileTextsAreBoundedAndComeBackAsTheyWent() throws {
    let long = "v=DMARC1; p=none; " + String(repeating: "x", count: 60_000)
    let other = long + "y"
    let odd = "v=DMARC1; p=none\u{0}; \u{1b}[31m\u{202e}"
    let rows = try history((1, long), (2, long), (3, other), (4, odd), (5, odd))
    #expect(rows.count == 3)
    let stored = try database.records(of: try #require(DomainName("example.com"))).compactMap(\.state)
    #expect(stored.allSatisfy { $0.utf8.count <= 4_096 } && stored[0] != stored[1])
    #expect(stored[2] == "v=DMARC1; p=none\u{fffd}; \u{1b}[31m\u{202e}")
  }
}
