import Foundation
import Testing

/// Reports without an evaluation: not evaluated is not failed.
@Suite struct EvaluationTests {
  private static let aligned = ForgedReports.results(dkim: "pass", spf: "example.com", "pass")

  private func program(_ rows: [(evaluated: String, results: String)]) throws -> Program {
    let program = try Program()
    let records = rows.enumerated().map { number, row in
      """
      <record><row><source_ip>192.0.2.\(number + 10)</source_ip><count>10</count>\(row.evaluated)</row>\
      <identifiers><header_from>example.com</header_from></identifiers><auth_results>\(row.results)</auth_results></record>
      """
    }
    let begin = ReportingPeriodTests.first
    _ = try program.write(
      "in/report.xml",
      """
      <?xml version="1.0"?><feedback><report_metadata><org_name>old.example</org_name><email>d@old.example</email>\
      <report_id>np1</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range></report_metadata>\
      <policy_published><domain>example.com</domain><p>none</p></policy_published>\(records.joined())</feedback>
      """)
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    return program
  }

  private static let garbage = "Mail::DMARC::Report=HASH(0x39f1520)"

  @Test func listedPassesCount() throws {
    let program = try program([
      ("", Self.aligned), ("<policy_evaluated/>", Self.aligned),
      ("<policy_evaluated><disposition>none</disposition></policy_evaluated>", Self.aligned),
      (
        "<policy_evaluated><disposition>none</disposition><dkim>\(Self.garbage)</dkim><spf>\(Self.garbage)</spf></policy_evaluated>",
        Self.aligned
      ),
      ("<policy_evaluated><disposition/><dkim/><spf>fail</spf></policy_evaluated>", Self.aligned),
    ])
    let summary = try #require((try program.json("summary") as? [[String: Any]])?.first)
    #expect(summary["passed"] as? Int == 50 && summary["failed"] as? Int == 0)
    #expect(summary["pass_rate"] as? Double == 1 && summary["not_evaluated"] as? Int == 0)
    let rows = try #require(try program.json("export") as? [[String: Any]])
    #expect(rows.allSatisfy { $0["verdict"] as? String == "aligned" && $0["evaluation"] as? String == "computed" })
    let report = try program.run("show", "report", "1").output
    #expect(report.components(separatedBy: "not-evaluated").count - 1 == 5, "\(report)")
    let text = try program.run("explain", "192.0.2.10").output
    #expect(
      text.contains("DMARC pass (computed: the receiver reports no evaluation), disposition not reported"), "\(text)")
    #expect(!text.contains("the receiver evaluated") && !text.contains("DMARC fail"))
    let readiness = try program.run("readiness", "example.com").output
    #expect(readiness.contains("LOST PER DAY                  0.0"), "\(readiness)")
  }

  @Test func whatIsNotKnownIsLeftOut() throws {
    let failing = "<policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated>"
    let program = try program([
      ("<policy_evaluated><dkim></dkim><spf></spf></policy_evaluated>", "<spf><domain/><result/></spf>"),
      ("<policy_evaluated><dkim>pass</dkim><spf>pass</spf></policy_evaluated>", Self.aligned),
      (failing, "<spf><domain>example.com</domain><result>fail</result></spf>"),
    ])
    let summary = try #require((try program.json("summary") as? [[String: Any]])?.first)
    #expect(summary["messages"] as? Int == 30 && summary["not_evaluated"] as? Int == 10)
    #expect(summary["failed"] as? Int == 10 && summary["pass_rate"] as? Double == 0.5)
    #expect(try program.run("summary").output.contains("NOT EVALUATED"))
    let failures = try #require(try program.json("top-failures") as? [[String: Any]])
    #expect(failures.map { $0["source"] as? String } == ["192.0.2.12"])
    let text = try program.run("explain", "192.0.2.10").output
    #expect(text.contains("DMARC not evaluated, disposition not reported"), "\(text)")
    #expect(!text.contains("temperror") && !text.contains("neither SPF nor DKIM passed"), "\(text)")
    let row = try #require((try program.json("explain", "192.0.2.10") as? [[String: Any]])?.first)
    #expect(row["dmarc"] as? String == "none" && row["evaluation"] as? String == "none")
    #expect(row["confidence"] as? String == "low")
    let readiness = try program.run("readiness", "example.com").output
    #expect(readiness.contains("10 messages are left out"), "\(readiness)")
    #expect(readiness.contains("MESSAGES PER DAY              20.0"), "\(readiness)")
    #expect(try program.run("db", "check").output.contains("No damage found."))
  }
}
