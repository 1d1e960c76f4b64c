import Foundation
import Testing

/// Reporters write one internationalised domain in several ways.
@Suite struct InternationalDomainTests {
  private static let ascii = "xn--bcher-kva.example"
  private static let spellings = [
    "bücher.example", ascii, "BÜCHER.EXAMPLE", "bu\u{308}cher.example", "XN--Bcher-kva.example.", "bücher。example",
  ]

  private static func xml(_ id: String, _ domain: String, _ count: Int) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?><feedback><report_metadata><org_name>receiver.example</org_name>\
    <email>dmarc@receiver.example</email><report_id>\(id)</report_id>\
    <date_range><begin>1790812800</begin><end>1790899199</end></date_range></report_metadata>\
    <policy_published><domain>\(domain)</domain><adkim>r</adkim><aspf>r</aspf><p>none</p></policy_published>\
    <record><row><source_ip>203.0.113.12</source_ip><count>\(count)</count><policy_evaluated><disposition>none</disposition>\
    <dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>\(domain)</header_from></identifiers>\
    <auth_results><dkim><domain>\(domain)</domain><selector>s1</selector><result>fail</result></dkim>\
    <spf><domain>shop.\(domain)</domain><result>pass</result></spf></auth_results></record></feedback>
    """
  }

  private func store() throws -> Program {
    let program = try Program()
    for (number, spelling) in Self.spellings.enumerated() {
      _ = try program.write("in/\(number).xml", Self.xml("\(number)", spelling, number + 1))
    }
    #expect(try program.run("ingest", program.folder + "/in").status == 0)
    return program
  }

  @Test func spellingsAreOneDomain() throws {
    let program = try store()
    let summary = try CSV.rows(program.run("summary", "--format", "csv").output)
    #expect(summary.dropFirst().map { Array($0[..<2]) } == [[Self.ascii, "21"]])
    let failures = try CSV.rows(program.run("top-failures", "--by", "header-from", "--format", "csv").output)
    #expect(failures.dropFirst().map(\.first) == [Self.ascii])
    let rows = try CSV.rows(program.run("export", "--rows", "--format", "csv").output)
    let columns = ["verdict", "subtype", "confidence", "rule"].compactMap { rows.first?.firstIndex(of: $0) }
    #expect(columns.count == 4)
    #expect(Set(rows.dropFirst().map { row in columns.map { row[$0] } }).count == 1)
  }

  @Test(arguments: spellings) func commandsTakeEverySpelling(_ spelling: String) throws {
    let program = try store()
    for command in [
      ["summary", "--domain", spelling], ["show", "domain", spelling], ["readiness", spelling],
      ["unknown-senders", "-d", spelling], ["explain", "203.0.113.12", "-d", spelling],
      ["top-failures", "-d", spelling],
    ] {
      let answer = try program.run(command)
      #expect([0, 1, 8].contains(answer.status), "\(command): \(answer.errors)")
      #expect(answer.output.contains("bücher.example (\(Self.ascii))"), "\(command): \(answer.output)")
      let json = try program.run(command + ["--format", "json"])
      #expect(!json.output.contains("bücher"), "\(command): \(json.output)")
    }
    #expect(try program.run("senders", "add", "Shop", "--kind", "own", "--domain", "shop." + spelling).status == 0)
    let known = try CSV.rows(program.run("export", "--rows", "--format", "csv").output).dropFirst()
    #expect(known.allSatisfy { $0.contains("Shop") })
    #expect(known.count == Self.spellings.count)
  }

  @Test(arguments: spellings) func theConfigurationTakesEverySpelling(_ spelling: String) throws {
    let program = try Program()
    _ = try program.write(
      ".config/dmarcstat/config.yaml",
      """
      own_domains: ["\(spelling)"]
      trusted_hosts: ["mx.\(spelling)"]
      known_senders:
        - {name: Shop, kind: own, domains: ["shop.\(spelling)"], hosts: ["mx.\(spelling)"]}

      """)
    _ = try program.write("in/0.xml", Self.xml("0", "bücher.example", 1))
    let ingested = try program.run("ingest", program.folder + "/in")
    #expect(ingested.status == 0, "\(ingested.errors)")
    #expect(try program.run("export", "--rows", "--format", "csv").output.contains(",Shop,"))
  }

  @Test(arguments: ["bücher.example", ascii], ["bücher.example", ascii])
  func zoneFilesTakeBothForms(_ owner: String, _ asked: String) throws {
    let program = try Program()
    let zone = try program.write(
      "zone",
      "\(owner). TXT \"v=spf1 ip4:192.0.2.0/24 include:_spf.\(Self.ascii) -all\"\n_spf.\(owner). TXT \"v=spf1 ip4:198.51.100.7 -all\"\n"
    )
    let answer = try program.run("senders", "spf", asked, "--zone", zone, "--format", "csv")
    #expect(answer.status == 0, "\(answer.errors)")
    #expect(answer.output.contains("198.51.100.7"), "\(answer.output) \(answer.errors)")
  }

  @Test func reportedNamesArePrintedByParse() throws {
    let program = try Program()
    let file = try program.write("0.xml", Self.xml("0", "BÜCHER.example", 1))
    let line = try program.run("parse", file).output
    #expect(line.contains("\"header_from\":\"BÜCHER.example\""))
    #expect(line.contains("\"policy_domain\":\"\(Self.ascii)\""))
  }
}
