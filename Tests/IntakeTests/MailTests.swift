import DMARC
import Foundation
import Intake
import Testing

@Suite struct MailTests {
  private func read(_ mail: String, limits: Limits = Limits(), name: String = "a.eml") throws -> Gathered {
    let folder = try TemporaryFolder()
    return try Gathered(try folder.write(name, Array(mail.utf8)), limits: limits)
  }

  private static let header = "From: DMARC <a@mx.example.net>\nDate: Fri, 02 Oct 2026 03:04:05 +0000\n"

  private static func encoded(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
  }

  private static func part(_ bytes: [UInt8], name: String = "a.xml.gz") -> String {
    "Content-Type: application/gzip; name=\"\(name)\"\nContent-Transfer-Encoding: base64\n\n\(encoded(bytes))\n"
  }

  /// A message with parts in nested multiparts.
  private static func mail(_ parts: [String], depth: Int = 1) -> String {
    var text = header + "MIME-Version: 1.0\n"
    for level in 0..<depth {
      text += "Content-Type: multipart/mixed; boundary=\"b\(level)\"\n\n--b\(level)\n"
    }
    return text + parts.joined(separator: "\n--b\(depth - 1)\n") + "\n--b\(depth - 1)--\n"
  }

  @Test func messageFromAServerMayStartWithAnMboxSeparator() throws {
    let mail = Self.mail([Self.part(Sample.gzip(Sample.report()))])
    for start in ["", "From a@mx.example.net Thu Oct  1 06:00:00 2026\n"] {
      let spool = Spool()
      try spool.append(Array((start + mail).utf8))
      var reports = 0
      try ReportReader().readMail(try spool.source(), date: nil) { event in
        if case .report = event { reports += 1 } else { Issue.record("\(event)") }
      }
      #expect(reports == 1)
    }
  }

  @Test func hintsComeFromTheHeader() throws {
    let text =
      "Subject: Report Domain: example.com\n Submitter: mx.example.net\n Report-ID: <7@mx.example.net>\n"
      + Self.mail([Self.part(Sample.gzip(Array("<feedback><policy_published/></feedback>".utf8)))])
    let report = try #require(try read(text).reports.first)
    let identity = try report.identity.get().identity
    #expect(identity.reportID == "7@mx.example.net")
    #expect(identity.reporter == "mx.example.net")
    #expect(identity.policyDomain.name == "example.com")
    #expect(identity.end == 1_790_910_245)
    #expect(report.origin.member == "a.xml.gz")
  }

  @Test func partLimit() throws {
    var limits = Limits()
    let parts = (0..<4).map { Self.part(Sample.gzip(Sample.report(id: "\($0)"))) }
    // Four parts and the end: five lines with the boundary.
    limits.mimeParts = 5
    #expect(try read(Self.mail(parts), limits: limits).reports.count == 4)
    limits.mimeParts = 4
    let over = try read(Self.mail(parts), limits: limits)
    #expect(over.reports.isEmpty)
    #expect(over.rejections.map(\.code) == [.limit])
    #expect(over.rejections[0].limit?.code == .mimeParts)
  }

  @Test func depthLimit() throws {
    var limits = Limits()
    limits.mimeDepth = 3
    let part = Self.part(Sample.gzip(Sample.report()))
    #expect(try read(Self.mail([part], depth: 3), limits: limits).reports.count == 1)
    let over = try read(Self.mail([part], depth: 4), limits: limits).rejections
    #expect(over.map(\.code) == [.limit])
    #expect(over[0].limit?.code == .mimeDepth)
    // Parts that are nested too deeply do not affect the others.
    let mixed = Self.mail([part, "Content-Type: multipart/mixed; boundary=x\n\n--x\n" + Self.mail([part], depth: 4)])
    #expect(try read(mixed, limits: limits).reports.count == 1)
  }

  @Test func messageSizeLimit() throws {
    var limits = Limits()
    let mail = Self.mail([Self.part(Sample.gzip(Sample.report()))])
    limits.mailBytes = Int64(mail.utf8.count)
    #expect(try read(mail, limits: limits).reports.count == 1)
    limits.mailBytes -= 1
    #expect(try read(mail, limits: limits).rejections.first?.limit?.code == .mailBytes)
  }

