import DMARC
import ReportXML
import Testing

/// Limits on what one report may add to the store: text lengths, list entries and distinct names.
@Suite struct BoundTests {
  private func long(_ start: String, _ count: Int = 60_000) -> String { start + String(repeating: "x", count: count) }

  private func record(
    ip: String = "192.0.2.1", count: Int = 1, headerFrom: String = "example.com",
    auth: String = "<dkim><domain>example.com</domain><result>pass</result></dkim>", after: String = ""
  ) -> String {
    recordXML(
      ip: "<source_ip>\(ip)</source_ip>", count: "<count>\(count)</count>",
      identifiers: "<identifiers><header_from>\(headerFrom)</header_from></identifiers>", auth: auth, tail: after)
  }

  private func codes(_ report: Parsed) -> [ReportWarning.Code] { report.tail.warnings.map(\.code) }

  @Test func everyTextHasALimit() throws {
    let auth = """
      <dkim><domain>\(long("a")).example.com</domain><selector>\(long("s"))</selector><result>pass</result>
      <human_result>\(long("h"))</human_result></dkim>
      <spf><domain>\(long("b")).example.net</domain><scope>\(long("c"))</scope><result>pass</result></spf>
      """
    let report = try parse(
      reportXML(
        metadata: """
          <org_name>\(long("o"))</org_name><email>\(long("e"))@example.net</email><report_id>\(long("r"))</report_id>
          <extra_contact_info>\(long("i"))</extra_contact_info><error>\(long("f"))</error>
          """,
        records: record(headerFrom: long("f") + ".example.com", auth: auth)))
    let outcome = try #require(report.batch.outcomes.first)
    #expect(outcome.textBytes < 6 * 256 + 2_048)
    let metadata = report.tail.head.metadata
    let texts = [metadata.orgName, metadata.email, metadata.reportID, metadata.extraContactInfo, metadata.errors.first]
    #expect(texts.allSatisfy { ($0?.utf8.count ?? .max) <= 2_048 })
    #expect(report.tail.isLossy)
    // One warning for each kind of element.
    #expect(codes(report).filter { $0 == .textCut }.count == 11)
    #expect(outcome.headerFrom?.hasSuffix(".example.com") == true)
    #expect(metadata.email?.hasSuffix("@example.net") == true)
  }

  @Test func truncatedTextsStayDistinct() throws {
    let one = try parse(reportXML(metadata: "<report_id>\(long("r"))1</report_id>", records: ""))
    let other = try parse(reportXML(metadata: "<report_id>\(long("r"))2</report_id>", records: ""))
    #expect(one.tail.head.metadata.reportID?.utf8.count == 1_024)
    #expect(one.tail.head.metadata.reportID != other.tail.head.metadata.reportID)
  }

  @Test func textsAreTruncatedBetweenCharacters() {
    let text = String(repeating: "é", count: 400)
    for limit in 40...60 {
      #expect(BoundedText.head(text, limit: limit).utf8.count <= limit)
      #expect(!BoundedText.head(text, limit: limit).contains("\u{fffd}"))
      #expect(BoundedText.tail(text, limit: limit).utf8.count <= limit)
      #expect(!BoundedText.tail(text, limit: limit).contains("\u{fffd}"))
      #expect(BoundedText.plain(text, limit: limit).utf8.count <= limit)
    }
    #expect(BoundedText.head("short", limit: 255) == "short")
    // A grapheme cluster may be arbitrarily long.
    let cluster = "e" + String(repeating: "\u{301}", count: 60_000)
    #expect(ReportWarning(.unknownValue, cluster).message.utf8.count <= ReportWarning.messageLimit)
    #expect(InputError(.malformedXML, cluster).cause.utf8.count <= ReportWarning.messageLimit)
  }

  @Test func ordinaryTextsAreUnchanged() throws {
    let name = String(repeating: "a", count: 200) + ".example.com"
    let report = try parse(
      reportXML(records: record(headerFrom: name, auth: "<dkim><selector>\(long("s", 200))</selector></dkim>")))
    #expect(report.batch.outcomes.first?.headerFrom == name)
    #expect(!report.tail.isLossy)
  }

  @Test func listsHaveALimit() throws {
    func report(_ count: Int) throws -> Parsed {
      let dkim = String(repeating: "<dkim><domain>example.com</domain><result>fail</result></dkim>", count: count)
      let spf = String(repeating: "<spf><domain>example.net</domain><result>pass</result></spf>", count: 2)
      return try parse(
        reportXML(metadata: String(repeating: "<error>e</error>", count: count), records: record(auth: dkim + spf)))
    }
    let whole = try report(100)
    #expect(whole.batch.outcomes.first?.dkim.count == 100)
    #expect(!codes(whole).contains(.entriesLeftOut))
    let surplus = try report(5_000)
    #expect(surplus.batch.outcomes.first?.dkim.count == 100)
    // Elements after the surplus are read.
    #expect(surplus.batch.outcomes.first?.spf.count == 2)
    #expect(surplus.tail.head.metadata.errors.count == 100)
    #expect(codes(surplus).filter { $0 == .entriesLeftOut }.count == 2)
    #expect(surplus.tail.isLossy)
  }

