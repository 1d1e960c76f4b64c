import DMARC
import Foundation
import Intake
import ReportXML
import Testing

@Suite struct ContainerTests {
  private func read(_ name: String, _ bytes: [UInt8], limits: Limits = Limits(), batchRows: Int = 16_384) throws
    -> Gathered
  {
    let folder = try TemporaryFolder()
    return try Gathered(try folder.write(name, bytes), limits: limits, batchRows: batchRows)
  }

  @Test(arguments: ["report.xml", "report.xml.gz", "report.zip", "report", "report.pdf"])
  func contentDecidesTheFormatNotTheName(name: String) throws {
    let xml = Sample.report()
    for bytes in [xml, Sample.gzip(xml), try Sample.zip([("inner.txt", xml)])] {
      #expect(try read(name, bytes).reports.count == 1)
    }
  }

  @Test func sameXMLHasSameHashInEveryContainer() throws {
    let xml = Sample.report()
    let hashes = try [xml, Sample.gzip(xml), Sample.zip([("a.xml", xml)])].map {
      try #require(try read("x", $0).reports.first).sha256
    }
    #expect(Set(hashes).count == 1)
    #expect(hashes[0].count == 32)
  }

  @Test func gzipOfSeveralMembersIsOneReport() throws {
    let xml = Sample.report(records: 40)
    let bytes = Sample.gzip(Array(xml[..<500])) + Sample.gzip(Array(xml[500...]))
    let result = try read("a.gz", bytes)
    #expect(result.rows == 40)
    #expect(result.reports.first?.tail.warnings.isEmpty == true)
  }

  @Test(arguments: [[UInt8](repeating: 0, count: 9), Array("garbage".utf8), [0x1f, 0x8b, 0xff, 0xff, 0, 0], [0x1f]])
  func trailingBytesAreIgnored(trailing: [UInt8]) throws {
    let result = try read("a.gz", Sample.gzip(Sample.report()) + trailing)
    #expect(result.reports.first?.tail.warnings.map(\.code) == [.trailingData])
  }

  @Test func damagedAndTruncatedGzip() throws {
    let good = Sample.gzip(Sample.report(records: 200))
    let cut = try #require(try read("a.gz", Array(good.dropLast(20))).reports.first)
    #expect(cut.isTruncated && cut.isRecovered)
    #expect((150..<200).contains(cut.tail.rows))
    #expect(cut.tail.warnings.contains { $0.code == .truncated })
    // Only the checksum is missing: the report is complete.
    let whole = try #require(try read("a.gz", Array(good.dropLast(8))).reports.first)
    #expect(!whole.isTruncated && !whole.isRecovered)
    #expect(whole.tail.warnings.map(\.code) == [.trailingData])
    #expect(try read("a.gz", Array(good.prefix(40))).rejections.map(\.code) == [.truncated])
    var bad = good
    bad[good.count - 6] ^= 0xff
    #expect(try read("a.gz", bad).rejections.map(\.code) == [.damagedContainer])
  }

  @Test func everyMemberOfAZip() throws {
    let bytes = try Sample.zip([
      ("one.xml", Sample.report(id: "1")), ("sub/", []), ("sub/two.xml", Sample.report(id: "2")),
      ("__MACOSX/._one.xml", [0, 5, 22, 7]), ("notes.txt", Array("hello".utf8)),
      ("bad.xml", Array("<feedback><record>".utf8)),
    ])
    let result = try read("a.zip", bytes)
    #expect(result.reports.map(\.origin.member) == ["one.xml", "sub/two.xml"])
    #expect(result.rejections.map(\.code) == [.malformedXML])
  }

  @Test func encryptedMembersAreRejectedByName() throws {
    let encrypted = try Sample.zip([("a.xml", Sample.report())], password: "x")
    #expect(try read("a.zip", encrypted).rejections.map(\.code) == [.encrypted])
  }

  @Test func containerDepthLimit() throws {
    let nested = try Sample.zip([
      ("a.xml.gz", Sample.gzip(Sample.report(id: "1"))),
      ("b.zip", try Sample.zip([("c.xml", Sample.report(id: "2"))])),
    ])
    let result = try read("a.zip", nested)
    #expect(result.reports.map(\.origin.member) == ["a.xml.gz", "b.zip#c.xml"])
    var limits = Limits()
    limits.containerDepth = 2
    #expect(try read("a.gz", Sample.gzip(nested), limits: limits).rejections.count == 2)
    let tooDeep = try read("a.gz", Sample.gzip(nested), limits: limits).rejections
    #expect(tooDeep.allSatisfy { $0.code == .limit && $0.limit?.code == .containerDepth })
    limits.containerDepth = 3
    #expect(try read("a.gz", Sample.gzip(nested), limits: limits).reports.count == 2)
  }

  @Test func damagedZip() throws {
    var bytes = try Sample.zip([("a.xml", Sample.report(records: 300))])
    for index in 60..<90 { bytes[index] ^= 0x5a }
    #expect(try read("a.zip", bytes).rejections.isEmpty == false)
    #expect(try read("b.zip", Array(bytes.prefix(40))).reports.isEmpty)
  }

  @Test func nonReports() throws {
    #expect(try read("a.xml", []).rejections.map(\.code) == [.empty])
    #expect(try read("a.xml.gz", Sample.gzip(Array("unused".utf8))).rejections.map(\.code) == [.notAReport])
    #expect(try read("a.xml.gz", Sample.gzip([])).rejections.map(\.code) == [.empty])
    #expect(try read("t.json", Array("{\"a\":[]}".utf8)).rejections.map(\.code) == [.notAReport])
    #expect(try read("t.json.gz", Sample.gzip(Array("{\"policies\":[]}".utf8))).others == ["an SMTP TLS report"])
  }

