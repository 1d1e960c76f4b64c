import Foundation
import Testing

/// Growing mbox files, Maildirs, standard input, and the clean-up of stored files.
@Suite struct MailboxTests {
  static func report(_ id: String, rows: Int = 3) -> String {
    let record = """
      <record><row><source_ip>192.0.2.1</source_ip><count>2</count><policy_evaluated><disposition>none</disposition>\
      <dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers>\
      <auth_results><dkim><domain>example.com</domain><result>pass</result></dkim><spf><domain>example.com</domain>\
      <result>pass</result></spf></auth_results></record>

      """
    return """
      <feedback><report_metadata><org_name>R</org_name><report_id>\(id)</report_id><date_range><begin>1790812800</begin>\
      <end>1790899199</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p>\
      </policy_published>
      \(String(repeating: record, count: rows))</feedback>
      """
  }

  static func mail(_ id: String, body: String? = nil) -> String {
    """
    From: DMARC <a@mx.example.net>
    Subject: Report Domain: example.com Submitter: mx.example.net Report-ID: <\(id)>
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary=b

    --b

    This is a report.
    From here on there is only text.
    --b
    Content-Type: text/xml; name="mx.example.net!example.com!1790812800!1790899199.xml"
    Content-Transfer-Encoding: base64

    \(body ?? Data(report(id).utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed]))
    --b--

    """
  }

  static func separated(_ mail: String) -> String { "From a@mx.example.net Thu Oct  1 06:00:00 2026\n\(mail)\n" }

  /// With a row whose address cannot be read.
  static func withBadRow(_ report: String) -> String {
    report.replacingOccurrences(
      of: "</feedback>",
      with: "<record><row><source_ip>nowhere</source_ip><count>1</count></row></record></feedback>")
  }

  private func append(_ text: String, to path: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  @Test func oneMessageInTenIsBroken() throws {
    let program = try Program()
    let broken = ["H4sIAAAA", "%%%", Data("<feedback><record>".utf8).base64EncodedString(), "UEsDBAAA"]
    let mails = (0..<1_000).map { number in
      Self.separated(Self.mail("\(number)", body: number % 10 == 3 ? broken[number / 10 % broken.count] : nil))
    }
    let path = try program.write("mbox", mails.joined())
    let result = try program.run("ingest", path)
    #expect(result.status == 1)
    #expect(try program.totals()["reports"] == 900)
    let rejects = try #require(try program.json("rejects", "--limit", "0") as? [[String: Any]])
    #expect(rejects.count == 100)
    // Each is reported with its position.
    let offsets = mails.indices.filter { $0 % 10 == 3 }.map { mails[..<$0].reduce(0) { $0 + $1.utf8.count } }
    let members = Set(rejects.compactMap { $0["member"] as? String }.map { String($0.prefix { $0 != "#" }) })
    #expect(members == Set(offsets.map { "byte \($0)" }))
  }

  @Test func attachmentNamesCannotAddLines() throws {
    let program = try Program()
    let name = "=?utf-8?q?a=0Aall=20is=20well=1B[2J!example.com!1!2.xml.gz?="
    let mail = Self.mail("1", body: "H4sIAAAA").replacing(/name=".*"/, with: "name=\"\(name)\"")
    let result = try program.run("ingest", try program.write("a.eml", mail))
    #expect(result.status == 1)
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("\\u{a}all is well\\u{1b}[2J"))
  }

  @Test func growingMboxFileIsReadFromItsOldEnd() throws {
    let program = try Program()
    let path = try program.write(
      "mbox", Self.separated(Self.mail("1")) + Self.separated(Self.mail("2", body: "H4sIAAAA")))
    #expect(try program.run("ingest", path).status == 1)
    #expect(try program.run("ingest", path).output.contains("0 new reports, 1 already read"))
    try append(Self.separated(Self.mail("3")), to: path)
    let grown = try program.run("ingest", path)
    #expect((grown.status, grown.errors) == (0, ""))
    #expect(grown.output.hasPrefix("1 file: 1 new report\n"))
    // Rejections in the part that was read before stay listed.
    #expect(try #require(try program.json("rejects") as? [Any]).count == 1)
    #expect(try program.totals()["inputs"] == 1)
    // Compacted by a mail program: read again without counting twice.
    _ = try program.write("mbox", Self.separated(Self.mail("3")) + Self.separated(Self.mail("4")))
    #expect(try program.run("ingest", path).output.hasPrefix("1 file: 1 new report, 1 duplicate\n"))
    #expect(try #require(try program.json("rejects") as? [Any]).isEmpty)
  }

