import Foundation
import Testing

/// Conflicts that are decided, and reports, reporters and domains that are taken out.
@Suite struct SetAsideTests {
  private struct Line {
    var address: String
    var messages: Int
    var from = "example.com"
  }

  private static func report(
    _ id: String, _ lines: [Line], reporter: String = "receiver.example", domain: String = "example.com"
  ) -> String {
    let records = lines.map { line in
      """
      <record><row><source_ip>\(line.address)</source_ip><count>\(line.messages)</count><policy_evaluated>
      <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
      <identifiers><header_from>\(line.from)</header_from></identifiers>
      <auth_results><spf><domain>\(line.from)</domain><result>fail</result></spf></auth_results></record>
      """
    }.joined()
    return """
      <feedback><report_metadata><org_name>\(reporter)</org_name><email>dmarc@\(reporter)</email>
      <report_id>\(id)</report_id><date_range><begin>1790812800</begin><end>1790899199</end></date_range></report_metadata>
      <policy_published><domain>\(domain)</domain><p>none</p></policy_published>\(records)</feedback>
      """
  }

  /// Everything that the program answers about mail.
  private static func answers(_ program: Program) throws -> [String] {
    try [
      ["summary"], ["changes"], ["export", "--rows"], ["unknown-senders"], ["top-failures"], ["forwarding"],
      ["reports"],
      ["show", "domain", "example.com"], ["show", "report", "1"], ["readiness", "example.com"],
    ].map { try program.run($0 + ["--format", "json"]).output }
  }

  private static func messages(_ program: Program) throws -> Int? { try program.totals()["messages"] }

  private static func conflicting() throws -> Program {
    let program = try Program()
    let small = Line(address: "192.0.2.10", messages: 7)
    _ = try program.write("in/a.xml", report("rsp.1", [small]))
    _ = try program.write("in/b.xml", report("rsp.1", [small, Line(address: "203.0.113.5", messages: 2)]))
    _ = try program.write("in/c.xml", report("rsp.1", [Line(address: "198.51.100.7", messages: 30)]))
    let result = try program.run("ingest", program.folder + "/in")
    #expect(result.status == 1)
    #expect(result.errors.contains("`dmarcstat conflicts`"))
    return program
  }