  @Test func extensionsOfARecordShareALimit() throws {
    let extensions = String(
      repeating: "<x:e xmlns:x=\"urn:x\">\(String(repeating: "y", count: 900))</x:e>", count: 50)
    let report = try parse(reportXML(records: record(after: extensions)))
    #expect((report.batch.outcomes.first?.extensionXML?.utf8.count ?? .max) <= 2_048)
    #expect(codes(report).contains(.textCut))
  }

  @Test func warningsAreBoundedInBytes() throws {
    let odd = record(ip: "X.X.X.X", headerFrom: long("h", 3_000))
    let report = try parse(reportXML(records: String(repeating: odd, count: 1_500)))
    let bytes = report.tail.warnings.reduce(0) { $0 + $1.message.utf8.count }
    #expect(bytes < 160 << 10)
    #expect(report.tail.isLossy)
  }

  @Test func namesBeyondTheLimitAreFoldedWithoutLosingMessages() throws {
    var limits = Limits()
    limits.fromDomains = 10
    limits.names = 20
    limits.addresses = 30
    let records = (0..<100).map { number in
      record(
        ip: "192.0.\(number / 10).\(number)", count: 2, headerFrom: "h\(number).example.com",
        auth: """
          <dkim><domain>d\(number).example.net</domain><selector>s\(number)</selector><result>pass</result></dkim>
          <spf><domain>b\(number).example.org</domain><result>pass</result></spf>
          """)
    }.joined()
    let report = try parse(reportXML(records: records), limits: limits)
    #expect(report.tail.messages == 200)
    #expect(report.batch.rows.reduce(0) { $0 + $1.messages } == 200)
    #expect(Set(report.batch.outcomes.map(\.headerFrom)).count == 11)
    #expect(report.batch.outcomes.contains { $0.headerFrom == "_others.example.com" })
    #expect(Set(report.batch.outcomes.flatMap(\.dkim).map(\.selector)).count == 21)
    #expect(report.batch.outcomes.flatMap(\.dkim).contains { $0.domain == "_others.invalid" })
    // Thirty addresses and the networks of the other addresses.
    #expect(Set(report.batch.rows.map(\.source)).count == 37)
    #expect(codes(report).filter { $0 == .namesFolded }.count == 5)
    #expect(report.tail.isLossy)
  }

  @Test func networksBeyondTheLimitAreMerged() throws {
    var limits = Limits()
    limits.addresses = 10
    let records = (0..<1_000).map { record(ip: "2001:db8:\(String($0, radix: 16))::1") }.joined()
    let report = try parse(reportXML(records: records), limits: limits)
    #expect(report.batch.rows.count == 1_000)
    #expect(Set(report.batch.rows.map(\.source)).count <= 21)
  }

  @Test func manyAddressesWithFewNamesAreAccepted() throws {
    // More than the limits on names, of which the largest is 5,000.
    let records = (0..<6_000).map { record(ip: "10.\($0 >> 8).\($0 & 255).7") }.joined()
    let report = try parse(reportXML(records: records))
    #expect(Set(report.batch.rows.map(\.source)).count == 6_000)
    #expect(!report.tail.isLossy)
  }

  @Test(arguments: [(9, 9), (10, 10), (11, 11), (12, 11)])
  func exactlyAsManyNamesAsTheLimitAreKept(_ domains: Int, _ kept: Int) throws {
    var limits = Limits()
    limits.fromDomains = 10
    let records = (0..<domains * 2).map { record(headerFrom: "h\($0 % domains).example.com") }.joined()
    let report = try parse(reportXML(records: records), limits: limits)
    #expect(report.tail.messages == Int64(domains * 2))
    #expect(Set(report.batch.outcomes.map(\.headerFrom)).count == kept)
    #expect(codes(report).contains(.namesFolded) == (domains > 10))
  }

  @Test func reportsInOneInputShareItsNameLimit() throws {
    var limits = Limits()
    limits.fromDomains = 10
    limits.addresses = 50
    // Its size allows 5 more From domains.
    let input = InputNames(limits, bytes: 5 * 512)
    func report(_ number: Int) throws -> Parsed {
      let records = (0..<10).map { record(ip: "192.0.\($0).\(number + 1)", headerFrom: "h\(number)-\($0).example.com") }
      return try parse(Array(reportXML(records: records.joined()).utf8), limits: limits, input: input)
    }
    let reports = try (0..<8).map(report)
    let names = Set(reports.flatMap(\.batch.outcomes).map(\.headerFrom))
    #expect(names.count == 16)
    #expect(names.contains("_others.example.com"))
    #expect(reports.map(\.tail.messages) == Array(repeating: 10, count: 8))
    #expect(codes(reports[0]).isEmpty)
    #expect(reports[2].tail.warnings.first?.message.contains("together have more than 15 From domains") == true)
    // 50 addresses and the networks of the other addresses.
    #expect(Set(reports.flatMap(\.batch.rows).map(\.source)).count == 60)
    // A second pass gives the same result.
    #expect(try report(0).batch.outcomes == reports[0].batch.outcomes)
    #expect(try report(3).batch.rows == reports[3].batch.rows)
  }
}