  @Test func incompleteLastMessageIsReadAgain() throws {
    let program = try Program()
    let last = Self.separated(Self.mail("2"))
    let path = try program.write("mbox", Self.separated(Self.mail("1")) + last.prefix(last.count / 2))
    _ = try program.run("ingest", path)
    try append(String(last.dropFirst(last.count / 2)), to: path)
    #expect(try program.run("ingest", path).status == 0)
    let totals = try program.totals()
    #expect((totals["reports"], totals["records"], totals["conflicts"]) == (2, 6, 0))
    #expect(try #require(try program.json("rejects") as? [Any]).isEmpty)
  }

  @Test func maildirMessagesAreKnownWithoutTheirFlags() throws {
    let program = try Program()
    let root = program.folder + "/Maildir"
    for part in ["cur", "new", "tmp", ".Sub/cur", ".Sub/new"] {
      try FileManager.default.createDirectory(atPath: "\(root)/\(part)", withIntermediateDirectories: true)
    }
    _ = try program.write("Maildir/new/1791000000.M1.host", Self.mail("1"))
    _ = try program.write("Maildir/cur/1791000001.M2.host:2,S", Self.mail("2"))
    _ = try program.write("Maildir/tmp/1791000002.M3.host", Self.mail("3"))
    _ = try program.write("Maildir/dovecot.index.log", "x")
    #expect(try program.run("ingest", root).output.hasPrefix("2 files: 2 new reports\n"))
    try FileManager.default.moveItem(
      atPath: "\(root)/new/1791000000.M1.host", toPath: "\(root)/cur/1791000000.M1.host:2,RS")
    #expect(try program.run("ingest", root).output.contains("0 new reports, 2 already read"))
    #expect(try program.run("ingest", "\(root)/cur").output.contains("0 new reports, 2 already read"))
    let bad = try program.write("Maildir/cur/1791000003.M4.host:2,", Self.mail("4", body: "H4sIAAAA"))
    #expect(try program.run("ingest", root).status == 1)
    let rejects = try #require(try program.json("rejects") as? [[String: Any]])
    #expect(rejects.map { $0["path"] as? String } == [bad])
    try FileManager.default.removeItem(atPath: bad)
    let again = try program.run("ingest", "--after", "move:\(program.folder)/done", root)
    #expect(again.output.contains("2 files moved or deleted"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root)/cur").isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(program.folder)/done").count == 2)
  }

