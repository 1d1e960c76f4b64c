import DMARC
import Seeds
import Testing

@testable import Verdict

/// The evaluation of SPF for one client. More records are compared with pyspf, in an end-to-end test.
@Suite struct SPFEvaluationTests {
  private static func client(_ address: String, _ localPart: String = "strong-bad") throws -> SPFEvaluation.Client {
    SPFEvaluation.Client(
      address: try #require(IPAddress(address)), localPart: localPart,
      domain: try #require(DomainName("email.example.com")), helo: "mx.example.org")
  }

  private static func evaluate(
    _ client: SPFEvaluation.Client, _ records: [String: String], failing: Set<String> = []
  ) -> SPFEvaluation {
    SPFEvaluation(client) { question in
      if failing.contains(question.name) { return DNSAnswer(.failure) }
      return records["\(question.type.rawValue) \(question.name)"].map { DNSAnswer(.found, [$0]) } ?? DNSAnswer(.noName)
    }
  }

  /// The examples of RFC 7208 §7.4, as names that `exists` asks for.
  @Test(arguments: [
    ("%{s}", "strong-bad@email.example.com"), ("%{o}", "email.example.com"), ("%{d4}", "email.example.com"),
    ("%{d2}", "example.com"), ("%{d1}", "com"), ("%{dr}", "com.example.email"), ("%{d2r}", "example.email"),
    ("%{l}", "strong-bad"), ("%{l-}", "strong.bad"), ("%{lr}", "strong-bad"), ("%{lr-}", "bad.strong"),
    ("%{l1r-}", "strong"), ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
    ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
    ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
    ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ("%{S}", "strong-bad%40email.example.com"),
  ])
  func macros(_ spec: String, _ name: String) throws {
    var asked: Set<String> = []
    _ = SPFEvaluation(try Self.client("192.0.2.3")) { question in
      if question.type == .a { asked.insert(question.name) }
      return question.type == .txt ? DNSAnswer(.found, ["v=spf1 exists:\(spec).x.test -all"]) : DNSAnswer(.noName)
    }
    #expect(asked == [name + ".x.test"])
  }

  @Test func macrosOfIPv6() throws {
    var asked: [String] = []
    _ = SPFEvaluation(try Self.client("2001:db8::cb01")) { question in
      if question.type == .a { asked.append(question.name) }
      return question.type == .txt ? DNSAnswer(.found, ["v=spf1 exists:%{ir}.%{v}.x.test -all"]) : DNSAnswer(.noName)
    }
    #expect(asked == ["1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.x.test"])
  }

  @Test func resultsNameTheTerm() throws {
    let records = [
      "TXT email.example.com": "v=spf1 ip4:198.51.100.0/24 include:service.example ~all",
      "TXT service.example": "v=spf1 a:out.service.example -all", "A out.service.example": "192.0.2.3",
    ]
    let first = Self.evaluate(try Self.client("192.0.2.3"), records)
    #expect(first.result == .pass && first.term == "include:service.example" && first.record == "email.example.com")
    let second = Self.evaluate(try Self.client("192.0.2.4"), records)
    #expect(second.result == .softfail && second.term == "~all")
    #expect(Self.evaluate(try Self.client("192.0.2.3"), [:]).result == SPFEvaluation.Result.none)
    #expect(Self.evaluate(try Self.client("192.0.2.3"), records, failing: ["service.example"]).result == .temperror)
    let open = Self.evaluate(try Self.client("192.0.2.3"), ["TXT email.example.com": "v=spf1 ip4:198.51.100.1"])
    #expect(open.result == .neutral && open.term == nil)
    let broken = Self.evaluate(try Self.client("192.0.2.3"), ["TXT email.example.com": "v=spf1 include:none.example"])
    #expect(broken.result == .permerror && broken.term == "include:none.example")
  }

  @Test func asksOnlyForWhatIsMissing() throws {
    let client = try Self.client("192.0.2.3")
    let first = SPFEvaluation(client) { _ in nil }
    #expect(first.result == nil && first.missing == [DNSQuestion("email.example.com", .txt)])
    // A record that leads to itself ends with the eleventh lookup.
    var rounds = 0
    let loop = SPFEvaluation(client) { _ in
      rounds += 1
      return DNSAnswer(.found, ["v=spf1 include:email.example.com -all"])
    }
    #expect(loop.result == .permerror && rounds == 11)
  }

  @Test func clientIsTheOneThatDeliveredToTheReceiver() throws {
    let header = MessageHeader(
      Array(
        """
        Received: from inner.test (inner.test [10.0.0.1]) by store.mx.test; Thu, 1 Oct 2026 01:00:01 +0000
        Received: from out.service.example (unknown [IPv6:2001:db8::1])
         by in.mx.test (Postfix) with ESMTPS id 1; Thu, 1 Oct 2026 01:00:00 +0000
        Received: from liar.example ([203.0.113.9]) by out.service.example; Thu, 1 Oct 2026 00:00:00 +0000
        From: a@example.com

        """.utf8))
    let organisations = Organisations { DomainName($0.labels.suffix(2).joined(separator: ".")) }
    func client(_ host: String?) -> ReceivedClient? {
      ReceivedClient(header, host: host.flatMap { DomainName($0) }, organisations: organisations)
    }
    #expect(client(nil)?.address == IPAddress("2001:db8::1") && client(nil)?.helo == "out.service.example")
    #expect(client("mx.test")?.address == IPAddress("2001:db8::1"))
    #expect(client("other.example") == nil)
  }

  /// The name in HELO is text of the client.
  @Test(arguments: ["[192.0.2.1]", "by", "[10.0.0.1]", "helo=[192.0.2.1]", "by mx.test"])
  func heloDoesNotChooseTheAddress(_ helo: String) throws {
    let header = MessageHeader(
      Array(
        """
        Received: from \(helo) (unknown [203.0.113.9]) by mx.test; Thu, 1 Oct 2026 01:00:00 +0000
        Received: from x ([198.51.100.1]) by mx.test; Thu, 1 Oct 2026 01:00:00 +0000
        From: a@example.com

        """.utf8))
    for host in [nil, DomainName("mx.test")] {
      let client = ReceivedClient(header, host: host, organisations: Organisations { $0 })
      #expect(client?.address == IPAddress("203.0.113.9") || (client == nil && helo == "by mx.test"))
    }
  }

  @Test func hostileReceivedFields() {
    var random = Seeded()
    let pieces = [
      "from ", " ", " by ", " [", "] ", "(", "192.0.2.1", "IPv6:", "::", "mx.test", "\u{0}", "é", ";", "\t",
      " [192.0.2.1] ", "[IPv6:2001:db8::1]",
    ]
    var found = 0
    for _ in 0..<Seeded.rounds(300, long: 20_000) {
      let text =
        "From: a@example.com\nReceived: from x "
        + (0..<12).compactMap { _ in pieces.randomElement(using: &random) }.joined()
        + " by mx.test"
      let header = MessageHeader(Array(text.utf8))
      let client = ReceivedClient(header, host: nil, organisations: Organisations { $0 })
      if let client {
        found += 1
        #expect(client.address == IPAddress("192.0.2.1") || client.address.isIPv6)
      }
    }
    #expect(found > 0)
  }
}
