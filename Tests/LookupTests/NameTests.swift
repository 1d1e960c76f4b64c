import DMARC
import Seeds
import Testing

@testable import Lookup

@Suite struct NameTests {
  @Test func organisationsByThePublicSuffixList() throws {
    let list = PublicSuffixList()
    func organisation(_ name: String) -> String? { DomainName(name).flatMap(list.organisation(of:))?.name }
    #expect(organisation("a.b.example.co.uk") == "example.co.uk")
    #expect(organisation("mail.example.com") == "example.com")
    // The private section counts, too: each customer has its own name there.
    #expect(organisation("someone.github.io") == "someone.github.io")
    #expect(organisation("co.uk") == nil)
    #expect(organisation("com") == nil)
    #expect(organisation("x.y.unheard-of") == "y.unheard-of")
  }

  @Test func zoneFiles() throws {
    let zone = try ZoneFile(
      parsing: """
        $ORIGIN example.com.
        $TTL 60
        @        IN TXT "v=spf1 " "-all" ; a comment
                 3600 IN MX 10 mx
        mx       A 192.0.2.1
                 A 192.0.2.2
        www      CNAME mx
        deep.er  AAAA 2001:db8::1
        ;nothing
        other.example.  TYPE65 whatever
        """)
    func answer(_ name: String, _ type: DNSQuestion.RecordType) -> DNSAnswer {
      zone.answer(to: DNSQuestion(name, type))
    }
    #expect(answer("example.com", .txt) == DNSAnswer(.found, ["v=spf1 -all"], ttl: 60))
    #expect(answer("EXAMPLE.com.", .mx) == DNSAnswer(.found, ["10 mx.example.com"], ttl: 3600))
    #expect(answer("www.example.com", .a).values == ["192.0.2.1", "192.0.2.2"])
    #expect(answer("mx.example.com", .aaaa).status == .noRecords)
    #expect(answer("er.example.com", .a).status == .noRecords)
    #expect(answer("nowhere.example.com", .a).status == .noName)
    #expect(throws: LookupError.self) { try ZoneFile(parsing: "a. TXT \"open") }
    #expect(throws: LookupError.self) { try ZoneFile(parsing: "a. TXT") }
  }

  @Test func escapesInZoneFiles() throws {
    let zone = try ZoneFile(
      parsing:
        "a. TXT \"x\\\"y\\092\\195\\169;\" z\\032w ; \"comment\r\n1.2.0.192.in-addr.arpa. PTR \\096x\\096\\027\\040\\041.b\\.c.example.\r\n"
    )
    #expect(zone.answer(to: DNSQuestion("a", .txt)).values == ["x\"y\\é;z w"])
    #expect(zone.answer(to: DNSQuestion("1.2.0.192.in-addr.arpa", .ptr)).values == ["`x`\u{1b}().b\\.c.example"])
    for bad in ["a. TXT \\25", "a. TXT \\256", "a. TXT \\1x2", "a. TXT x\\", "a. TXT \"x\\\""] {
      #expect(throws: LookupError.self, "\(bad)") { try ZoneFile(parsing: bad) }
    }
  }

  @Test func recordsOverSeveralLinesAliasesAndWildcards() throws {
    let zone = try ZoneFile(
      parsing: """
        $ORIGIN example.com.
        @  IN SOA ns hostmaster ( 1 ; serial
             3600 600
             86400 300 )
        key._domainkey TXT ( "v=DKIM1; p="
             "AAAA" ) ; (not a parenthesis)
        "quoted (" TXT "("
        *.wild TXT "any"
        there.wild A 192.0.2.1
        alias CNAME key._domainkey
        dangling CNAME gone.example.
        _25._tcp.mx TLSA 3 1 1 ( ABCD
             ef01 )
        """)
    func answer(_ name: String, _ type: DNSQuestion.RecordType) -> DNSAnswer {
      zone.answer(to: DNSQuestion("\(name).example.com", type))
    }
    #expect(answer("key._domainkey", .txt).values == ["v=DKIM1; p=AAAA"])
    #expect(answer("alias", .txt).values == ["v=DKIM1; p=AAAA"])
    #expect(answer("alias", .cname).values == ["key._domainkey.example.com"])
    #expect(answer("dangling", .cname).values == ["gone.example"])
    #expect(answer("dangling", .txt).status == .noName)
    #expect(answer("_25._tcp.mx", .tlsa).values == ["3 1 1 abcdef01"])
    #expect(answer("a.b.wild", .txt).values == ["any"])
    // A name that exists hides the wildcard, for all types.
    #expect(answer("there.wild", .txt).status == .noRecords)
    #expect(answer("_tcp.mx", .txt).status == .noRecords)
    for bad in ["a. TXT ( \"x\"", "a. TXT \"x\" )"] {
      #expect(throws: LookupError.self, "\(bad)") { try ZoneFile(parsing: bad) }
    }
  }