  @Test func rowLimit() throws {
    var limits = Limits()
    limits.rows = 10
    let folder = try TemporaryFolder()
    let report = try folder.write("a.xml", Sample.report(records: 10))
    #expect(try Gathered(report, limits: limits).reports.count == 1)
    let over = try Gathered(try folder.write("a.xml", Sample.report(records: 11)), limits: limits)
    #expect(over.rejections.first?.limit?.code == .rows)
    // The same limit applies to the repair.
    let damaged = Array("&".utf8) + Sample.report(records: 11)
    #expect(try Gathered(try folder.write("a.xml", damaged), limits: limits).rejections.map(\.code) == [.limit])
  }

  @Test func inflatedBytesAreSummedOverAllParts() throws {
    var limits = Limits()
    let xml = Sample.report(records: 1_000)
    let parts = (0..<3).map { _ in Self.part(Sample.gzip(xml)) }
    // Each part is decoded and inflated.
    let each = Int64(xml.count + Sample.gzip(xml).count)
    limits.inflatedBytes = 3 * each
    #expect(try read(Self.mail(parts), limits: limits).reports.count == 3)
    limits.inflatedBytes = 3 * each - 1
    let over = try read(Self.mail(parts), limits: limits)
    #expect(over.reports.count == 2)
    #expect(over.rejections.map(\.code) == [.limit])
  }

  @Test func headersAreBounded() throws {
    let long = "Subject: \(String(repeating: "x", count: 600_000))\n"
    #expect(try read(long + Self.mail([]), limits: Limits()).rejections.map(\.code) == [.limit])
    #expect(try read(Self.mail([long + "\nx"]), limits: Limits()).rejections.map(\.code) == [.limit])
    // In the body it is only text.
    #expect(
      try read(Self.mail(["Content-Type: text/plain\n\nHello,\n" + long])).others == ["a message without a report"])
  }

  @Test func messagesOfAnMboxFileAreSeparated() throws {
    let separators = [
      "From a@b.example Thu Oct  1 06:00:00 2026\n", "From a@b.example Thu Oct 01 06:00 CEST 2026\n",
      "From MAILER-DAEMON\n",
    ]
    let mails = (0..<3).map { number in
      separators[number]
        + Self.mail([
          "\nFrom here on\n\nFrom there: text\nFrom Thu Oct  1 06:00:00 2026 on\nthere is text\n",
          Self.part(Sample.gzip(Sample.report(id: "\(number)"))),
        ])
    }
    let result = try read(mails.joined(separator: "\n"), name: "mbox")
    #expect(result.reports.count == 3)
    #expect(
      result.reports.map(\.origin.mailOffset)
        == [0, 1, 2].map { number in
          Int64(mails[..<number].reduce(0) { $0 + $1.utf8.count + 1 })
        })
    // A date makes a separator, even if the preceding message was truncated and has no blank line at its end.
    let cut = try read(mails[0].dropLast(400) + "\n" + mails[1], name: "mbox")
    #expect(cut.reports.count >= 1)
  }

  @Test func mboxFileIsResumedAtItsOldEnd() throws {
    let folder = try TemporaryFolder()
    func mail(_ id: String) -> String {
      "From a@b.example Thu Oct  1 06:00:00 2026\n" + Self.mail([Self.part(Sample.gzip(Sample.report(id: id)))]) + "\n"
    }
    let first = mail("1") + mail("2")
    let start = try Gathered(try folder.write("mbox", Array(first.utf8)))
    let mark = try #require(start.mark)
    #expect(mark.size == Int64(first.utf8.count))
    #expect(mark.lastMail == Int64(mail("1").utf8.count))
    let grown = try Gathered(try folder.write("mbox", Array((first + mail("3")).utf8)), after: mark)
    #expect(grown.resumedAt == [mark.size])
    #expect(grown.reports.count == 1)
    let changed = try Gathered(try folder.write("mbox", Array((mail("0") + first + mail("3")).utf8)), after: mark)
    #expect(changed.resumedAt.isEmpty)
    #expect(changed.reports.count == 4)
    let longer = try Gathered(try folder.write("mbox", Array((first + "more of the last mail\n").utf8)), after: mark)
    #expect(longer.resumedAt == [mark.lastMail])
    let same = try Gathered(try folder.write("mbox", Array(first.utf8)), after: mark)
    #expect(same.reports.isEmpty)
    #expect(same.mark == mark)
  }
}
