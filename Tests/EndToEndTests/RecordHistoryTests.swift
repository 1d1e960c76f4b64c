import Foundation
import Testing

/// Records that change from day to day on a real name server, as `check domain --history`, `changes` and `alert` report
/// them.
@Suite struct RecordHistoryTests {
  /// The keys of RFC 8463 and one more.
  private static let key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
  private static let other = "v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

  private static func zone(
    dmarc: String? = "v=DMARC1; p=none; rua=mailto:d@other.example", spf: String = "v=spf1 include:m.example -all",
    crm: String? = key, isAgreed: Bool = true, more: String = ""
  ) -> String {
    var zone = """
      example.com. IN MX 10 mx.example.com.
      mx.example.com. IN A 192.0.2.1
      example.com. IN TXT "\(spf)"
      m.example. IN TXT "v=spf1 ip4:198.51.100.0/24 -all"
      s1._domainkey.example.com. IN TXT "\(other)"

      """
    if let dmarc { zone += "_dmarc.example.com. IN TXT \"\(dmarc)\"\n" }
    if let crm { zone += "crm._domainkey.example.com. IN TXT \"\(crm)\"\n" }
    if isAgreed { zone += "example.com._report._dmarc.other.example. IN TXT \"v=DMARC1\"\n" }
    return zone + more
  }

  private struct Answers {
    var history: [[String: Any]]
    var changes: [[String: Any]]
  }

  private static func watch(_ program: Program, _ days: [String?]) throws -> Answers {
    let list = try JSONSerialization.data(withJSONObject: days.map { $0 as Any? ?? NSNull() })
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      Program.root + "/Tests/EndToEndTests/watch_records.py", Program.binary, program.folder,
      try program.write("days.json", String(decoding: list, as: UTF8.self)),
    ]
    process.environment = ["PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.errors.suffix(2_000))")
    let answers = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: [[String: Any]]]
    return Answers(
      history: try #require(answers?["history"] as? [[String: Any]]),
      changes: try #require(answers?["changes"] as? [[String: Any]]))
  }

  private static func states(_ answers: Answers, of name: String) -> [String] {
    answers.history.filter { $0["name"] as? String == name }.map {
      "\($0["kind"] ?? "") \($0["state"] ?? "") \(($0["confirmed"] as? Bool) == true)"
    }
  }

  @Test func recordsThatChangeAreToldOnceWithTheirDays() throws {
    let program = try Program()
    let config = try program.write(
      "c.yaml", "known_senders: [{name: CRM, kind: service, addresses: [198.51.100.20]}]\n")
    let reports = AlertReports(firstDay: AlertReports.today - 40, brokenKey: 33..<40)
    let folder = try reports.write(0..<40, to: "in", program)
    #expect(try program.run("ingest", "--quiet", folder, "--config", config).status == 0)
    // The last day is today. The key disappears between the third day and the fourth.
    let gone = Self.zone(crm: nil)
    let answers = try Self.watch(
      program,
      [
        Self.zone(), Self.zone(), Self.zone(), gone, gone, nil, Self.zone(dmarc: nil, crm: nil),
        Self.zone(crm: nil, isAgreed: false),
        Self.zone(
          dmarc: "v=DMARC1; p=quarantine; rua=mailto:d@other.example", spf: "v=spf1 -all", crm: nil, isAgreed: false),
        Self.zone(
          dmarc: "v=DMARC1; p=quarantine; rua=mailto:d@other.example", spf: "v=spf1 -all", crm: nil, isAgreed: false,
          more: "_dmarc.other.example. IN TXT \"v=DMARC1; p=none\"\n"),
      ])
    let today = 40
    let found = answers.changes.map { row -> String in
      let causes = (row["causes"] as? [[String: Any]] ?? []).compactMap { $0["cause"] as? String }
      return ([row["change"], row["subject"], row["since"]].map { "\($0 ?? "")" } + causes).joined(separator: " ")
    }.sorted()
    #expect(
      found == [
        "dmarc-record example.com \(reports.date(today - 1))",
        "pass-rate-fell example.com \(reports.date(33)) sender key-stopped key-record",
        "report-authorisation example.com \(reports.date(today - 2))",
        "spf-record example.com \(reports.date(today - 1))",
      ], "\(answers.changes)")
    let texts = answers.changes.compactMap { $0["text"] as? String }.joined(separator: "\n")
    #expect(
      texts.contains(
        "DKIM key crm of example.com disappeared between \(reports.date(today - 7)) and \(reports.date(today - 6))."),
      "\(texts)")
    #expect(texts.contains("lost include:m.example"), "\(texts)")
    // Neither SERVFAIL nor a record that one lookup missed is in the history.
    #expect(Self.states(answers, of: "_dmarc.example.com") == ["dmarc published true", "dmarc published true"])
    #expect(Self.states(answers, of: "crm._domainkey.example.com") == ["dkim absent true", "dkim published true"])
    #expect(Self.states(answers, of: "s1._domainkey.example.com") == ["dkim published true"])
    #expect(
      Self.states(answers, of: "example.com") == ["mx published true", "spf published true", "spf published true"])
  }

  @Test func hostileRecordsAreKeptShortAndPrintedSafely() throws {
    let program = try Program()
    let reports = AlertReports(firstDay: AlertReports.today - 10)
    _ = try program.run("ingest", "--quiet", reports.write(0..<10, to: "in", program))
    func long(_ last: String) -> String {
      let strings = Array(repeating: "\"\(String(repeating: "x", count: 250))\"", count: 240).joined(separator: " ")
      return "_dmarc.example.com. IN TXT \"v=DMARC1; p=none; x=\" \(strings) \"\(last)\"\n"
    }
    let odd = "_dmarc.example.com. IN TXT \"v=DMARC1; p=none; \\027[31m\\000\\010\\255 <script>=`touch pwned`\"\n"
    let answers = try Self.watch(program, [long("a"), long("b"), odd, odd])
    let records = answers.history.compactMap { $0["record"] as? String }
    #expect(Self.states(answers, of: "_dmarc.example.com").count == 3, "\(answers.history.count)")
    #expect(records.allSatisfy { $0.utf8.count <= 4_096 })
    for arguments in [["check", "domain", "example.com", "--history"], ["changes"], ["review", "--format", "text"]] {
      let result = try program.run(arguments)
      #expect(result.status == 0, "\(result.errors)")
      let isHidden = { (scalar: Unicode.Scalar) in scalar.value < 0x20 && scalar != "\n" || scalar.value == 0x7f }
      #expect(!result.output.unicodeScalars.contains(where: isHidden), "\(arguments)")
    }
    let page = try program.run("review", "--format", "html")
    #expect(page.status == 0 && !page.output.contains("<script>="), "\(page.errors)")
  }

  @Test func historyNeedsADatabaseAndNoNameServer() throws {
    let program = try Program()
    #expect(try program.run("check", "domain", "example.com", "--history").status == 4)
    #expect(try program.run("check", "domain", "example.com", "--history", "--selector", "s1").status == 2)
    _ = try program.run("ingest", "--quiet", Program.samples)
    let empty = try program.run("check", "domain", "example.com", "--history")
    #expect(empty.status == 0 && empty.output.contains("`dmarcstat senders refresh`"), "\(empty)")
    #expect(try program.run("senders", "refresh", "--quiet", "--zone", "reports-sample/example.zone").status == 0)
    let text = try program.run("check", "domain", "example.com", "--history", "--lang", "ja")
    #expect(text.output.contains("DMARC _dmarc.example.com"), "\(text.output)")
  }
}
