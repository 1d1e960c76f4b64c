import DMARC
import Testing

@testable import Verdict

@Suite struct OfferedRecordTests {
  private static let hostile = [
    "a\" b.example", "a;b.example", "a\nb.example", "$(x).example", "a`b`.example", "-a.example", "a b.example",
    "a\\b.example",
    "@", "$INCLUDE", "a\u{202e}b.example", String(repeating: "a.", count: 130) + "example",
  ]

  private static func records(_ values: [String: String]) -> [String: String] {
    Dictionary(ProposedRecords(values).all.compactMap { entry in entry.record.map { (entry.key, $0) } }) { $1 }
  }

  @Test func recordsAreValidZoneFileLines() {
    let records = Self.records([
      "from": "bücher.example", "organisation": "bücher.example", "envelope": "example.com", "signer": "example.com",
      "selector": "a.b",
    ])
    #expect(records["key-record"] == "`s1._domainkey.xn--bcher-kva.example. TXT \"v=DKIM1; k=rsa; p=...\"`")
    #expect(records["signer-revocation"] == "`a.b._domainkey.example.com. TXT \"v=DKIM1; p=\"`")
    #expect(records["from-policy"] == "_dmarc.xn--bcher-kva.example")
    #expect(records["keys-owner"] == "_domainkey.xn--bcher-kva.example")
    #expect(records.count == ProposedRecords([:]).all.count)
  }

  @Test func cachedRecordsEqualComputedOnes() {
    let memory = ProposedRecordCache()
    for _ in 0..<2 {
      for from in ["a.example", "b.example", "-a.example"] {
        for selector in ["s1", "s 2"] {
          let values = ["from": from, "signer": "a.example", "selector": selector]
          let found = ProposedRecordCache.Offer(ProposedRecords(values))
          let remembered = memory.offer(values)
          #expect(remembered.texts.map(\.text) == found.texts.map(\.text))
          #expect(remembered.unpublishable == found.unpublishable)
        }
      }
    }
  }

  @Test(arguments: hostile) func noRecordsAreProposedForHostileNames(_ name: String) {
    #expect(
      Self.records(["from": name, "organisation": name, "envelope": name, "signer": name, "selector": "s1"]).isEmpty)
    let bySelector = Self.records([
      "from": "a.example", "organisation": "a.example", "envelope": "a.example", "signer": "a.example",
      "selector": name,
    ])
    #expect(
      bySelector["signer-owner"] == nil && bySelector["signer-record"] == nil && bySelector["signer-revocation"] == nil)
    #expect(bySelector["from-selector-owner"] == nil)
  }

  @Test func termsOfAddressesAndNames() throws {
    #expect("\(SPFTerm(try #require(IPAddress("192.0.2.1"))))" == "ip4:192.0.2.1")
    #expect("\(SPFTerm(try #require(IPAddress("2001:db8::1"))))" == "ip6:2001:db8::1")
    #expect(
      "\(SPFTerm(include: try #require(DomainName("_spf.bücher.example")?.publishable)))"
        == "include:_spf.xn--bcher-kva.example")
  }

  /// Every record in a text comes from a placeholder; none is composed from names.
  @Test(arguments: Language.allCases) func textsContainNoComposedRecords(_ language: Language) {
    let phrasebook = Phrasebook(language)
    for code in phrasebook.codes where code.hasPrefix("advice.") {
      let text = phrasebook.text(code, [:])
      for part in ["_domainkey", "_dmarc", "ip4:", "ip6:", "v=DKIM1"] {
        #expect(!text.contains(part), "\(code)")
      }
      #expect(!phrasebook.text(code, ["from": "FROM"]).contains("d=FROM"), "\(code)")
    }
  }
}
