import Foundation
import Testing

/// The three answers of `readiness`, and the record that it prints.
@Suite struct ReadinessTests {
  private static let zone = """
    $ORIGIN example.com.
    @ IN TXT "v=spf1 ip4:192.0.2.10 -all"
    _dmarc IN TXT "v=DMARC1; p=none; rua=mailto:d@example.com"
    """

  private static func record(_ source: String, _ count: Int, _ result: String, _ results: String) -> String {
    """
    <record><row><source_ip>\(source)</source_ip><count>\(count)</count><policy_evaluated><disposition>none</disposition>
    <dkim>\(result)</dkim><spf>\(result)</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>
    </identifiers><auth_results>\(results)</auth_results></record>
    """
  }

  private static let own = record(
    "192.0.2.10", 173, "pass",
    "<dkim><domain>example.com</domain><selector>s</selector><result>pass</result></dkim><spf><domain>example.com</domain><result>pass</result></spf>"
  )
  /// A service that authenticates as itself.
  private static let newsletter = record(
    "198.51.100.20", 687, "fail",
    "<dkim><domain>mailer.example</domain><selector>m</selector><result>pass</result></dkim><spf><domain>bounce.mailer.example</domain><result>pass</result></spf>"
  )
  /// The first day, 2026-10-01.
  private static let first = 1_790_812_800

  /// Stores reports of some days, from two reporters in turn.
  private func program(days: Int, _ records: (Int) -> String, zone: String? = zone, reporters: Int = 2) throws
    -> Program
  {
    let program = try Program()
    for day in 0..<days {
      let reporter = ["one.example", "two.example"][day % reporters]
      let begin = Self.first + day * 86_400
      _ = try program.write(
        "in/\(day).xml",
        """
        <feedback><report_metadata><org_name>\(reporter)</org_name><email>d@\(reporter)</email><report_id>\(day)</report_id>
        <date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range></report_metadata>
        <policy_published><domain>example.com</domain><p>none</p></policy_published>\(records(day))</feedback>
        """)
    }
    _ = try program.run("ingest", "--quiet", program.folder + "/in")
    if let zone {
      _ = try program.run("senders", "refresh", "--quiet", "--zone", try program.write("z", zone))
    }
    return program
  }

  private func answer(_ program: Program) throws -> (status: Int32, answer: String?, doubts: [String]) {
    let result = try program.run("readiness", "example.com", "--format", "json")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return (result.status, object?["answer"] as? String, object?["doubts"] as? [String] ?? [])
  }

