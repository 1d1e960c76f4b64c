import Foundation
import Seeds
import Testing

@Suite struct IngestTests {
  /// - Parameter selectors: how many selectors the rows use in turn.
  private static func report(_ id: Int, rows: Int = 20, selectors: Int = 7) -> String {
    let record = (0..<rows).map { row in
      """
      <record><row><source_ip>192.0.2.\(row % 250)</source_ip><count>\(row + 1)</count><policy_evaluated><disposition>none</disposition>
      <dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers>
      <auth_results><dkim><domain>example.com</domain><selector>s\(row % selectors)</selector><result>pass</result></dkim></auth_results></record>
      """
    }.joined()
    return """
      <feedback><report_metadata><org_name>R</org_name><report_id>\(id)</report_id><date_range><begin>1790812800</begin>
      <end>1790899199</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
      \(record)</feedback>
      """
  }

  @Test func readingTwiceCountsOnce() throws {
    let program = try Program()
    #expect(try program.run("ingest", Program.samples).status == 1)
    let totals = try program.totals()
    let again = try program.run("ingest", Program.samples)
    #expect(again.status == 0)
    #expect(again.output.contains("0 new reports, 35 already read"))
    #expect(try program.totals() == totals)
    // The same reports under other names and in another folder are duplicates.
    try FileManager.default.copyItem(atPath: Program.samples, toPath: program.folder + "/copy")
    let copy = try #require(try program.json("ingest", program.folder + "/copy") as? [[String: Any]])
    #expect(copy.first?["new_reports"] as? Int == 0)
    #expect(copy.first?["duplicates"] as? Int == 34)
    #expect(try program.totals()["messages"] == totals["messages"])
  }

  @Test func quietPrintsOnlyWhatRequiresAttention() throws {
    let program = try Program()
    let good = try program.write("in/a.xml", Self.report(1))
    let result = try program.run("ingest", "--quiet", good)
    #expect((result.status, result.output, result.errors) == (0, "", ""))
    let bad = try program.write("in/bad.xml", "<feedback>")
    let second = try program.run("ingest", "-q", program.folder + "/in")
    #expect(second.status == 1)
    #expect(second.output.isEmpty)
    #expect(second.errors.hasPrefix("\(bad): the XML is not well-formed"))
    #expect(second.errors.contains("(line 1): "))
    // Reported once: the next run is silent.
    let third = try program.run("ingest", "-q", program.folder + "/in")
    #expect((third.status, third.errors) == (0, ""))
  }

  @Test func rejectedInputsAreListedAndReadAgainAfterAChange() throws {
    let program = try Program()
    let path = try program.write("bad.xml", "<feedback>")
    #expect(try program.run("ingest", path).status == 1)
    let rejects = try #require(try program.json("rejects") as? [[String: Any]])
    #expect(rejects.first?["code"] as? String == "malformed-xml")
    #expect(try program.run("ingest", path).status == 0)
    #expect(try program.run("ingest", "--retry", path).status == 1)
    _ = try program.write("bad.xml", Self.report(3))
    #expect(try program.run("ingest", path).status == 0)
    #expect(try #require(try program.json("rejects") as? [Any]).isEmpty)
    #expect(try program.totals()["reports"] == 1)
  }

  @Test func unreadableInputsAreReportedEachTime() throws {
    let program = try Program()
    _ = try program.write("in/a.xml", Self.report(1))
    // A regular file that can be opened but not read.
    try FileManager.default.createSymbolicLink(
      atPath: program.folder + "/in/b.xml", withDestinationPath: "/proc/self/mem")
    for _ in 0..<2 {
      let result = try program.run("ingest", program.folder + "/in")
      #expect(result.status == 3)
      #expect(result.errors.contains("b.xml: it cannot be read (Input/output error): check the disk"))
    }
    #expect(try program.totals()["reports"] == 1)
    #expect(try program.totals()["rejected"] == 0)
  }

  @Test func firstReportOfAnIdentityIsKeptAndAConflictReported() throws {
    let program = try Program()
    _ = try program.write("in/a.xml", Self.report(1))
    _ = try program.write("in/b.xml", Self.report(1, rows: 3))
    let result = try program.run("ingest", program.folder + "/in")
    #expect(result.status == 1)
    #expect(result.errors.contains("b.xml: it conflicts with report 1, which has the same identity but different rows"))
    #expect(try program.totals()["records"] == 20)
    let shown = try program.run("show", "report", "1")
    #expect(shown.output.contains("Conflicting reports with the same identity"))
  }

  @Test func dryRunLeavesNoTrace() throws {
    let program = try Program()
    let result = try program.run("ingest", "--dry-run", Program.samples)
    #expect(result.output.contains("Dry run, nothing was stored. 35 files: 28 new reports, 6 duplicates"))
    #expect(!FileManager.default.fileExists(atPath: program.database))
    #expect(try program.run("ingest", Program.samples).output.contains("28 new reports"))
    #expect(try program.run("ingest", "--dry-run", "--retry", Program.samples).output.contains("0 new reports"))
  }

