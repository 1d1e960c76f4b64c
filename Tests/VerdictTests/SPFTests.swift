import DMARC
import Lookup
import Testing

@testable import Verdict

@Suite struct SPFTests {
  /// Expands the record of example.com from a zone.
  private func expand(_ zone: String, _ name: String = "example.com") throws -> SPFSnapshot {
    let file = try ZoneFile(parsing: zone)
    let domain = try #require(DomainName(name))
    return try #require(SPFExpansion(domain) { file.answer(to: $0) }.snapshot)
  }

  private func networks(_ zone: String) throws -> [String] { try expand(zone).ranges.map { "\($0.network)" } }

  @Test func orderDecides() throws {
    #expect(
      try networks(#"example.com. TXT "v=spf1 -ip4:192.0.2.0/25 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all""#)
        == ["192.0.2.128/25", "2001:db8::/32"])
    #expect(try networks(#"example.com. TXT "v=spf1 ip4:192.0.2.1 ~all ip4:192.0.2.2""#) == ["192.0.2.1"])
    #expect(try networks(#"example.com. TXT "V=SPF1 IP4:192.0.2.77/24 ?all""#) == ["192.0.2.0/24"])
  }

  @Test func includeMatchesOnlyIfTheInnerRecordPasses() throws {
    let zone = """
      example.com. TXT "v=spf1 include:a.example ip4:192.0.2.0/24 -all"
      a.example.   TXT "v=spf1 -ip4:192.0.2.1 ip4:198.51.100.0/24 -all"
      """
    let snapshot = try expand(zone)
    #expect(snapshot.ranges.map { "\($0.network)" } == ["192.0.2.0/24", "198.51.100.0/24"])
    #expect(snapshot.ranges.last?.pathText == "example.com > a.example")
    #expect(snapshot.lookUps == 1)
  }

  @Test func exclusionInAnIncludeApplies() throws {
    let zone = """
      example.com. TXT "v=spf1 -include:a.example ip4:192.0.2.0/30 -all"
      a.example.   TXT "v=spf1 ip4:192.0.2.2 -all"
      """
    #expect(try networks(zone) == ["192.0.2.0/31", "192.0.2.3"])
  }

  @Test func addressesAreLookedUp() throws {
    let zone = """
      example.com.    TXT  "v=spf1 a mx/30 a:h.example.com//64 -all"
      example.com.    A    192.0.2.1
      example.com.    MX   10 mx.example.com.
      mx.example.com. A    198.51.100.6
      h.example.com.  AAAA 2001:db8::5
      """
    #expect(try networks(zone) == ["192.0.2.1", "198.51.100.4/30", "2001:db8::/64"])
  }

  @Test func redirectIsIgnoredWithAll() throws {
    let zone = #"b.example. TXT "v=spf1 ip4:192.0.2.9 -all""# + "\n"
    #expect(try networks(zone + #"example.com. TXT "v=spf1 redirect=b.example""#) == ["192.0.2.9"])
    #expect(try networks(zone + #"example.com. TXT "v=spf1 ?all redirect=b.example""#).isEmpty)
    #expect(try expand(zone + #"example.com. TXT "v=spf1 redirect=none.example""#).status == .permerror)
  }

  @Test func limitsApplyToThePathOfEachAddress() throws {
    let many = (1...11).map { "a:h\($0).example" }.joined(separator: " ")
    var zone = "example.com. TXT \"v=spf1 ip4:192.0.2.1 \(many) ip4:192.0.2.2 -all\"\n"
    for number in 1...11 {
      zone += "h\(number).example. A 198.51.100.\(number)\nh\(number).example. AAAA 2001:db8::\(number)\n"
    }
    let snapshot = try expand(zone)
    #expect(snapshot.status == .permerror)
    #expect(snapshot.lookUps == 11)
    let found = snapshot.ranges.map { "\($0.network)" }
    #expect(found.contains("192.0.2.1"))
    #expect(!found.contains("192.0.2.2"))
    #expect(snapshot.errors.contains { $0.contains("lookup number 11") })
  }

  @Test func loopsTerminate() throws {
    let zone = """
      example.com. TXT "v=spf1 ip4:192.0.2.1 include:b.example -all"
      b.example.   TXT "v=spf1 include:example.com ~all"
      """
    let snapshot = try expand(zone)
    #expect(snapshot.status == .permerror)
    #expect(snapshot.ranges.map { "\($0.network)" } == ["192.0.2.1"])
  }

  @Test func threeVoidLookUpsAreTooMany() throws {
    func status(_ terms: String) throws -> SPFSnapshot.Status {
      try expand("example.com. TXT \"v=spf1 \(terms) -all\"").status
    }
    #expect(try status("a:x1.example a:x2.example") == .valid)
    #expect(try status("a:x1.example a:x2.example mx:x3.example") == .permerror)
  }

