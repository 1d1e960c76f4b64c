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

  @Test func aDeclarationForOneOrganisationCountsOnlyForIt() throws {
    func domain(_ text: String) throws -> DomainName { try #require(DomainName(text)) }
    let network = try #require(CIDR("192.0.2.0/24"))
    let index = KnownSenderIndex([
      KnownSender(name: "all", kind: .service, networks: [network]),
      KnownSender(name: "a", kind: .own, networks: [network], onlyFor: [try domain("a.example")]),
      KnownSender(
        name: "shop", kind: .own, networks: [try #require(CIDR("192.0.2.1"))], onlyFor: [try domain("shop.b.example")]),
    ])
    func match(_ from: String?, _ address: String = "192.0.2.1") throws -> String? {
      let hit = index.match(try #require(IPAddress(address)), passing: [], from: try from.map(domain))
      return hit.map { index.senders[$0].name }
    }
    #expect(try match("a.example") == "a")
    #expect(try match("mail.a.example") == "a")
    #expect(try match("nota.example") == "all")
    #expect(try match("b.example") == "all")
    #expect(try match("x.shop.b.example") == "shop")
    #expect(try match("shop.b.example", "192.0.2.2") == "all")
    #expect(try match(nil) == "all")
    #expect(index.senders(of: .own, onlyFor: try domain("mail.a.example")).map(\.name) == ["a"])
    #expect(index.senders(of: .own, onlyFor: try domain("b.example")).isEmpty)
  }

  @Test func aDeclarationThatVouchesForStrangersIsRecognised() throws {
    func overreach(_ networks: [String] = [], _ domains: [String] = []) throws -> String? {
      let sender = KnownSender(
        name: "x", kind: .own, networks: try networks.map { try #require(CIDR($0)) },
        domains: try domains.map { try #require(DomainName($0)) })
      return sender.overreach { !$0.name.contains(".") }.map { "\($0)" }
    }
    #expect(try overreach(["10.1.0.0/16", "2001:db8::/32"], ["a.example"]) == nil)
    #expect(try overreach(["10.0.0.0/15"])?.contains("wider than /16") == true)
    #expect(try overreach(["2001:d00::/24"])?.contains("wider than /32") == true)
    #expect(try overreach(["0.0.0.0/0"])?.contains("every address") == true)
    #expect(try overreach(["::/0"])?.contains("every address") == true)
    #expect(try overreach([], ["com"])?.contains("public suffix") == true)
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
