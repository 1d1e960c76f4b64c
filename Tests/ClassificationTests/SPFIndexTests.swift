import DMARC
import Store
import Testing
import Verdict

@testable import Classification

@Suite struct SPFIndexTests {
  private let day = CalendarDay(number: 20_000)

  private func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

  private func keep(
    _ database: ReportDatabase, _ networks: [(String, isShared: Bool)], day: Int64, dynamicTerms: [String] = []
  ) throws {
    let domain = try name("example.com")
    let snapshot = SPFSnapshot(
      domain: domain, status: .valid, errors: [],
      ranges: try networks.map { text, isShared in
        SPFSnapshot.Range(
          network: try #require(CIDR(text)), path: isShared ? [domain, try name("_spf.mailer.example")] : [domain],
          term: "ip4:\(text)", isEverybody: false)
      }, dynamicTerms: dynamicTerms, lookUps: 1, voidLookUps: 0, record: "v=spf1 -all")
    try database.keep(snapshot, isShared: networks.map(\.isShared), at: day * 86_400)
  }

  private func answer(_ database: ReportDatabase, _ address: String, on day: CalendarDay) throws -> SPFAuthorisation? {
    try database.readFlows { flows in
      try SPFIndex(flows).authorisation(
        of: #require(IPAddress(address)), by: [name("nothing.example"), name("example.com")], on: day)
    }
  }

  @Test func addressesAreFoundInTheirNetworks() throws {
    let database = try ReportDatabase()
    try keep(
      database, [("192.0.2.0/28", false), ("192.0.2.64/26", true), ("2001:db8::/48", false)], day: day.number)
    for (address, isShared) in [
      ("192.0.2.0", false), ("192.0.2.15", false), ("192.0.2.127", true), ("2001:db8::1", false),
    ] {
      let found = try answer(database, address, on: day)
      #expect(found?.isAuthorised == true, "\(address)")
      #expect(found?.isShared == isShared, "\(address)")
    }
    for address in ["192.0.1.255", "192.0.2.16", "192.0.2.63", "192.0.2.128", "2001:db7::", "::192.0.2.1"] {
      #expect(try answer(database, address, on: day)?.isAuthorised == false, "\(address)")
    }
  }

  @Test func snapshotOfTheDayIsUsed() throws {
    let database = try ReportDatabase()
    try keep(database, [("192.0.2.0/28", false)], day: day.number)
    try keep(database, [("198.51.100.0/24", false)], day: day.number + 10)
    #expect(try answer(database, "192.0.2.1", on: day.advanced(by: 9))?.isAuthorised == true)
    #expect(try answer(database, "192.0.2.1", on: day.advanced(by: 10))?.isAuthorised == false)
    // For days before the first lookup, the first snapshot is used.
    #expect(try answer(database, "192.0.2.1", on: day.advanced(by: -100))?.isAuthorised == true)
  }

  @Test func dynamicTermsAreInconclusive() throws {
    let database = try ReportDatabase()
    try keep(database, [("192.0.2.0/28", false)], day: day.number, dynamicTerms: ["exists:%{i}.example.com"])
    #expect(try answer(database, "192.0.2.1", on: day)?.isAuthorised == true)
    #expect(try answer(database, "198.51.100.1", on: day) == nil)
    #expect(try database.readFlows { try SPFIndex($0).isInconclusive([name("example.com")]) })
  }

  @Test func emptyIndexHasNoAnswer() throws {
    let database = try ReportDatabase()
    #expect(try answer(database, "192.0.2.1", on: day) == nil)
    #expect(try database.readFlows { try SPFIndex($0).isEmpty })
  }
}
