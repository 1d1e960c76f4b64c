import Foundation
import Seeds
import Testing

/// The same report in other bytes is a duplicate; a report that says anything else is a conflict.
@Suite struct ReserialisedReportTests {
  private func ingest(_ program: Program) throws -> [String: Int] {
    let result = try program.run("ingest", "--format", "json", program.folder + "/in")
    let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
    var counts = (rows?.first ?? [:]).compactMapValues { $0 as? Int }
    counts["status"] = Int(result.status)
    return counts
  }

  private func write(_ name: String, _ data: Data, _ program: Program) throws {
    let path = URL(fileURLWithPath: program.folder + "/in")
    try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    try data.write(to: path.appendingPathComponent(name))
  }

  @Test func otherBytesAreDuplicates() throws {
    var random = Seeded()
    let program = try Program()
    let (reports, copies) = (Seeded.rounds(30, long: 300), 6)
    for id in 0..<reports {
      let report = ReserialisedReport(id, using: &random)
      try write("\(id)-0.xml", report.plain, program)
      for copy in 1...copies { try write("\(id)-\(copy).xml", report.rewritten(using: &random), program) }
    }
    let counts = try ingest(program)
    #expect(counts["new_reports"] == reports)
    #expect(counts["duplicates"] == reports * copies)
    #expect(counts["status"] == 0)
  }

  @Test func anyOtherContentIsAConflict() throws {
    var random = Seeded()
    let program = try Program()
    let reports = Seeded.rounds(60, long: 600)
    for id in 0..<reports {
      let report = ReserialisedReport(id, using: &random)
      try write("\(id)-0.xml", report.rewritten(using: &random), program)
      try write("\(id)-1.xml", report.changed(using: &random).rewritten(using: &random), program)
    }
    let counts = try ingest(program)
    #expect(counts["new_reports"] == reports)
    #expect(counts["conflicts"] == reports)
    #expect(counts["status"] == 1)
  }

  /// Mail stores differ in line ends, and a saved attachment has none of the mail around it.
  @Test func aMessageIsTheSameFromEveryStore() throws {
    var random = Seeded()
    let program = try Program()
    let xml = String(decoding: ReserialisedReport(1, using: &random).plain, as: UTF8.self)
    let mail = """
      From: noreply@receiver.example
      Subject: Report Domain: bücher.example Submitter: receiver.example Report-ID: <report-1>
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary=q

      --q
      Content-Type: text/xml; charset=utf-8
      Content-Transfer-Encoding: 8bit

      \(xml)
      --q--

      """
    let crlf = mail.replacing("\n", with: "\r\n")
    for folder in ["new", "cur", "tmp"] {
      try FileManager.default.createDirectory(
        atPath: program.folder + "/in/md/" + folder, withIntermediateDirectories: true)
    }
    try write("md/cur/1.eml:2,S", Data(mail.utf8), program)
    try write("saved.eml", Data(crlf.utf8), program)
    try write("attachment.xml", Data(xml.replacing("\n", with: "\r\n").utf8), program)
    try write("all.mbox", Data(("From a@b Fri Oct  2 03:04:05 2026\n" + mail).utf8), program)
    let counts = try ingest(program)
    #expect(counts["new_reports"] == 1)
    #expect(counts["duplicates"] == 3)
    #expect(counts["status"] == 0)
  }

  /// Line ends do not even count in a report that has lost content, or has no ID.
  @Test(
    arguments: [
      ("<count>3</count>", "<count>3</count><count>4</count>"), ("<report_id>1</report_id>", ""),
    ], 0..<3)
  func lineEndsNeverCount(_ change: (part: String, replacement: String), _ first: Int) throws {
    let program = try Program()
    let xml = """
      <?xml version="1.0"?>
      <feedback><report_metadata><org_name>receiver.example</org_name><report_id>1</report_id>
      <date_range><begin>1790812800</begin><end>1790899199</end></date_range></report_metadata>
      <policy_published><domain>example.com</domain><p>none</p></policy_published>
      <record><row><source_ip>192.0.2.1</source_ip><count>3</count><policy_evaluated><disposition>none</disposition>
      <dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>
      <identifiers><header_from>example.com</header_from></identifiers><auth_results/></record></feedback>

      """.replacing(change.part, with: change.replacement)
    let forms = [xml, xml.replacing("\n", with: "\r\n"), "\u{feff}" + xml]
    // Whichever comes first.
    for (number, form) in (forms[first...] + forms[..<first]).enumerated() {
      try write("\(number).xml", Data(form.utf8), program)
    }
    let counts = try ingest(program)
    #expect(counts["new_reports"] == 1)
    #expect(counts["duplicates"] == 2)
    #expect(counts["status"] == 0)
  }
}
