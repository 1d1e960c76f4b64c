import Foundation
import Testing

/// What `unknown-senders` puts first, and how it is folded.
@Suite struct UnknownSendersTests {
  private static func row(_ source: String, _ count: Int) -> String {
    """
    <record><row><source_ip>\(source)</source_ip><count>\(count)</count><policy_evaluated><disposition>none</disposition>
    <dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers>
    <auth_results><spf><domain>example.com</domain><result>fail</result></spf></auth_results></record>
    """
  }

  /// Forty days: a web form on most of them, scattered single messages, and on two days a campaign from 120 networks.
  private static func program() throws -> Program {
    let program = try Program()
    for day in 0..<40 {
      var rows = day % 7 < 5 ? row("192.0.2.80", 2) : ""
      if day != 20, day != 21 {
        rows += row("198.18.\(day).7", 3)
      } else {
        for host in 0..<120 { rows += row("203.0.\(host).\(day)", 4) }
      }
      let begin = 1_782_864_000 + day * 86_400
      _ = try program.write(
        "in/\(day).xml",
        """
        <feedback><report_metadata><org_name>r.example</org_name><email>a@r.example</email><report_id>\(day)</report_id>
        <date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range></report_metadata>
        <policy_published><domain>example.com</domain><p>none</p></policy_published>\(rows)</feedback>
        """)
    }
    #expect(try program.run("ingest", "--quiet", program.folder + "/in").status == 0)
    return program
  }

  @Test func oneLineIsOneDecisionAndTheImportantOnesComeFirst() throws {
    let program = try Self.program()
    let lines = try program.run("unknown-senders", "--limit", "0", "--format", "ndjson").output.split(separator: "\n")
      .map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    let campaign = try #require(lines.first)
    #expect(campaign["form"] as? String == "campaign")
    #expect(campaign["addresses"] as? Int == 240)
    #expect(campaign["networks"] as? Int == 120)
    #expect(campaign["days"] as? Int == 2)
    #expect(campaign["messages"] as? Int == 960)
    #expect(campaign["declare"] is NSNull)
    // The web form comes next, before forty single messages.
    #expect(lines[1]["source"] as? String == "192.0.2.80")
    #expect(lines[1]["steady"] as? Bool == true)
    #expect(
      lines[1]["declare"] as? String == "dmarcstat senders add 192.0.2.80 --kind own --address 192.0.2.80")
    #expect(lines.dropFirst(2).allSatisfy { $0["form"] as? String == "address" && $0["level"] as? String != "high" })
  }

  @Test func aHostOfOnesOwnIsNotHiddenInACampaign() throws {
    let program = try Self.program()
    let zone = try program.write(
      "hosts.zone",
      """
      20.3.0.203.in-addr.arpa. PTR web.example.com.
      web.example.com. A 203.0.3.20

      """)
    _ = try program.run("senders", "refresh", "--quiet", "--zone", zone)
    let output = try program.run("unknown-senders", "--limit", "0", "--format", "ndjson").output
    // It is told as one of one's own, so it is no unknown sender either.
    #expect(!output.contains("203.0.3.20"), "\(output.prefix(2_000))")
    #expect(try program.run("explain", "203.0.3.20").output.contains("own-misconfigured/unsigned-not-in-spf"))
    #expect(output.contains("\"addresses\":239"))
  }

  @Test func aListThatIsCutSaysHowMuchIsLeft() throws {
    let program = try Self.program()
    let cut = try program.run("unknown-senders", "--limit", "2").output
    #expect(cut.contains("more lines with 1") && cut.contains("messages not shown: --limit 0 shows all"), "\(cut)")
    #expect(!(try program.run("unknown-senders", "--limit", "0").output.contains("not shown")))
    let csv = try program.run("unknown-senders", "--limit", "2", "--format", "csv")
    #expect(csv.errors.contains("--limit 0 shows all") && !csv.output.contains("not shown"))
    #expect(try program.run("unknown-senders", "--help").output.contains("high (18"))
  }

  @Test func addressesAreUnfolded() throws {
    let program = try Self.program()
    let output = try program.run("unknown-senders", "--addresses", "--limit", "0", "--format", "csv").output
    #expect(try CSV.rows(output).count > 240)
  }
}