  @Test func readyDomainIsTakenAStepFurther() throws {
    let program = try program(days: 30) { _ in Self.own }
    let result = try program.run("readiness", "example.com")
    #expect(result.status == 0)
    #expect(
      result.output.contains(#"_dmarc.example.com. TXT "v=DMARC1; p=none; rua=mailto:d@example.com""#),
      "\(result.output)")
    #expect(
      result.output.contains(#"_dmarc.example.com. TXT "v=DMARC1; p=quarantine; t=y; rua=mailto:d@example.com""#))
  }

  /// 687 of 860 messages a day come from a newsletter that nobody has declared.
  @Test func undeclaredNewsletterCannotBeTold() throws {
    let program = try program(days: 30) { _ in Self.own + Self.newsletter }
    #expect(try answer(program) == (8, "cannot-tell", ["undecided"]))
    let text = try program.run("readiness", "example.com").output
    #expect(text.contains("cannot tell") && text.contains("unknown-senders --domain example.com"))
    #expect(try program.run("senders", "add", "News", "--kind", "service", "--domain", "mailer.example").status == 0)
    #expect(try answer(program) == (7, "no", []))
  }

  @Test func littleEvidenceCannotBeTold() throws {
    #expect(try answer(program(days: 10) { _ in Self.own }) == (8, "cannot-tell", ["few-days"]))
    #expect(try answer(program(days: 30, { _ in Self.own }, reporters: 1)) == (8, "cannot-tell", ["few-reporters"]))
    #expect(try answer(program(days: 30, { _ in Self.own }, zone: nil)) == (8, "cannot-tell", ["unknown-spf"]))
  }

  /// A server that nobody knows sends on every day: it may be one's own.
  @Test func steadyUnknownSourceCannotBeTold() throws {
    let form = Self.record("203.0.113.9", 9, "fail", "<spf><domain>example.com</domain><result>fail</result></spf>")
    #expect(try answer(program(days: 30) { _ in Self.own + form }) == (8, "cannot-tell", ["undecided"]))
    #expect(try answer(program(days: 30) { $0 == 3 ? Self.own + form : Self.own }) == (0, "yes", []))
  }

  @Test func rankingHasTheSameAnswers() throws {
    let program = try program(days: 30) { _ in Self.own + Self.newsletter }
    let rows = try #require(try program.json("readiness", "--all") as? [[String: Any]])
    #expect(rows.count == 1)
    #expect(rows.first?["answer"] as? String == "cannot-tell")
    #expect(rows.first?["lost_undecided"] as? Double == 687)
    #expect(rows.first?["doubts"] as? [String] == ["undecided"])
    #expect(try program.run("readiness", "--all").status == 0)
    #expect(try program.run("readiness").status == 2)
    #expect(try program.run("readiness", "example.com", "--all").status == 2)
  }

  /// A key that broke on the tenth day, on mail that passes by SPF.
  @Test func brokenKeyIsNamedWithItsDays() throws {
    func mail(_ result: String, _ source: String = "192.0.2.10", spf: String = "pass") -> String {
      """
      <record><row><source_ip>\(source)</source_ip><count>5</count><policy_evaluated><disposition>none</disposition>
      <dkim>\(result)</dkim><spf>\(spf)</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>
      </identifiers><auth_results><dkim><domain>example.com</domain><selector>new</selector><result>\(result)</result></dkim>
      <spf><domain>example.com</domain><result>\(spf)</result></spf></auth_results></record>
      """
    }
    let broken = try program(days: 30) { mail($0 < 9 ? "pass" : "fail") }
    let sentence =
      "The key of example.com with selector new is broken: its signatures have failed since 2026-10-10 (105 messages, reporters: 2)"
    for command in [
      ["summary"], ["summary", "--since", "2026-10-20"], ["readiness", "example.com"], ["explain", "192.0.2.10"],
    ] {
      #expect(try broken.run(command).output.replacing(/\s+/, with: " ").contains(sentence), "\(command)")
    }
    let rows = try #require(try broken.json("summary") as? [[String: Any]])
    let key = try #require((rows.first?["broken_keys"] as? [[String: Any]])?.first)
    #expect(key["selector"] as? String == "new" && key["since"] as? String == "2026-10-10")
    #expect(try broken.run("explain", "192.0.2.10").output.contains("new._domainkey.example.com"))

    let mended = try program(days: 30) { mail((9..<20).contains($0) ? "fail" : "pass") }
    #expect(try mended.run("summary").output.contains("was broken from 2026-10-10 to 2026-10-20 (55 messages"))
    // A stray, and mail that only a forwarder broke.
    for quiet in [
      try program(days: 30) {
        $0 == 4 ? mail("pass") + mail("fail").replacing("<count>5<", with: "<count>1<") : mail("pass")
      },
      try program(days: 30) { _ in mail("pass") + mail("fail", "203.0.113.5", spf: "fail") },
    ] {
      #expect(try !quiet.run("summary").output.contains("key of"))
    }
  }

  /// Two signatures, of which the second decides; the advice is about the other one.
  @Test func decidingSignatureComesFirstAndAdviceNamesTheOther() throws {
    func mail(_ selector: String) -> String {
      Self.record(
        "192.0.2.10", 5, "pass",
        """
        <dkim><domain>example.com</domain><selector>\(selector)</selector><result>fail</result></dkim>
        <dkim><domain>example.com</domain><selector>zz</selector><result>pass</result></dkim>
        <spf><domain>example.com</domain><result>pass</result></spf>
        """)
    }
    let program = try program(days: 20) { _ in mail("ed") }
    #expect(try program.run("explain", "192.0.2.10").output.contains("DKIM: pass example.com (zz), fail example.com"))
    #expect(try program.run("show", "report", "1").output.contains("pass example.com (zz)"))
    let rows = try #require(try program.json("export") as? [[String: Any]])
    #expect((rows.first?["advice"] as? String)?.contains("selector ed does not verify") == true, "\(rows)")
    #expect(
      try program.run("summary").output.contains("selector ed is broken: its signatures have failed since 2026-10-01"))

    let unnamed = try self.program(days: 20) { _ in mail("") }
    #expect(try unnamed.run("summary").output.contains("(no selector reported) is broken"))
    #expect(try unnamed.run("explain", "192.0.2.10").output.contains("does not name its selector"))
  }
}
