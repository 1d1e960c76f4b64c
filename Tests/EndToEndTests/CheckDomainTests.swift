import Foundation
import Seeds
import Testing

/// `check domain`: against a real name server, its exit status, what reports add, and hostile records.
@Suite struct CheckDomainTests {
  private static let zone = Program.root + "/Tests/EndToEndTests/check/domains.zone"

  private static func rows(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private static func codes(_ row: [String: Any]) -> [String] {
    (row["findings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }.sorted()
  }

  @Test func findingsOverDNSAndLookupsAsPyspfCountsThem() throws {
    let program = try Program()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      Program.root + "/Tests/EndToEndTests/check_domains.py", Program.binary, program.folder, Self.zone, "--records",
      "60", "--seed", "\(Seeded.seed)",
    ]
    process.environment = ["PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.output.suffix(3_000)) \(result.errors.suffix(1_000))")
    #expect(result.output.contains(" 0 different"))
  }

  @Test func exitStatusForCron() throws {
    let program = try Program()
    func run(_ arguments: String...) throws -> Program.Result {
      try program.run(["check", "domain"] + arguments)
    }
    #expect(try run("well.test", "--zone", Self.zone).status == 0)
    // Warnings and notes are no errors.
    #expect(try run("d-pct.test", "d-watch.test", "--zone", Self.zone).status == 0)
    #expect(try run("well.test", "s-two.test", "--zone", Self.zone).status == 1)
    let quiet = try run("well.test", "d-pct.test", "--zone", Self.zone, "--quiet")
    #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
    // Nothing listens on the discard port.
    let dead = try run("well.test", "--resolver", "127.0.0.1:9", "--max-time", "1")
    #expect(dead.status == 3 && dead.errors.contains("no name server answered for well.test"), "\(dead.errors)")
    #expect(dead.output.contains("The check is incomplete"))
    #expect(try run().status == 2)
    #expect(try run("well.test", "--all").status == 2)
    #expect(try run("exa mple.com").status == 2)
    #expect(try run("well.test", "--selector", "a;b").status == 2)
    #expect(try run("well.test", "--zone", program.folder + "/missing.zone").status == 3)
    #expect(try run("--all", "--zone", Self.zone).status == 4)
  }

  @Test func allDomainsOfTheStoreAndASummary() throws {
    let program = try Program()
    _ = try program.run("ingest", "--quiet", Program.samples)
    let text = try program.run("check", "domain", "--all", "--zone", "reports-sample/example.zone")
    #expect(text.status == 1)
    #expect(text.output.contains("example.com: ") && text.output.contains("example.org: "))
    #expect(text.output.split(separator: "\n").last?.contains(" domains: ") == true, "\(text.output)")
    let rows = try Self.rows(
      program.run("check", "domain", "--all", "--zone", "reports-sample/example.zone", "--format", "ndjson").output)
    #expect(rows.count > 1)
    let example = try #require(rows.first { $0["domain"] as? String == "example.com" })
    // The sample month has mail through one include and none through the other, and keys that the zone lacks.
    let unused = (example["findings"] as? [[String: Any]])?.filter { $0["code"] as? String == "spf-include-unused" }
    #expect(unused?.count == 1 && (unused?.first?["text"] as? String)?.contains("spf.oldservice.example") == true)
    #expect(Self.codes(example).contains("dkim-missing"))
    let terms = (example["spf"] as? [String: Any])?["terms"] as? [[String: Any]]
    #expect(terms?.contains { ($0["messages"] as? Int ?? 0) > 0 && $0["only_spf"] is Int } == true)
  }

  /// Names in reports are untrusted: they must not get into commands and records that people paste.
  @Test func invalidNamesInReportsAreLeftOut() throws {
    let program = try Program()
    let name = "03-bigmail.example!example.com!1790812800!1790899199.xml"
    let report = try String(contentsOfFile: Program.samples + "/" + name, encoding: .utf8)
    _ = try program.write("in/good.xml", report)
    _ = try program.write(
      "in/hostile.xml",
      report.replacing("<domain>example.com</domain>", with: "<domain>$(touch pwned).example</domain>")
        .replacing(/<report_id>[^<]*/, with: "<report_id>hostile"))
    #expect(try program.run("ingest", "--quiet", program.folder + "/in").status == 0)
    let zone = try program.write(
      "names.zone", "_dmarc.$(touch\\032pwned).example. TXT \"v=DMARC1; p=none\"\nexample.com. TXT \"v=spf1 -all\"\n")
    #expect(try program.run("summary").output.contains("pwned"))
    let result = try program.run("check", "domain", "--all", "--zone", zone)
    #expect(result.status == 1 && result.output.contains("example.com: "), "\(result.errors)")
    #expect(!result.output.contains("pwned"))
  }

  @Test func internationalNames() throws {
    let program = try Program()
    let zone = try program.write("idn.zone", "xn--bcher-kva.example. TXT \"v=spf1 -all\"\n")
    let result = try program.run("check", "domain", "bücher.example", "--zone", zone)
    #expect(result.output.contains("bücher.example (xn--bcher-kva.example): "), "\(result.output)")
    #expect(result.output.contains("Publish: _dmarc.xn--bcher-kva.example. TXT \"v=DMARC1; p=reject\""))
  }

  @Test func aDatabaseThatCannotBeReadIsNoObstacle() throws {
    let program = try Program()
    _ = try program.write("reports.sqlite", "not a database")
    let result = try program.run("check", "domain", "well.test", "--zone", Self.zone)
    #expect(result.status == 0 && result.errors.contains("what reports say is left out"), "\(result.errors)")
    let named = try program.run("check", "domain", "well.test", "--zone", Self.zone, "--database", program.database)
    #expect(named.status == 4)
  }

  /// Each domain of this zone tries to cost time or memory, or to write to the terminal.
  @Test func hostileRecords() throws {
    let program = try Program()
    let long = String(repeating: "a", count: 63)
    func text(_ parts: [String]) -> String {
      var rest = parts.joined()[...]
      var strings: [String] = []
      while !rest.isEmpty {
        strings.append("\"\(rest.prefix(250))\"")
        rest = rest.dropFirst(250)
      }
      return strings.joined(separator: " ")
    }
    var records = [
      "many.test. TXT \(text(["v=spf1"] + (0..<4_000).map { " include:i\($0).test" } + [" -all"]))",
      "tree.test. TXT \"v=spf1 include:n0.test include:n1.test -all\"",
      "large.test. TXT \(text([String(repeating: "x", count: 64_000)]))",
      "large.test. TXT \(text(["v=spf1 ", String(repeating: "?", count: 60_000)]))",
      "_dmarc.large.test. TXT \(text(["v=DMARC1; p=none; ", String(repeating: ";=", count: 30_000)]))",
      "_dmarc.addresses.test. TXT \(text(["v=DMARC1; p=none; rua="] + (0..<2_000).map { "mailto:a@x\($0).test," }))",
      "s1._domainkey.addresses.test. TXT \(text(["v=DKIM1; p=", String(repeating: "MIIB", count: 16_000)]))",
      "control.test. TXT \"v=spf1 \\027[31mred\\007 \\255\\254 include:\\000.test -all\"",
      "_dmarc.control.test. TXT \"v=DMARC1; p=\\027]0;owned\\007; \\127=x; \\226\\128\\174=1\"",
      "s1._domainkey.control.test. TXT \"v=DKIM1; p=\\027[2J; k=\\155\"",
      "numbers.test. TXT \"v=spf1 ip4:999999999999999999999/99999999999999999999 ip4:192.0.2.1/-1 a//99999999999999999999 -all\"",
      "numbers.test. MX 99999999999999999999 mx.test.", "numbers.test. MX -1 mx.test.",
      "_25._tcp.mx.test. TLSA 999999999999 -1 256 zz", "mx.test. A 192.0.2.1",
      "_dmarc.numbers.test. TXT \"v=DMARC1; p=reject; pct=99999999999999999999999; rua=mailto:a@numbers.test!99999999999999999999999g\"",
      "labels.test. TXT \"v=spf1 include:\(long).\(long).\(long).\(long).\(long).test a:.. mx:\(long)\(long).test redirect=%{d99999999999999999999}\"",
      "alias.test. MX 10 c0.test.",
    ]
    // Every record includes two others: a walk without bounds would never end.
    for number in 0..<200 {
      records.append(
        "n\(number).test. TXT \"v=spf1 include:n\(number * 7 % 200).test include:n\(number + 1).test -all\"")
      records.append("c\(number).test. CNAME c\((number + 1) % 200).test.")
      records.append("svc\(number)._domainkey.alias.test. CNAME svc\((number + 1) % 200)._domainkey.alias.test.")
    }
    let zone = try program.write("hostile.zone", "$ORIGIN .\n" + records.joined(separator: "\n") + "\n")
    let names = ["many", "tree", "large", "addresses", "control", "numbers", "labels", "alias"].map { $0 + ".test" }
    for format in ["table", "csv", "json", "ndjson"] {
      let result = try program.run(
        ["check", "domain", "--zone", zone, "--selector", "svc0", "--format", format] + names)
      #expect(result.status == 1 && result.errors.isEmpty, "\(format) \(result.errors)")
      let hidden = result.output.unicodeScalars.filter { $0.value < 0x20 || $0.value == 0x7f }
      #expect(hidden.allSatisfy("\r\n".unicodeScalars.contains), "\(format)")
      #expect(!result.output.contains("\u{202e}"))
      if format == "table" {
        for name in names { #expect(result.output.contains("\(name): ")) }
      }
      guard format == "ndjson" else { continue }
      for row in try Self.rows(result.output) {
        #expect((row["findings"] as? [Any] ?? []).count < 150)
        let lookUps = (row["spf"] as? [String: Any])?["look_ups"] as? Int ?? 0
        if row["domain"] as? String == "many.test" { #expect(lookUps > 400) }
      }
    }
  }
}
