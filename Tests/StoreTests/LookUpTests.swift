import DMARC
import Store
import Testing

@Suite struct LookUpTests {
  private func snapshot(_ network: String) throws -> SPFSnapshot {
    let domain = try #require(DomainName("example.com"))
    let range = SPFSnapshot.Range(
      network: try #require(CIDR(network)), path: [domain, try #require(DomainName("_spf.mailer.example"))],
      term: "ip4:\(network)", isEverybody: false)
    return SPFSnapshot(
      domain: domain, status: .valid, errors: ["a: \"b\""], ranges: [range], dynamicTerms: ["exists:%{i}.x"],
      lookUps: 1,
      voidLookUps: 0, record: "v=spf1 include:_spf.mailer.example -all")
  }

  @Test func snapshotsAreStoredOnlyIfTheyChange() throws {
    let database = try ReportDatabase()
    try database.keep(snapshot("192.0.2.0/24"), isShared: [true], at: 1_000)
    try database.keep(snapshot("192.0.2.0/24"), isShared: [true], at: 2_000)
    try database.keep(snapshot("198.51.100.0/24"), isShared: [true], at: 3_000)
    let kept = try database.spfSnapshots(of: DomainName("example.com"))
    #expect(kept.map(\.takenAt) == [1_000, 3_000])
    #expect(kept.map(\.checkedAt) == [2_000, 3_000])
    let first = try snapshot("192.0.2.0/24")
    #expect(kept.first?.snapshot == first)
    #expect(kept.first?.isShared == [true])
  }

  @Test func answersAreKeptForTheirTTL() throws {
    let database = try ReportDatabase()
    let found = DNSQuestion("Example.com.", .txt)
    let failed = DNSQuestion("down.example", .a)
    let answers = [found: DNSAnswer(.found, ["v=spf1 \"-all\""], ttl: 300), failed: DNSAnswer(.failure)]
    try database.keep(answers, hosts: [], at: 1_000)
    let kept = try database.knownAnswers(at: 1_100)
    #expect(kept == [found: DNSAnswer(.found, ["v=spf1 \"-all\""], ttl: 200)])
    #expect(try database.knownAnswers(at: 1_300).isEmpty)
    // A name server must not determine the answer for years.
    try database.keep([found: DNSAnswer(.found, ["x"], ttl: .max)], hosts: [], at: 1_000)
    #expect(try database.knownAnswers(at: 1_000 + 86_399).count == 1)
    #expect(try database.knownAnswers(at: 1_000 + 86_400).isEmpty)
  }

  @Test func hostNamesAreLookedUpAgainAfterAMonth() throws {
    let database = try ReportDatabase()
    _ = try database.store([ReportMaker()])
    let sources = try database.sourcesToLookUp(since: 1_000)
    #expect(sources.count == 3 || sources.count > 0)
    try database.keep([:], hosts: sources.map { ($0.id, DomainName("mx.example.net")) }, at: 2_000)
    #expect(try database.sourcesToLookUp(since: 1_000).isEmpty)
    #expect(try database.sourcesToLookUp(since: 3_000).count == sources.count)
    let state = try database.readFlows { try $0.lookUpState() }
    try database.keep([:], hosts: [(sources[0].id, nil)], at: 4_000)
    #expect(try database.readFlows { try $0.lookUpState() } != state)
  }
}
