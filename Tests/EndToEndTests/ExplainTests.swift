import Foundation
import Testing

/// What `explain` takes, and how it sums it up.
@Suite struct ExplainTests {
  private static func row(
    _ source: String, _ count: Int, dkim: String = "fail", spf: String = "fail", from: String = "example.com",
    _ results: String
  ) -> String {
    """
    <record><row><source_ip>\(source)</source_ip><count>\(count)</count><policy_evaluated><disposition>none</disposition>
    <dkim>\(dkim)</dkim><spf>\(spf)</spf></policy_evaluated></row><identifiers><header_from>\(from)</header_from></identifiers>
    <auth_results>\(results)</auth_results></record>
    """
  }

  private static func signature(_ domain: String, _ selector: String, _ result: String) -> String {
    "<dkim><domain>\(domain)</domain><selector>\(selector)</selector><result>\(result)</result></dkim>"
  }

  private static func envelope(_ domain: String, _ result: String) -> String {
    "<spf><domain>\(domain)</domain><result>\(result)</result></spf>"
  }

  private static func program() throws -> Program {
    let program = try Program()
    let rows =
      row(
        "192.0.2.20", 3, dkim: "pass", spf: "pass",
        signature("example.com", "", "fail") + signature("other.example", "o", "pass")
          + signature("example.com", "rsa", "pass") + envelope("example.com", "pass"))
      + row(
        "198.51.100.1", 5, signature("mailer.example", "m", "pass") + envelope("b.mailer.example", "pass"))
      + row(
        "198.51.100.2", 4, signature("mailer.example", "m", "pass") + envelope("b.mailer.example", "pass"))
      + row("203.0.113.9", 1, from: "example.org", envelope("example.org", "fail"))
    _ = try program.write(
      "in/a.xml",
      """
      <feedback><report_metadata><org_name>r.example</org_name><email>a@r.example</email><report_id>r1</report_id>
      <date_range><begin>1790812800</begin><end>1790899199</end></date_range></report_metadata>
      <policy_published><domain>example.com</domain><p>none</p></policy_published>\(rows)</feedback>
      """)
    #expect(try program.run("ingest", "--quiet", program.folder + "/in").status == 0)
    return program
  }

  @Test func theSignatureThatDecidesComesFirst() throws {
    let program = try Self.program()
    let explained = try program.run("explain", "192.0.2.20").output
    #expect(
      explained.contains("DKIM: pass example.com (rsa), pass other.example (o), fail example.com"), "\(explained)")
    let shown = try program.run("show", "report", "r1").output
    #expect(shown.contains("pass example.com (rsa)") && !shown.contains("fail example.com ()"), "\(shown)")
    // Programs get the results as they were reported.
    let json = try program.run("explain", "192.0.2.20", "--format", "ndjson").output
    let first = try #require(json.range(of: "\"result\":\"fail\""))
    let second = try #require(json.range(of: "\"rsa\""))
    #expect(first.lowerBound < second.lowerBound)
  }

  @Test func whatIsKnownIsNotCalledUnknown() throws {
    let program = try Self.program()
    let explained = try program.run("explain", "192.0.2.20").output
    #expect(explained.contains("in your SPF record"))
    #expect(!explained.contains("whether your SPF record authorises"))
    #expect(explained.contains("which term of your SPF record authorises the address"))
  }

  @Test(arguments: ["198.51.100.0/24", "mailer.example", "Newsletter"])
  func aPoolIsExplainedOnce(_ subject: String) throws {
    let program = try Self.program()
    if subject == "Newsletter" {
      let added = try program.run("senders", "add", "Newsletter", "--domain", "mailer.example")
      #expect(added.output.contains("2 addresses with 9 messages"), "\(added.output)")
    }
    let explained = try program.run("explain", subject)
    #expect(explained.output.contains("198.51.100.0/24  9 messages from example.com"), "\(explained)")
    #expect(explained.output.contains("addresses: 2, networks: 1"))
    #expect(explained.output.components(separatedBy: "VERDICT").count == 2)
    if subject != "Newsletter" {
      let proposal = "dmarcstat senders add mailer.example --kind service --domain mailer.example"
      #expect(explained.output.contains(proposal), "\(explained.output)")
      let lines = try program.run("unknown-senders", "--format", "ndjson", "--addresses").output.split(separator: "\n")
      #expect(lines.filter { $0.contains("\"198.51.100.") }.allSatisfy { $0.contains(proposal) }, "\(lines)")
    }
  }

  @Test func ownDomainsAndRecordsAreExplained() throws {
    let program = try Self.program()
    #expect(try program.run("explain", "example.org").output.hasPrefix("203.0.113.9  1 message from"))
    #expect(try program.run("explain", "r1:3").output.hasPrefix("203.0.113.9  1 message from"))
    #expect(try program.run("explain", "1#3").output.hasPrefix("203.0.113.9  1 message from"))
    #expect(try program.run("explain", "r1:99").status == 1)
  }

  @Test func aSenderOfManyOrganisationsIsExplainedOnce() throws {
    let program = try Program()
    for number in 1...8 {
      let domain = "d\(number).example"
      _ = try program.write(
        "in/\(number).xml",
        """
        <feedback><report_metadata><org_name>r.example</org_name><email>a@r.example</email><report_id>\(number)</report_id>
        <date_range><begin>1790812800</begin><end>1790899199</end></date_range></report_metadata>
        <policy_published><domain>\(domain)</domain><p>none</p></policy_published>
        \(Self.row("203.0.113.\(number)", 2, from: domain, Self.envelope("mailer.example", "pass")))</feedback>
        """)
    }
    #expect(try program.run("ingest", "--quiet", program.folder + "/in").status == 0)
    let explained = try program.run("explain", "mailer.example").output
    #expect(
      explained.hasPrefix("203.0.113.0/24  16 messages from ") && explained.contains(" +5, 2026-10-01"), "\(explained)")
    #expect(explained.components(separatedBy: "VERDICT").count == 2)
  }

  @Test(arguments: [
    ("192.0.2.77", "near it: 192.0.2.20"), ("exmaple.com", "near it: example.com"), ("nobody", "name an address"),
  ])
  func whatIsUnknownIsSaidWithWhatIsNear(_ subject: String, _ hint: String) throws {
    let result = try Self.program().run("explain", subject)
    #expect(result.status == 1)
    #expect(result.errors.contains("nothing is known about \(subject)") && result.errors.contains(hint), "\(result)")
  }
}
