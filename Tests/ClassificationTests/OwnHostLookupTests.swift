import DMARC
import Lookup
import Store
import Testing
import Verdict

@testable import Classification

/// What a domain's own DNS says about the hosts that send in its name.
@Suite struct OwnHostLookupTests {
  private static let suffixes = PublicSuffixList()
  private static let organisations = Organisations { suffixes.organisation(of: $0) }

  private func lookup(_ zone: String) throws -> OwnHostLookup {
    let service = NameService.zone(try ZoneFile(parsing: "$ORIGIN example.com.\n" + zone))
    return OwnHostLookup(try #require(DomainName("example.com")), Self.organisations) { question in
      service.answers(to: [question], until: .infinity)[question]
    }
  }

  private func names(_ zone: String) throws -> [String] {
    try #require(try lookup(zone).hosts).map { "\($0.key) \($0.value.name) \($0.value.kind.rawValue)" }.sorted()
  }

  @Test func theDomainAndItsExchangesAreOwnHosts() throws {
    let zone = """
      @ IN A 192.0.2.80
      @ IN AAAA 2001:db8::80
      @ IN MX 10 mx1.example.com.
      mx1 IN A 192.0.2.25
      """
    #expect(
      try names(zone) == ["192.0.2.25 mx1.example.com MX", "192.0.2.80 example.com A", "2001:db8::80 example.com A"])
  }

  @Test func exchangesOfAProviderAreNot() throws {
    let zone = """
      @ IN MX 10 mx.provider.example.
      mx.provider.example. IN A 198.51.100.1
      """
    #expect(try names(zone) == [])
  }

  @Test func missingAnswersAreAskedFor() throws {
    let domain = try #require(DomainName("example.com"))
    let lookup = OwnHostLookup(domain, Self.organisations) { _ in nil }
    #expect(lookup.hosts == nil)
    #expect(lookup.missing.map(\.type.rawValue).sorted() == ["A", "AAAA", "MX"])
  }

  @Test func aFailureSaysNothing() throws {
    let domain = try #require(DomainName("example.com"))
    let lookup = OwnHostLookup(domain, Self.organisations) { _ in DNSAnswer(.failure, [], ttl: 60) }
    #expect(lookup.hosts == nil)
    #expect(lookup.missing.isEmpty)
  }

  @Test func hostsAreStoredUntilTheyChange() throws {
    let database = try ReportDatabase()
    let domain = try #require(DomainName("example.com"))
    let address = try #require(IPAddress("192.0.2.25"))
    let hosts = [address: NamedHost(name: domain, type: "MX")]
    func state() throws -> String { try database.readFlows { try $0.lookUpState() } }
    try database.keep(hosts, of: domain, at: 1_000)
    let first = try state()
    try database.keep(hosts, of: domain, at: 2_000)
    #expect(try state() == first)
    #expect(try database.readFlows { try $0.ownHosts(of: ["example.com"]) } == hosts)
    try database.keep([:], of: domain, at: 3_000)
    #expect(try state() != first)
  }
}