  @Test(arguments: ["delete", "move:"])
  func onlyCompletelyStoredFilesAreCleanedUp(action: String) throws {
    let program = try Program()
    let whole = Self.report("4")
    let inputs = [
      "good.xml": Self.report("1"), "mail.eml": Self.mail("2"), "again.xml": Self.report("1"),
      "bad.xml": "<feedback><record>", "note.txt": "hello",
      "bounce.eml": "From: a@b.example\nSubject: hello\n\nhello\n",
      "mbox": Self.separated(Self.mail("3")), "cut.xml": String(whole.dropLast(300)),
      "conflict.xml": Self.report("1", rows: 9), "dropped.xml": Self.withBadRow(Self.report("6")),
      "copy.xml": "\u{feff}" + Self.report("7").replacingOccurrences(of: "\n", with: "\r\n    "),
      "original.xml": Self.report("7"),
    ]
    for (name, text) in inputs { _ = try program.write("in/" + name, text) }
    let done = program.folder + "/in/done"
    let after = action == "move:" ? "move:" + done : action
    let dry = try program.run("ingest", "--dry-run", "--after", after, program.folder + "/in")
    #expect(dry.status == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/in").count == inputs.count)
    #expect(try program.run("ingest", "--after", after, program.folder + "/in").status == 1)
    let left = try FileManager.default.contentsOfDirectory(atPath: program.folder + "/in").filter { $0 != "done" }
    #expect(
      Set(left) == [
        "bad.xml", "note.txt", "bounce.eml", "mbox", "cut.xml", "good.xml", "again.xml", "conflict.xml", "dropped.xml",
      ])
    if action == "move:" {
      #expect(
        Set(try FileManager.default.contentsOfDirectory(atPath: done)) == ["mail.eml", "copy.xml", "original.xml"])
      // The target folder is not a source, and nothing in it is overwritten.
      _ = try program.write("in/copy.xml", Self.report("5"))
      let next = try program.run("ingest", "--after", after, program.folder + "/in")
      #expect(next.output.contains("10 files: 1 new report, 9 already read"))
      #expect(FileManager.default.fileExists(atPath: done + "/copy.xml.1"))
    }
    #expect(try program.run("db", "check").status == 0)
  }

  @Test func filesStoredByAnEarlierRunAreCleanedUp() throws {
    let program = try Program()
    _ = try program.write("in/a.xml", Self.report("1"))
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    let next = try program.run("ingest", "--after", "delete", program.folder + "/in")
    #expect(next.output == "1 file: 0 new reports, 1 already read\n1 file moved or deleted.\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/in").isEmpty)
  }

  @Test func interruptedMoveIsCompletedByTheNextRun() throws {
    let program = try Program()
    let path = try program.write("in/a.xml", Self.report("1"))
    #expect(try program.run("ingest", path).status == 0)
    let done = program.folder + "/done"
    try FileManager.default.createDirectory(atPath: done, withIntermediateDirectories: true)
    try FileManager.default.linkItem(atPath: path, toPath: done + "/a.xml")
    #expect(try program.run("ingest", "--after", "move:" + done, program.folder + "/in").status == 0)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try FileManager.default.contentsOfDirectory(atPath: done) == ["a.xml"])
  }

  @Test func cleanupIsConfigurable() throws {
    let program = try Program()
    _ = try program.write("in/a.xml", Self.report("1"))
    let config = try program.write("config.yaml", "sources: [in]\nafter: move:done\n")
    #expect(try program.run("ingest", "--config", config).status == 0)
    #expect(FileManager.default.fileExists(atPath: program.folder + "/done/a.xml"))
    let wrong = try program.write("wrong.yaml", "sources: [in]\nafter: shred\n")
    let result = try program.run("ingest", "--config", wrong)
    #expect(result.status == 2)
    #expect(result.errors.contains("keep, delete or move:FOLDER (line 2)"))
    #expect(try program.run("ingest", "--after", "move:", program.folder + "/in").status == 2)
  }

  @Test func parseDescribesANamedMessageWithoutAReport() throws {
    let program = try Program()
    let path = try program.write("in/a.eml", "From: MAILER-DAEMON@x.example\nSubject: x\n\nhello\n")
    let named = try program.run("parse", path)
    #expect((named.status, named.output, named.errors) == (0, "", "\(path): not a report, but a bounce\n"))
    #expect(try program.run("parse", program.folder + "/in").errors.isEmpty)
  }

  @Test(arguments: ["mail", "mbox", "xml"])
  func standardInput(kind: String) throws {
    let program = try Program()
    let text = kind == "mail" ? Self.mail("1") : kind == "mbox" ? Self.separated(Self.mail("1")) : Self.report("1")
    let path = try program.write("input", text)
    for (number, expected) in [(1, "1 new report"), (2, "1 duplicate")] {
      let result = try Program.finish(program.process(["ingest", "-"]), input: path)
      #expect(result.status == 0, "\(number)")
      #expect(result.output.contains(expected))
    }
    #expect(try program.totals()["inputs"] == 0)
    let parsed = try Program.finish(program.process(["parse", "-"]), input: path)
    #expect(parsed.output.contains("\"file\":\"standard input\""))
    let bad = try Program.finish(
      program.process(["ingest", "-"]), input: try program.write("bad", "<feedback><record>"))
    #expect(bad.status == 1)
    #expect(bad.errors.hasPrefix("standard input: "))
  }
}
