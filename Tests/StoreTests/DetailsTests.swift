import DMARC
import Testing

@testable import Store

@Suite struct DetailsTests {
  private func makeDatabase() throws -> ReportDatabase {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker(), ReportMaker(id: "2", content: 2, begin: 1_790_899_200)])
    return database
  }

  @Test func flowsOfASourceAreTyped() throws {
    let database = try makeDatabase()
    let source = IPAddress(v4: 0xc000_0201)
    let details = try #require(try database.details(of: source, RecordFilter()))
    #expect(details.facts.columns.first == "source_ip")
    #expect(details.reports.count == 2)
    #expect(details.flows.count == 1)
    let flow = try #require(details.flows.first)
    #expect(flow.id == (try database.flow(ofReport: 1, row: 0))?.id)
    #expect((flow.policyDomain, flow.headerFrom, flow.envelopeFrom) == ("example.com", "example.com", nil))
    #expect((flow.messages, flow.passedDMARC, flow.verdict) == (10, true, nil))
    #expect(["\(flow.firstDay)", "\(flow.lastDay)"] == ["2026-10-01", "2026-10-02"])
    #expect(
      try StoredJSON.dkimResults(flow.dkimResults)
        == [DKIMResult(domain: "example.com", selector: "s1", result: .pass)])
    #expect(try StoredJSON.spfResults(flow.spfResults) == [SPFResult(domain: "forward.example", result: .pass)])
    #expect(try StoredJSON.reasons(flow.reasons) == [])
    #expect(try database.details(of: IPAddress(v4: 1), RecordFilter())?.flows == nil)
  }

  @Test func sourceOutsideTheFilterHasNoDetails() throws {
    let database = try makeDatabase()
    let filter = RecordFilter(lastDay: CalendarDay("2026-10-01"))
    let details = try #require(try database.details(of: IPAddress(v4: 0xc000_0201), filter))
    #expect((details.flows.map(\.messages), details.reports.count) == ([5], 1))
  }

  @Test func detailsOfADomain() throws {
    let database = try makeDatabase()
    let domain = try #require(DomainName("example.com"))
    let details = try #require(try database.details(of: domain, RecordFilter()))
    let tables = [details.verdicts, details.policies, details.sources, details.headerFroms, details.reporters]
    #expect(tables.map(\.count) == [1, 1, 2, 1, 1])
    #expect(details.sources.map { $0.values[1] } == [.integer(10), .integer(6)])
    #expect(details.warnings.isEmpty)
    let other = try #require(DomainName("example.net"))
    #expect(try database.details(of: other, RecordFilter())?.facts == nil)
  }

  /// Three policies with `p=reject` of which one is in test mode must be told apart.
  @Test func policiesOfADomainHaveTheFieldsOfRFC9990() throws {
    let database = try ReportDatabase()
    let reports = [("y", "treewalk"), ("n", "psl"), (nil, nil)].enumerated().map { number, fields in
      var report = ReportMaker(id: "\(number)", content: UInt8(number), begin: 1_790_812_800 + Int64(number) * 86_400)
      report.testing = fields.0
      report.discoveryMethod = fields.1
      return report
    }
    _ = try database.store(reports)
    let domain = try #require(DomainName("example.com"))
    let policies = try #require(try database.details(of: domain, RecordFilter())).policies
    let texts = policies.map { Set($0.values) }
    #expect(texts.contains { $0.isSuperset(of: [.text("y"), .text("treewalk")]) })
    #expect(texts.contains { $0.isSuperset(of: [.text("n"), .text("psl")]) })
    #expect(policies.count == 3)
    var newest = RecordFilter(lastDay: CalendarDay("2026-10-01"))
    let tested = try database.summary(newest)
    #expect((tested[0].testing, tested[0].discoveryMethod) == ("y", "treewalk"))
    newest.lastDay = nil
    #expect(try database.summary(newest)[0].testing == nil)
  }

  @Test func detailsOfAReport() throws {
    let database = try makeDatabase()
    #expect(try database.reportRowIDs("2") == [2])
    let details = try #require(try database.details(ofReport: 2, limit: nil))
    #expect(details.facts.columns.first == "report_row_id")
    #expect(details.records.count == 2)
    #expect(try database.details(ofReport: 2, limit: 1)?.records.count == 1)
    #expect(try database.details(ofReport: 3, limit: nil)?.facts == nil)
  }

  /// More values than a statement may have parameters.
  @Test func listsHaveNoLimit() throws {
    let database = try makeDatabase()
    var flows = 0
    try database.readFlows { try $0.forEachFlow(of: Array(1...100_000)) { _ in flows += 1 } }
    #expect(flows == 2)
    let names = (1...100_000).map { "n\($0)" }
    #expect(try database.forwarding(RecordFilter(), verdicts: names).lines.isEmpty)
  }

  @Test func summaryHasItsOwnColumns() throws {
    let database = try makeDatabase()
    let row = try #require(try database.summary(RecordFilter()).first)
    #expect((row.domain, row.reports, row.reporters, row.sources, row.droppedRows) == ("example.com", 2, 1, 2, 0))
    #expect((row.bothAligned, row.quarantined, row.unknown) == (0, 0, 0))
    #expect(["\(row.firstDay)", "\(row.lastDay)"] == ["2026-10-01", "2026-10-02"])
  }
}