  /// Rows of a report that is read in several batches: each row has its own selector, and a batch ends after about 1,000 different
  /// authentication results. More than 5,000 selectors would reach the limit on names.
  private static let longRows = 4_500

  private static func longReport(_ id: Int) -> String { report(id, rows: longRows, selectors: longRows) }

  @Test func longReportIsOneReport() throws {
    let program = try Program()
    _ = try program.write("in/long.xml", Self.longReport(1))
    // It cannot be repaired, so nothing of it may be stored.
    let deep = String(repeating: "<x>", count: 40)
    _ = try program.write("in/bad.xml", String(Self.longReport(2).dropLast(400)) + deep)
    let result = try program.run("ingest", program.folder + "/in")
    #expect(result.status == 1)
    #expect(result.errors.contains("raise --max-depth"))
    let totals = try program.totals()
    #expect((totals["reports"], totals["records"]) == (1, Self.longRows))
    #expect(try program.run("db", "check").status == 0)
  }

  @Test func truncatedReportIsReplacedByACompleteOne() throws {
    for whole in [Self.report(2, rows: 300), Self.longReport(2)] {
      let rows = whole.components(separatedBy: "</record>").count - 1
      let program = try Program()
      let cut = try program.write("in/cut.xml", String(whole.dropLast(whole.utf8.count / 3)))
      let first = try program.run("ingest", cut)
      #expect(first.status == 1)
      #expect(first.errors.hasPrefix("\(cut): the report ends too early; "))
      let report = try #require(try program.json("show", "report", "1") as? [String: Any])
      #expect(report["truncated"] as? Int == 1)
      let kept = try #require(report["row_count"] as? Int)
      #expect((rows / 2..<rows).contains(kept))
      // A truncated copy adds nothing and is not a conflict.
      let less = try program.write("in/less.xml", String(whole.dropLast(whole.utf8.count / 2)))
      #expect(try program.run("ingest", less).output.contains("1 duplicate"))
      #expect(try program.totals()["records"] == kept)
      let good = try program.write("in/whole.xml", whole)
      #expect(try program.run("ingest", good).status == 0)
      let totals = try program.totals()
      #expect((totals["reports"], totals["records"], totals["conflicts"]) == (1, rows, 0))
      // A truncated copy that arrives last changes nothing.
      let again = try program.write("in/again.xml", String(whole.dropLast(500)))
      #expect(try program.run("ingest", again).output.contains("1 duplicate"))
      #expect(try program.totals()["records"] == rows)
      #expect(try program.run("db", "check").status == 0)
    }
  }

  @Test func longReportInAnArchiveIsNamedByItsMemberAndKeepsItsLateHead() throws {
    let program = try Program()
    let record = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row></record>"
    // One batch of rows that are all alike holds 16,384.
    let rows = String(repeating: record, count: 20_000)
    let tail = "<version>1.0</version><extension><x xmlns='urn:x'>late</x></extension>"
    let name = "mx.example.net!example.com!1790812800!1790899199!ab12.xml"
    _ = try program.write(name, "<feedback>\(rows)\(tail)</feedback>")
    let zip = Process()
    zip.executableURL = URL(fileURLWithPath: "/usr/bin/zip")
    zip.currentDirectoryURL = URL(fileURLWithPath: program.folder)
    zip.arguments = ["-q", "a.zip", name]
    #expect(try Program.finish(zip).status == 0)
    #expect(try program.run("ingest", program.folder + "/a.zip").status == 0)
    let report = try #require(try program.json("show", "report", "1") as? [String: Any])
    #expect(report["reporter"] as? String == "mx.example.net")
    #expect(report["policy_domain"] as? String == "example.com")
    #expect(report["row_count"] as? Int == 20_000)
    #expect(report["version"] as? String == "1.0")
    #expect((report["extension"] as? String)?.contains("late") == true)
  }

  /// Inputs of every kind, enough for more than one commit.
  private static func fill(_ program: Program) throws {
    for number in 0..<40 {
      _ = try program.write("in/\(number).xml", report(number, rows: number == 20 ? 24_000 : 150))
      _ = try program.write("in/Maildir/new/\(number).host", MailboxTests.mail("m\(number)"))
    }
    _ = try program.write("in/Maildir/cur/0.other:2,S", MailboxTests.mail("s"))
    _ = try program.write("in/mbox", (0..<200).map { MailboxTests.separated(MailboxTests.mail("b\($0)")) }.joined())
    _ = try program.write("in/damaged.xml", String(report(99, rows: 2_000).dropLast(11)))
  }