  @Test func macrosAreReportedAsDynamicTerms() throws {
    let zone = #"example.com. TXT "v=spf1 exists:%{i}._spf.%{d} include:%{l}.example ptr ip4:192.0.2.1 -all""#
    let snapshot = try expand(zone)
    #expect(snapshot.dynamicTerms.count == 3)
    #expect(snapshot.ranges.map { "\($0.network)" } == ["192.0.2.1"])
    let fixed = #"mail.example.com. TXT "v=spf1 include:%{d2}.spf.%{o} -all""#
    #expect(
      SPFDomainSpec.expand("x.%{d1r-}.%{o}", current: "a-b.example", sender: "s.example") == .fixed("x.a.s.example"))
    #expect(try expand(fixed, "mail.example.com").errors.first?.contains("example.com.spf.mail.example.com") == true)
  }

  @Test func rangesOfAllAddressesAreMarked() throws {
    let snapshot = try expand(#"example.com. TXT "v=spf1 -ip4:192.0.2.0/24 +all""#)
    #expect(!snapshot.ranges.contains { !$0.isEverybody })
    #expect(snapshot.ranges.contains { "\($0.network)" == "::/0" })
    #expect(!snapshot.ranges.contains { $0.network.contains(IPAddress(v4: 0xc000_0201)) })
  }

  @Test func missingAnswersAreRequestedTogether() throws {
    let domain = try #require(DomainName("example.com"))
    let first = SPFExpansion(domain) { _ in nil }
    #expect(first.snapshot == nil)
    #expect(first.missing == [DNSQuestion("example.com", .txt)])
    let second = SPFExpansion(domain) { question in
      question.name == "example.com" && question.type == .txt
        ? DNSAnswer(.found, ["v=spf1 include:a.example mx a:h.example -all"]) : nil
    }
    #expect(second.missing.count == 4)
  }

  @Test func serverFailureIsNotARecordError() throws {
    let domain = try #require(DomainName("example.com"))
    let snapshot = SPFExpansion(domain) { question in
      question.type == .txt ? DNSAnswer(.found, ["v=spf1 ip4:192.0.2.1 a -all"]) : DNSAnswer(.failure)
    }.snapshot
    #expect(snapshot?.status == .temperror)
    #expect(snapshot?.ranges.map { "\($0.network)" } == ["192.0.2.1"])
  }

  @Test(arguments: [
    "v=spf1 ip4:1.2.3", "v=spf1 ip4:1.2.3.4/33", "v=spf1 ip4:1.2.3.4/024", "v=spf1 include:", "v=spf1 a:localhost",
    "v=spf1 all:x",
    "v=spf1 foo", "v=spf1 redirect=a.example redirect=b.example", "v=spf1 exp=a.example exp=a.example",
    "v=spf1 a:%{x}.example",
    "v=spf1 a/", "v=spf1 ip6:::1/129", "v=spf1 exists", "v=spf1 a:%.example", "v=spf1 é", "v=spf1 a:1.2.3.4",
    "v=spf1 redirect=",
  ])
  func invalidRecords(text: String) {
    #expect(throws: SPFSyntaxError.self) { try SPFRecord(parsing: text) }
  }

  @Test(arguments: [
    "v=spf1", "v=spf1 -all", "v=spf1 A:h.example/24//64 MX//0 ptr:x.example exists:%{ir}.sbl.example",
    "v=spf1 x-y=any%{d} -all",
    "v=spf1 include:%{d2} ~all", "v=spf1 ip6:::ffff:1.2.3.4 ?all", "v=spf1 a:h-1.exa-mple.",
    "v=spf1   ip4:1.2.3.4/0   all",
  ])
  func validRecords(text: String) throws { _ = try SPFRecord(parsing: text) }

  @Test func addressSets() {
    func set(_ pairs: (UInt128, UInt128)...) -> AddressSet {
      AddressSet(pairs.map { AddressRange(lower: $0.0, upper: $0.1) })
    }
    #expect(set((5, 9), (0, 4), (11, 12)).ranges.count == 2)
    #expect(set((0, 20)).subtracting(set((5, 9), (11, 12))) == set((0, 4), (10, 10), (13, 20)))
    #expect(set((0, .max)).subtracting(set((0, .max))).isEmpty)
    #expect(set((0, 9)).intersection(set((5, 30))) == set((5, 9)))
    #expect(
      AddressRange(lower: 1, upper: 6).networks(isIPv6: false).map { "\($0)" } == [
        "0.0.0.1", "0.0.0.2/31", "0.0.0.4/31", "0.0.0.6",
      ])
    #expect(AddressRange.all(128).networks(isIPv6: true).map { "\($0)" } == ["::/0"])
  }
}