  @Test func otherFilesInAFolderAreNotErrors() throws {
    let folder = try TemporaryFolder()
    try folder.write("README.md", Array("# Reports".utf8))
    try folder.write("mail.eml", Array("Received: from x\r\nSubject: y\r\n\r\n".utf8))
    try folder.write("tls.json", Array("{}".utf8))
    try folder.write("broken.xml", Array("unused".utf8))
    let result = try Gathered(folder.path)
    #expect(result.others.sorted() == ["JSON", "a message without a report", "plain text"])
    #expect(result.rejections.map(\.code) == [.notAReport])
  }

  @Test func byteOrderMarksWhitespaceAndUTF16() throws {
    let text = String(decoding: Sample.report(), as: UTF8.self)
    #expect(try read("a", [0xef, 0xbb, 0xbf] + Sample.report()).reports.count == 1)
    #expect(try read("a", Array("\n\n  <?xml version=\"1.0\"?>\(text)".utf8)).reports.count == 1)
    let wide: [UInt8] =
      [0xff, 0xfe] + text.utf16.flatMap { unit -> [UInt8] in [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)] }
    #expect(try read("a", wide).reports.count == 1)
  }

  @Test func declaredEncodingsAreUsed() throws {
    let xml = String(decoding: Sample.report(), as: UTF8.self).replacingOccurrences(
      of: "<org_name>R", with: "<org_name>M\u{fc}ller")
    for name in ["ISO-8859-1", "windows-1252"] {
      let bytes =
        Array("<?xml version=\"1.0\" encoding=\"\(name)\"?>".utf8) + xml.unicodeScalars.map { UInt8($0.value) }
      #expect(try read("a", bytes).reports.first?.tail.head.metadata.orgName == "M\u{fc}ller")
    }
  }

  @Test func longReportsAreReadInBatches() throws {
    let result = try read("a.gz", Sample.gzip(Sample.report(records: 3_000)), batchRows: 300)
    #expect(result.rows == 3_000)
    #expect(result.heads.count >= 5)
    #expect(result.heads.allSatisfy { $0.policy.domain == "example.com" })
  }

  @Test func reportsWithManyOutcomesAreReadInSmallerBatches() throws {
    let records = (0..<1_000).map { number in
      "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row><identifiers><header_from>d\(number).example</header_from>"
        + "</identifiers></record>"
    }
    let result = try read("a", Array("<feedback>\(records.joined())</feedback>".utf8), batchRows: 1_600)
    #expect(result.rows == 1_000)
    #expect(result.heads.count >= 1)
  }

  @Test func headAfterTheRecordsIsFoundFirst() throws {
    let late = Sample.report(records: 3_000, headLast: true)
    for bytes in [late, Sample.gzip(late), try Sample.zip([("x.xml", Sample.report()), ("late.xml", late)])] {
      let result = try read("a", bytes, batchRows: 300)
      #expect(result.heads.allSatisfy { $0.policy.domain == "example.com" && $0.metadata.reportID == "1" })
      #expect(result.rows >= 3_000)
    }
  }

  @Test func limitsAreExact() throws {
    let xml = Sample.report(records: 1_000)
    var limits = Limits()
    limits.inflatedBytes = Int64(xml.count)
    #expect(try read("a.gz", Sample.gzip(xml), limits: limits).reports.count == 1)
    limits.inflatedBytes -= 1
    let over = try read("a.gz", Sample.gzip(xml), limits: limits).rejections
    #expect(over.map(\.code) == [.limit])
    #expect(over.first?.limit?.code == .inflatedBytes)

    var members = Limits()
    members.members = 2
    let two = try Sample.zip([("1.xml", Sample.report(id: "1")), ("2.xml", Sample.report(id: "2"))])
    let three = try Sample.zip([("1.xml", Sample.report(id: "1")), ("2.xml", Sample.report(id: "2")), ("3.xml", xml)])
    #expect(try read("a.zip", two, limits: members).rejections.isEmpty)
    #expect(try read("a.zip", three, limits: members).rejections.map(\.code) == [.limit])
  }

  @Test func compressionRatioLimit() throws {
    // The ratio is checked beyond 32 MiB. Long texts reach that with fewer records.
    let text = String(repeating: "x", count: 20_000)
    let record = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row><x>\(text)</x></record>"
    let xml = Array("<feedback>\(String(repeating: record, count: 1_800))</feedback>".utf8)
    let packed = Sample.gzip(xml)
    var limits = Limits()
    limits.ratio = Int64(xml.count / packed.count) + 1
    #expect(xml.count > 34 << 20)
    #expect(try read("a.gz", packed, limits: limits).rows == 1_800)
    limits.ratio -= 20
    #expect(try read("a.gz", packed, limits: limits).rejections.first?.limit?.code == .ratio)
  }

  @Test func compressionRatioStopsABombEarly() throws {
    let bomb = Sample.gzip(Array("<feedback><version>".utf8) + [UInt8](repeating: 0x20, count: 40 << 20))
    var limits = Limits()
    limits.textBytes = 1 << 30
    let result = try read("bomb.gz", bomb, limits: limits)
    #expect(result.rejections.map(\.code) == [.limit])
    #expect(result.rejections.first?.limit?.code == .ratio)
  }
}