  /// The progress of a run as seen from outside: pages in the log of the database, and files that were cleaned up.
  private static func progress(_ program: Program) -> Int {
    var status = stat()
    let pages = stat(program.database + "-wal", &status) == 0 ? Int(status.st_size) / 4_096 : 0
    return pages + ((try? FileManager.default.contentsOfDirectory(atPath: program.folder + "/done").count) ?? 0)
  }

  /// Starts a run and kills it at the given progress, unless it ends before.
  /// - Returns: whether it was killed, and its last observed progress.
  private static func kill(_ program: Program, _ arguments: [String], at goal: Int) throws -> (Bool, furthest: Int) {
    let process = program.process(arguments)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    var furthest = 0
    while process.isRunning {
      furthest = max(furthest, progress(program))
      if furthest >= goal { break }
      usleep(200)
    }
    let isRunning = process.isRunning
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return (isRunning && process.terminationReason == .uncaughtSignal, furthest)
  }

  /// The short form kills 20 times, the long one 100 times.
  @Test func killedAtAnyMomentLosesNothing() throws {
    let program = try Program()
    try Self.fill(program)
    let clean = try Program()
    try Self.fill(clean)
    var random = Seeded()
    // Files are deleted once their reports are stored: a missing file must be stored, and a stored one must not count again.
    let done = "move:\(program.folder)/done"
    let arguments = ["ingest", "--after", done, program.folder + "/in"]
    let (_, furthest) = try Self.kill(clean, ["ingest", clean.folder + "/in"], at: .max)
    let expected = try clean.totals()
    var kills = 0
    while kills < (Program.isLong ? 100 : 20) {
      if try Self.kill(program, arguments, at: .random(in: 0...furthest, using: &random)).0 { kills += 1 }
      guard try Self.filesLeft(program).count <= 2 else { continue }
      // This run ended. The next kills are for a new one.
      try finishDrop(program, arguments, expected)
      for name in ["in", "done", "reports.sqlite", "reports.sqlite-wal", "reports.sqlite-shm"] {
        try? FileManager.default.removeItem(atPath: program.folder + "/" + name)
      }
      try Self.fill(program)
    }
    try finishDrop(program, arguments, expected)
  }

  /// Files that differ only in content that is not stored are never cleaned up.
  @Test func copiesThatDifferInLostContentAreKept() throws {
    let program = try Program()
    let dkim = (0..<101).map { "<dkim><domain>d\($0).example</domain><result>fail</result></dkim>" }.joined()
    func report(_ auth: String, _ row: String = "<source_ip>192.0.2.1</source_ip><count>7</count>") -> String {
      """
      <feedback><report_metadata><org_name>R</org_name><report_id>1</report_id><date_range><begin>1790812800</begin>
      <end>1790899199</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
      <record><row>\(row)</row><auth_results>\(auth)</auth_results></record></feedback>
      """
    }
    let first = try program.write("in/a.xml", report(dkim))
    let second = try program.write("in/b.xml", report(dkim.replacingOccurrences(of: "d100.", with: "e100.")))
    let same = try program.write("in/c.xml", report(dkim))
    for path in [first, second, same] { _ = try program.run("ingest", "--after", "delete", path) }
    #expect([first, second, same].allSatisfy { FileManager.default.fileExists(atPath: $0) })
    #expect(try program.totals()["conflicts"] == 1)
    let twice = try Program()
    let path = try twice.write(
      "in/a.xml", report("", "<source_ip>192.0.2.1</source_ip><count>7</count><count>9000</count>"))
    #expect(try twice.run("ingest", "--after", "delete", path).status == 0)
    #expect(FileManager.default.fileExists(atPath: path))
  }

  private static func filesLeft(_ program: Program) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: program.folder + "/in").filter {
      $0.hasSuffix(".xml") || $0.contains("host") || $0.contains("other") || $0 == "mbox"
    }
  }

  private func finishDrop(_ program: Program, _ arguments: [String], _ expected: [String: Int]) throws {
    _ = try program.run(arguments)
    let totals = try program.totals()
    for key in ["reports", "records", "messages", "sources", "flows", "flows_not_judged", "inputs"] {
      #expect(totals[key] == expected[key], "\(key)")
    }
    #expect(try program.run("db", "check").status == 0)
    // Every file is in exactly one of the two folders; the truncated report and the mbox file stay.
    #expect(Set(try Self.filesLeft(program)) == ["damaged.xml", "mbox"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/done").count == 81)
  }

  @Test func concurrentRunsNeitherLoseNorDuplicate() throws {
    let program = try Program()
    for number in 0..<80 { _ = try program.write("in/\(number).xml", Self.report(number, rows: 200)) }
    let processes = (0..<4).map { _ in program.process(["ingest", "--quiet", program.folder + "/in"]) }
    for process in processes { try process.run() }
    for process in processes {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    let totals = try program.totals()
    #expect((totals["reports"], totals["records"], totals["conflicts"]) == (80, 16_000, 0))
    #expect(try program.run("db", "check").status == 0)
  }
}
