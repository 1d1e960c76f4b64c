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

  private func read(_ head: ReportHead, file: String = "x.xml", from: String? = nil) throws -> ResolvedIdentity {
    try read(head, hints: ReportHints(names: [file]), from: from)
  }

  private func read(_ head: ReportHead, hints: ReportHints, from: String? = nil) throws -> ResolvedIdentity {
    try ResolvedIdentity(head, hints: hints, firstHeaderFrom: from, contentHash: [0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test func completeHeadNeedsNoAssumptions() throws {
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
      reporter: "mx.example.net", reportID: "sha256-abcd010203040506",
      policyDomain: try #require(DomainName("example.org")), begin: 1_790_812_800, end: 1_790_899_200)
    #expect(reading.identity == expected)
    #expect(reading.warnings.map(\.code) == Array(repeating: .metadataAssumed, count: 4))
  }

  @Test func reporterIsTakenFromItsAddress() throws {
    let reading = try read(head { ($0.metadata.orgName, $0.metadata.email) = ("", "x@Post.example.net") })
    #expect(reading.identity.reporter == "post.example.net")
  }

  @Test func missingIDIsDerivedFromTheContent() throws {
    #expect(try read(head { $0.metadata.reportID = " " }).identity.reportID == "sha256-abcd010203040506")
  }

  @Test func theNameOfAFileDoesNotReplaceAMissingID() throws {
    let head = head { $0.metadata.reportID = nil }
    let names = ["a.example!example.com!1790812800!1790899200!one.xml", "report.xml"]
    let identities = try names.map { try read(head, file: $0).identity }
    #expect(identities[0] == identities[1])
  }

  @Test func policyDomainIsTakenFromTheFirstRecord() throws {
    #expect(
      try read(head { $0.policy.domain = nil }, from: "Shop.Example.com").identity.policyDomain.name
        == "shop.example.com")
  }

  @Test func gapsAreFilledFromTheMessage() throws {
    let hints = ReportHints(
      names: ["a.zip", "b.xml"],
      subject: ReportSubject("Report domain: Example.NET Submitter: Post.example\tReport-ID: <7.8@post.example>"),
      sender: "mx.post.example", date: 1_790_905_000)
    let reading = try read(ReportHead(), hints: hints)
    let expected = ReportIdentity(
      reporter: "post.example", reportID: "7.8@post.example", policyDomain: try #require(DomainName("example.net")),
      begin: 1_790_905_000 - 86_400, end: 1_790_905_000)
    #expect(reading.identity == expected)
    #expect(reading.warnings.map(\.code) == Array(repeating: .metadataAssumed, count: 4))
    #expect(reading.warnings.last?.message.contains("the date of the message") == true)
  }

  @Test func innermostInformativeNameIsUsed() throws {
    let outer = "a.example!example.com!1790812800!1790899200.zip"
    let inner = "b.example!example.net!1790812800!1790899200.xml"
    #expect(try read(ReportHead(), hints: ReportHints(names: [outer, inner])).identity.reporter == "b.example")
    #expect(try read(ReportHead(), hints: ReportHints(names: [outer, "report.xml"])).identity.reporter == "a.example")
  }

  @Test func missingPolicyDomainDoesNotLoseAReport() throws {
    let reading = try read(head { $0.policy.domain = "" })
    #expect(reading.identity.policyDomain.name == "unknown")
    #expect(reading.warnings.map(\.code) == [.metadataAssumed])
  }

  @Test func unidentifiableReportsAreRejected() {
    #expect(throws: InputError.self) { try read(ReportHead()) }
    #expect(throws: InputError.self) { try read(head { ($0.metadata.begin, $0.metadata.end) = (nil, nil) }) }
  }

  @Test func unusualPeriodsCauseWarnings() throws {
    #expect(try read(head { $0.metadata.end = 1 }).warnings.map(\.code) == [.periodOdd])
    #expect(try read(head { $0.metadata.end = 1_790_812_800 + 7 * 86_400 }).warnings.map(\.code) == [.periodOdd])
  }
}
