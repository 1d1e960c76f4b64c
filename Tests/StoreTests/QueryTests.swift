import DMARC
import Foundation
import GRDB
import Store
import Testing

@Suite struct QueryTests {
  @Test func domainFilterMatchesSubdomainsOnly() throws {
    let database = try ReportDatabase()
    _ = try database.store([
      ReportMaker(), ReportMaker(content: 2, domain: "sub.example.com"),
      ReportMaker(content: 3, domain: "notexample.com"),
    ])
    func domains(_ names: [String]) throws -> [String] {
      try database.summary(RecordFilter(domains: names.compactMap(DomainName.init))).map(\.domain).sorted()
    }
    #expect(try domains(["example.com"]) == ["example.com", "sub.example.com"])
    #expect(try domains(["sub.example.com", "notexample.com"]) == ["notexample.com", "sub.example.com"])
    #expect(try domains([]).count == 3)
    var filter = RecordFilter()
    for (exact, found) in [
      (["example.com"], ["example.com"]), (["a.test", "sub.example.com"], ["sub.example.com"]), ([], []),
    ] {
      filter.exactDomains = exact
      #expect(try database.summary(filter).map(\.domain) == found)
    }
  }

  @Test func summaryComparesWithThePrecedingPeriod() throws {
    let database = try ReportDatabase()
    _ = try database.store([
      ReportMaker(), ReportMaker(id: "2", content: 2), ReportMaker(id: "3", content: 3, begin: 1_788_220_800),
    ])
    let october = RecordFilter(firstDay: CalendarDay("2026-10-01"), lastDay: CalendarDay("2026-10-31"))
    let row = try #require(try database.summary(october).first)
    #expect(
      (row.messages, row.passed, row.dkimAligned, row.spfAligned, row.rejected, row.delivered) == (16, 10, 10, 0, 6, 10)
    )
    #expect((row.messagesBefore, row.passedBefore) == (8, 5))
    #expect(row.policy == "p=reject")
    #expect(try database.summary(RecordFilter()).first?.messagesBefore == nil)
  }

  @Test func periodBeforeAWholeMonthIsTheMonthBefore() throws {
    let march = RecordFilter(firstDay: CalendarDay("2026-03-01"), lastDay: CalendarDay("2026-03-31"))
    #expect(march.before?.firstDay == CalendarDay("2026-02-01"))
    #expect(march.before?.lastDay == CalendarDay("2026-02-28"))
    let week = RecordFilter(firstDay: CalendarDay("2026-03-08"), lastDay: CalendarDay("2026-03-14"))
    #expect(week.before?.firstDay == CalendarDay("2026-03-01"))
    #expect(week.before?.lastDay == CalendarDay("2026-03-07"))
  }

  @Test func failuresByEveryGrouping() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker(), ReportMaker(id: "2", content: 2)])
    let keys: [FailureGrouping: String] = [
      .source: "2001:db8::1", .headerFrom: "example.com", .reporter: "r", .network: "2001:db8::/48",
      .verdict: "not judged", .operator: "2001:db8::/48",
    ]
    for grouping in FailureGrouping.allCases {
      let groups = try database.failures(by: grouping, RecordFilter())
      #expect(groups.map(\.key) == [keys[grouping]])
      #expect(groups.first?.messages == 6)
      #expect(groups.first?.blocked == 6)
    }
  }

  @Test func onlyAttestingReasonsCountAsAttested() throws {
    let database = try ReportDatabase()
    var maker = ReportMaker()
    for (number, comment) in ["arc=pass as[1].d=x", "arc=passed", "xarc=pass", "arc=fail"].enumerated() {
      (maker.id, maker.content, maker.comment) = ("\(number)", UInt8(number + 1), comment)
      _ = try database.store([maker])
    }
    try judge(database) { _ in ("forwarded", "dkim-survived", false) }
    let forwarder = try #require(
      try database.forwarding(RecordFilter(), verdicts: ["list", "forwarded"]).lines.first {
        $0.forwarder == "forward.example"
      })
    #expect((forwarder.messages, forwarder.attested) == (20, 5))
    // The caller decides which verdicts mean forwarding.
    #expect(try database.forwarding(RecordFilter(), verdicts: ["list"]).lines.isEmpty)
  }

  @Test func theSenderIsNoForwarderOfItsOwnMail() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    try judge(database) { _ in ("forwarded", "dkim-survived", false) }
    func forwarders(_ organisation: @escaping (DomainName) -> DomainName?) throws -> [String] {
      try database.forwarding(RecordFilter(), verdicts: ["forwarded"], organisation: organisation).lines.map(
        \.forwarder)
    }
    #expect(try forwarders { $0 }.contains("forward.example"))
    // A domain of the sender's own organisation is not a forwarder.
    let own = try forwarders { _ in DomainName("example.com") }
    #expect(!own.isEmpty && !own.contains("forward.example"))
  }

  /// Stores a verdict on every flow.
  private func judge(
    _ database: ReportDatabase, _ verdict: (IPAddress) -> (verdict: String, subtype: String, isUnknownIP: Bool)
  ) throws {
    try database.withFlows { flows in
      var verdicts: [StoredVerdict] = []
      try flows.forEachFlow(of: flows.headerFroms().map(\.id)) {
        let source = try flows.source($0.sourceID)
        let found = verdict(try #require(source).address)
        verdicts.append(
          StoredVerdict(
            flowID: $0.id, verdict: found.verdict, subtype: found.subtype, confidence: "high", rule: "x",
            isUnknownIP: found.isUnknownIP, issues: ["dkim-missing"], knownSenderID: nil))
      }
      try flows.store(verdicts, rulesVersion: 7)
    }
  }

  @Test func unknownSendersAreTheFlaggedOnes() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    try judge(database) { source in ("unknown-unauthenticated", "nothing-passes", source.isIPv6) }
    let found = try database.unknownSenders(RecordFilter(), severities: []).lines
    #expect(found.map(\.source) == ["2001:db8::/64"] || found.map(\.source) == ["2001:db8::1"])
    #expect(found.first?.verdicts == ["unknown-unauthenticated/nothing-passes"])
    #expect(
      try database.unknownSenders(RecordFilter(), severities: [], isFolded: false).lines.map(\.source) == [
        "2001:db8::1"
      ])
    let day = try #require(CalendarDay("2026-10-02"))
    #expect(try database.unknownSenders(RecordFilter(), severities: [], newSince: day).lines.isEmpty)
    #expect(
      try database.unknownSenders(RecordFilter(), severities: [], newSince: day.advanced(by: -1)).lines.count == 1)
  }

  @Test func unknownSendersAreRankedBySeverity() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker(messages: 40)])
    try judge(database) { source in ("v", source.isIPv6 ? "worse" : "mild", true) }
    func ranking(_ severities: [(subtype: String, severity: Int64)]) throws -> [String: Int64] {
      let named = severities.map { VerdictSeverity(verdict: "v", subtype: $0.subtype, severity: $0.severity) }
      let found = try database.unknownSenders(RecordFilter(), severities: named, isFolded: false).lines
      return Dictionary(uniqueKeysWithValues: found.map { ($0.source, $0.threat) })
    }
    let plain = try ranking([])
    let graded = try ranking([("worse", 4), ("mild", 0), ("unused", 9)])
    #expect(graded["192.0.2.1"] == plain["192.0.2.1"])
    #expect(graded["2001:db8::1"] == plain["2001:db8::1"].map { $0 + 8 })
    // Mail that is in doubt only because of its reporters ranks below all other mail, however much there is.
    #expect(try ranking([("worse", -1), ("mild", 0)])["2001:db8::1"] == 0)
    let other = [VerdictSeverity(verdict: "w", subtype: "worse", severity: 4)]
    let unnamed = try database.unknownSenders(RecordFilter(), severities: other, isFolded: false).lines
    #expect(unnamed.allSatisfy { plain[$0.source] == $0.threat })
  }

  @Test func verdictsAreRoundTrippedWithTheirIssues() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    try judge(database) { _ in ("aligned", "both", false) }
    try database.readFlows { flows in
      try flows.forEachFlow(of: flows.headerFroms().map(\.id)) { flow in
        let verdict = StoredVerdict(
          flowID: flow.id, verdict: "aligned", subtype: "both", confidence: "high", rule: "x", isUnknownIP: false,
          issues: ["dkim-missing"], knownSenderID: nil)
        #expect(flow.verdictHash == verdict.hash(rulesVersion: 7))
        #expect(flow.verdictHash != verdict.hash(rulesVersion: 8))
      }
    }
  }

  @Test func sendersOfConfigurationAndDatabaseDoNotMix() throws {
    let database = try ReportDatabase()
    let network = try #require(CIDR("192.0.2.0/24"))
    try database.declare(KnownSender(name: "Mine", kind: .own, networks: [network]))
    try database.setConfiguredSenders([KnownSender(name: "Theirs", kind: .service, networks: [network])])
    #expect(try database.knownSenders().map(\.sender.name) == ["Mine", "Theirs"])
    #expect(throws: StoreError.self) { try database.removeSender(named: "Theirs") }
    #expect(throws: StoreError.self) { try database.declare(KnownSender(name: "Theirs", kind: .own)) }
    #expect(throws: StoreError.self) { try database.setConfiguredSenders([KnownSender(name: "Mine", kind: .own)]) }
    try database.setConfiguredSenders([])
    #expect(try database.removeSender(named: "Mine"))
    #expect(try !database.removeSender(named: "Mine"))
    #expect(try database.knownSenders().isEmpty)
  }

  @Test func foreignFilesAreRejected() throws {
    let folder = NSTemporaryDirectory() + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: StoreError.self) { try ReportDatabase(path: folder + "/none/x.sqlite") }
    #expect(throws: StoreError.self) { try ReportDatabase(path: folder + "/missing.sqlite", access: .readOnly) }
    try Data("this is no database, but long enough to be taken for one".utf8).write(
      to: URL(fileURLWithPath: folder + "/text"))
    #expect(throws: StoreError.self) { try ReportDatabase(path: folder + "/text") }
    try DatabaseQueue(path: folder + "/foreign.sqlite").write { try $0.execute(sql: "CREATE TABLE t (a)") }
    #expect(throws: StoreError.self) { try ReportDatabase(path: folder + "/foreign.sqlite") }
  }

  @Test func backupIsACompleteDatabase() throws {
    let path = NSTemporaryDirectory() + UUID().uuidString + ".sqlite"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    try database.backup(to: path)
    #expect(try ReportDatabase(path: path).info().messages == 8)
    #expect(throws: StoreError.self) { try database.backup(to: path) }
  }
}