  @Test func conflictsAreListedAndCompared() throws {
    let program = try Self.conflicting()
    let list = try #require(try program.json("conflicts") as? [[String: Any]])
    #expect(list.map { $0["relation"] as? String } == ["superset", "disjoint"])
    #expect(
      list.map { $0["next_step"] as? String } == ["dmarcstat conflicts take 1", "dmarcstat conflicts both 2"])
    let shown = try program.run("conflicts", "show", "1", "--format", "csv")
    #expect(shown.output.contains("other,203.0.113.5,example.com,,2"))
    #expect(try program.run("conflicts", "show", "9").status == 1)
    #expect(try Self.messages(program) == 7)
    #expect(try program.run("db", "info").output.contains("dmarcstat conflicts"))
  }

  @Test func decidingAndUndoingLeavesEveryAnswerAsItWas() throws {
    let program = try Self.conflicting()
    let before = try Self.answers(program)
    #expect(try program.run("conflicts", "take", "1").status == 0)
    #expect(try Self.messages(program) == 9)
    #expect(try program.run("conflicts", "take", "1").output == "Nothing to change.\n")
    #expect(try program.run("conflicts", "both", "2").status == 0)
    #expect(try Self.messages(program) == 39)
    // All three contents are known now, under whatever names they arrive.
    try FileManager.default.copyItem(atPath: program.folder + "/in", toPath: program.folder + "/copy")
    let again = try program.run("ingest", program.folder + "/copy")
    #expect(again.status == 0)
    #expect(again.output.contains("3 duplicates"))
    #expect(try Self.messages(program) == 39)
    #expect(try program.totals()["conflicts"] == 0)
    #expect(try program.run("conflicts", "undo", "1", "2").status == 0)
    #expect(try program.totals()["conflicts"] == 2)
    #expect(try program.run("db", "check").status == 0)
    try FileManager.default.removeItem(atPath: program.folder + "/copy")
    let after = try Self.answers(program)
    for (one, two) in zip(before, after) where !one.contains("copy") {
      #expect(Self.withoutInputs(one) == Self.withoutInputs(two))
    }
    let trace = try #require(try program.json("reports", "decisions") as? [[String: Any]])
    #expect(trace.map { $0["action"] as? String } == ["undo", "undo", "both", "take"])
  }

  /// The list of inputs grows by the copies.
  private static func withoutInputs(_ answer: String) -> String {
    answer.replacing(/"inputs"[^\]]*\]/, with: "")
  }

  @Test func onlySupersetsWithoutARivalAreTakenTogether() throws {
    let program = try Self.conflicting()
    #expect(try program.run("conflicts", "take", "--all-supersets").output == "Nothing to change.\n")
    #expect(try program.run("conflicts", "keep", "2").status == 0)
    #expect(try program.run("conflicts", "take", "--all-supersets").status == 0)
    #expect(try Self.messages(program) == 9)
  }

  @Test func decidedInputsAreCleanedUp() throws {
    let program = try Self.conflicting()
    #expect(try program.run("ingest", "--after", "delete", program.folder + "/in").status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/in").count == 3)
    #expect(try program.run("conflicts", "take", "1").status == 0)
    #expect(try program.run("conflicts", "keep", "2").status == 0)
    #expect(try program.run("ingest", "--after", "delete", program.folder + "/in").status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/in").isEmpty)
  }

  @Test func removedReportsStayOutAndComeBack() throws {
    let program = try Program()
    _ = try program.write("in/ours.xml", Self.report("1", [Line(address: "192.0.2.10", messages: 7)]))
    let forged = Self.report("2", [Line(address: "192.0.2.66", messages: 100_000)], reporter: "forger.example")
    _ = try program.write("in/forged.xml", forged)
    _ = try program.write("in/third.xml", Self.report("3", [Line(address: "192.0.2.10", messages: 1)]))
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    let before = try Self.answers(program)
    let trial = try program.run("reports", "remove", "--reporter", "Forger.example")
    #expect(trial.output == "1 report (1 row, 100000 messages) would be removed; add --yes to remove them.\n")
    #expect(
      try program.run("reports", "remove", "--reporter", "forger.example", "--yes", "--reason", "forged").status == 0)
    #expect(try Self.messages(program) == 8)
    #expect(try program.totals()["sources"] == 1)
    let removed = try #require(try program.json("reports", "removed") as? [[String: Any]])
    #expect(removed.first?["reason"] as? String == "forged")
    // The same report with other bytes, and even with other rows.
    let copy = try program.write("copy.xml", forged.replacing("100000", with: "90000"))
    let again = try program.run("ingest", copy)
    #expect(again.status == 0)
    #expect(again.output.contains("1 duplicate"))
    #expect(try Self.messages(program) == 8)
    let number = try #require(removed.first?["number"] as? Int)
    #expect(try program.run("reports", "restore", "\(number)").status == 0)
    #expect(try Self.answers(program).map(Self.withoutInputs) == before.map(Self.withoutInputs))
    #expect(try program.run("reports", "restore", "\(number)").status == 1)
    #expect(try program.run("reports", "remove", "99").status == 1)
    #expect(try program.run("db", "check").status == 0)
  }

  @Test func reportersAndDomainsAreIgnored() throws {
    let program = try Program()
    let ours = Self.report("1", [Line(address: "192.0.2.10", messages: 7)])
    _ = try program.write("in/ours.xml", ours)
    let stranger = Line(address: "192.0.2.9", messages: 900, from: "stranger.example")
    _ = try program.write("in/theirs.xml", Self.report("2", [stranger], domain: "stranger.example"))
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    let before = try Self.answers(program)
    #expect(try program.run("ignore", "add", "--domain", "Stranger.example").status == 0)
    #expect(try program.run("ignore", "add", "--reporter", "Forger.example").status == 0)
    #expect(try Self.messages(program) == 7)
    let forged = Self.report("3", [Line(address: "192.0.2.66", messages: 5)], reporter: "forger.example")
    let path = try program.write("forged.xml", forged)
    let result = try program.run("ingest", "--after", "delete", path)
    #expect(result.status == 0)
    #expect(result.output.contains("0 new reports, 1 ignored"))
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try Self.messages(program) == 7)
    #expect(try program.run("ignore", "remove", "--domain", "stranger.example").status == 0)
    #expect(try Self.answers(program) == before)
    #expect(try program.run("ignore", "remove", "--reporter", "forger.example").status == 0)
    #expect(try Self.messages(program) == 912)
    #expect(try program.run("ignore", "remove", "--reporter", "forger.example").status == 2)
  }

  @Test func theConfigurationIgnoresToo() throws {
    let program = try Program()
    let path = try program.write("a.xml", Self.report("1", [Line(address: "192.0.2.10", messages: 7)]))
    let config = try program.write("c.yaml", "ignore: {domains: [example.com]}\n")
    let result = try program.run("ingest", "--config", config, path)
    #expect(result.output.contains("0 new reports, 1 ignored"))
    #expect(try program.run("ignore", "remove", "--domain", "example.com", "--config", config).status == 2)
    // Without the rule, the report is back at the next query.
    #expect(try program.run("summary").output.contains("example.com"))
  }
}
