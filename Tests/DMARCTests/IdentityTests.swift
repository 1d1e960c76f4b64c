import DMARC
import Testing

@Suite struct IdentityTests {
  private func head(_ change: (inout ReportHead) -> Void = { _ in }) -> ReportHead {
    var head = ReportHead()
    head.metadata.orgName = "Big Mail"
    head.metadata.reportID = "<17@bigmail.example>"
    head.metadata.begin = 1_790_812_800
    head.metadata.end = 1_790_899_199
    head.policy.domain = "Example.COM."
    change(&head)
    return head
  }

  private func read(_ head: ReportHead, file: String = "x.xml", from: String? = nil) throws -> IdentityReading {
    try IdentityReading(head, fileName: file, firstHeaderFrom: from, sha256: [0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test func wholeHeadNeedsNoAssumption() throws {
    let reading = try read(head())
    #expect(reading.identity.reporter == "big mail")
    #expect(reading.identity.reportID == "17@bigmail.example")
    #expect(reading.identity.policyDomain.name == "example.com")
    #expect(reading.warnings.isEmpty)
  }

  @Test func gapsAreFilledFromTheFileName() throws {
    let name = "dir/mx.example.net!example.org!1790812800!1790899200!ab-12.xml.gz"
    let reading = try read(ReportHead(), file: name)
    let expected = ReportIdentity(
      reporter: "mx.example.net", reportID: "ab-12", policyDomain: try #require(DomainName("example.org")),
      begin: 1_790_812_800, end: 1_790_899_200)
    #expect(reading.identity == expected)
    #expect(reading.warnings.map(\.code) == Array(repeating: .metadataAssumed, count: 4))
  }

  @Test func reporterFromItsAddress() throws {
    let reading = try read(head { ($0.metadata.orgName, $0.metadata.email) = ("", "x@Post.example.net") })
    #expect(reading.identity.reporter == "post.example.net")
  }

  @Test func missingIdComesFromTheContent() throws {
    #expect(try read(head { $0.metadata.reportID = " " }).identity.reportID == "sha256-abcd010203040506")
  }

  @Test func domainFromTheFirstRecord() throws {
    #expect(
      try read(head { $0.policy.domain = nil }, from: "Shop.Example.com").identity.policyDomain.name
        == "shop.example.com")
  }

  @Test func withoutDomainOrPeriodThereIsNoReport() {
    #expect(throws: Rejection.self) { try read(head { $0.policy.domain = "" }) }
    #expect(throws: Rejection.self) { try read(head { ($0.metadata.begin, $0.metadata.end) = (nil, nil) }) }
  }

  @Test func oddPeriodsAreMarked() throws {
    #expect(try read(head { $0.metadata.end = 1 }).warnings.map(\.code) == [.periodOdd])
    #expect(try read(head { $0.metadata.end = 1_790_812_800 + 7 * 86_400 }).warnings.map(\.code) == [.periodOdd])
  }
}
