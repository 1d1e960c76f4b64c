import DMARC
import Testing

@Suite struct KnownSenderTests {
  @Test func longestNetworkThenLongestDomain() throws {
    func network(_ text: String) throws -> CIDR { try #require(CIDR(text)) }
    func domain(_ text: String) throws -> DomainName { try #require(DomainName(text)) }
    let index = KnownSenderIndex([
      KnownSender(name: "wide", kind: .own, networks: [try network("192.0.2.0/24")]),
      KnownSender(name: "narrow", kind: .gateway, networks: [try network("192.0.2.8/29")]),
      KnownSender(name: "service", kind: .service, domains: [try domain("mailer.example")]),
      KnownSender(name: "special", kind: .service, domains: [try domain("eu.mailer.example")]),
    ])
    func match(_ address: String, _ passing: [String]) throws -> String? {
      let hit = index.match(try #require(IPAddress(address)), passing: try passing.map(domain))
      return hit.map { index.senders[$0].name }
    }
    #expect(try match("192.0.2.9", []) == "narrow")
    #expect(try match("192.0.2.99", ["mailer.example"]) == "wide")
    #expect(try match("203.0.113.1", ["bounce.mailer.example"]) == "service")
    #expect(try match("203.0.113.1", ["x.eu.mailer.example"]) == "special")
    #expect(try match("203.0.113.1", ["notmailer.example"]) == nil)
  }

  @Test func domainNames() {
    #expect(DomainName("User@Example.COM.")?.name == "example.com")
    #expect(DomainName("<>") == nil)
    #expect(DomainName(" . ") == nil)
  }

  @Test func jsonEscapes() {
    var json = JSONText()
    json.object { $0.field("a\"b", "line\nbreak \u{1} \u{1b}[0m \\ é") }
    #expect(json.string == #"{"a\"b":"line\nbreak \u0001 \u001b[0m \\ é"}"#)
  }
}