  @Test func hostNameMustBeForwardConfirmed() throws {
    let zone = try ZoneFile(
      parsing: """
        1.2.0.192.in-addr.arpa. PTR liar.google.com.
        1.2.0.192.in-addr.arpa. PTR mx.example.com.
        mx.example.com. A 192.0.2.1
        2.2.0.192.in-addr.arpa. PTR mail.google.com.
        """)
    func name(_ address: String) throws -> HostName {
      HostName(of: try #require(IPAddress(address))) { zone.answer(to: $0) }
    }
    #expect(try name("192.0.2.1") == .confirmed(try #require(DomainName("mx.example.com"))))
    #expect(try name("192.0.2.2") == .unconfirmed)
    #expect(try name("192.0.2.3") == .unconfirmed)
    let address = try #require(IPAddress("2001:db8::1"))
    #expect(HostName(of: address) { _ in DNSAnswer(.failure) } == .failed)
    guard case .missing(let questions) = HostName(of: address, answers: { _ in nil }) else {
      Issue.record("a question is missing")
      return
    }
    #expect(questions.first?.name == "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
  }

  @Test func invalidQuestions() {
    #expect(DNSQuestion("a.example", .a).isAskable)
    #expect(!DNSQuestion("a..example", .a).isAskable)
    #expect(!DNSQuestion("", .a).isAskable)
    #expect(!DNSQuestion(String(repeating: "a", count: 64) + ".example", .a).isAskable)
    #expect(!DNSQuestion(String(repeating: "a.", count: 130), .a).isAskable)
  }
}

@Suite struct DNSMessageTests {
  /// `www.a 300 IN CNAME a`, `a 60 IN TXT "v=" "x"`, with a compressed name.
  private let message: [UInt8] =
    [0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0] + [3, 0x77, 0x77, 0x57, 1, 0x61, 0, 0, 16, 0, 1]
    + [0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 44, 0, 2, 0xc0, 16] + [
      0xc0, 16, 0, 16, 0, 1, 0, 0, 0, 60, 0, 5, 2, 0x76, 0x3d, 1, 0x78,
    ]

  private func answer(_ bytes: [UInt8], _ type: DNSQuestion.RecordType = .txt) -> DNSAnswer? {
    bytes.withUnsafeBytes { DNSMessage.answer(DNSQuestion("www.a", type), in: $0) }
  }

  @Test func aliasesAreFollowedAndStringsJoined() {
    #expect(answer(message) == DNSAnswer(.found, ["v=x"], ttl: 60))
    #expect(answer(message, .a)?.status == .noRecords)
  }

  @Test func randomMessagesAreHandled() {
    var generator = Seeded()
    for _ in 0..<Seeded.rounds(10_000, long: 50_000) {
      var bytes = message
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator) / 3)
      for type in DNSQuestion.RecordType.allCases { _ = answer(bytes, type) }
    }
  }

  @Test func pointerLoopsTerminate() {
    var bytes = message
    bytes[23] = 0xc0
    bytes[24] = 23
    #expect(answer(bytes) == nil)
    #expect(answer([]) == nil)
    #expect(answer(Array(message.prefix(20))) == nil)
  }
}
