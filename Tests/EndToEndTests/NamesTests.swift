import Foundation
import Seeds
import Testing

/// `names`, and the answers that group sources by operator.
@Suite struct NamesTests {
  private static let map = """
    base_reverse_dns,name,type
    example.edu,Example University,Education
    evil.example,Example Bank,Finance

    """

  private func program(_ names: String = "[map.csv, lite.mmdb]", type: String = "ipinfo ipinfo_lite.mmdb") throws
    -> (program: Program, config: String)
  {
    let program = try Program()
    _ = try program.write("map.csv", Self.map)
    var file = GeoFile(type: type, built: 1_500_000_000)
    file.add(
      [198, 51, 100, 0], length: 24,
      .map([("asn", .text("AS64500")), ("as_name", .text("Example \u{1b}[31mNet")), ("country_code", .text("JP"))]))
    try file.bytes().write(to: URL(fileURLWithPath: program.folder + "/lite.mmdb"))
    let config = try program.write("config.yaml", "names: \(names)\nlang: en\n")
    return (program, config)
  }

  private func rows(_ result: Program.Result) throws -> [[String: Any]] {
    let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(value as? [[String: Any]], "\(result.output) \(result.errors)")
  }

  @Test func filesAreListedWithTheirAge() throws {
    let (program, config) = try program()
    let result = try program.run("names", "--config", config)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("CC BY-SA 4.0 (IPinfo)") && result.output.contains("CC BY-SA 4.0 (parsedmarc)"))
    #expect(result.output.contains("2017-07-14") && result.output.contains("stale after 90"))
    let rows = try rows(program.run("names", "--config", config, "--format", "json"))
    #expect(rows.map { $0["state"] as? String } == ["ok", "ok", "stale"])
    #expect(rows.map { $0["entries"] as? Int }[1...] == [2, 1])
  }

  @Test func filesThatCannotBeUsedAreNamed() throws {
    let (program, config) = try program("[map.csv, wrong.csv, gone.mmdb]")
    _ = try program.write("wrong.csv", "domain,name\nexample.edu,X\n")
    let result = try program.run("names", "--config", config)
    #expect(result.status == 1)
    #expect(result.output.contains("wrong.csv: line 1: the columns must be base_reverse_dns,name,type"))
    #expect(result.output.contains("gone.mmdb"))
    for command in [["top-failures", "--by", "operator"], ["names", "192.0.2.1"]] {
      _ = try program.run("ingest", "--quiet", Program.samples)
      let failed = try program.run(command + ["--config", config])
      #expect(failed.status == 2 && failed.errors.contains("wrong.csv: line 1"), "\(command) \(failed.errors)")
    }
    // Without `--by operator`, no file with names is needed.
    #expect(try program.run("top-failures", "--config", config).status == 0)
    let doctor = try program.run("doctor", "--local", "--config", config)
    #expect(doctor.output.contains("wrong.csv: line 1") && doctor.status == 1)
  }

  @Test func doctorWarnsOfStaleFiles() throws {
    let (program, config) = try program()
    let rows = try rows(program.run("doctor", "--local", "--config", config, "--format", "json"))
    let found = rows.filter { ($0["code"] as? String)?.hasPrefix("names-") == true }
    #expect(found.map { $0["state"] as? String } == ["ok", "warning"])
    #expect(found.last?["next_step"] is String)
  }

  /// An attacker can give an address any name, but cannot make that name resolve to it.
  @Test func onlyConfirmedHostNamesName() throws {
    let (program, config) = try program()
    let zone = try program.write(
      "names.zone",
      """
      10.100.51.198.in-addr.arpa. PTR mail.evil.example.
      20.2.0.192.in-addr.arpa. PTR mx.example.edu.
      mx.example.edu. A 192.0.2.20
      30.2.0.192.in-addr.arpa. PTR mx.example.edu.
      mail.evil.example. A 203.0.113.99
      """)
    let subjects = ["198.51.100.10", "192.0.2.20", "192.0.2.30", "mx.example.edu", "mail.evil.example", "gone.example"]
    let arguments = ["--config", config, "--zone", zone]
    let rows = try rows(program.run(["names"] + subjects + arguments + ["--format", "json"]))
    func values(_ key: String) -> [String] { rows.map { $0[key] as? String ?? "-" } }
    #expect(
      values("name") == [
        "AS64500 Example [31mNet", "Example University", "192.0.2.0/24", "Example University", "-", "-",
      ])
    #expect(values("named_by") == ["asn", "map", "network", "map", "-", "-"])
    #expect(
      values("host_state") == ["unconfirmed", "confirmed", "unconfirmed", "confirmed", "unconfirmed", "none"])
    #expect(
      values("unconfirmed_name") == ["Example Bank", "-", "Example University", "-", "Example Bank", "-"])
    let text = try program.run(["names"] + subjects + arguments).output
    #expect(text.contains("It claims to be Example Bank; whoever has the address can give it any name."))
    #expect(!text.contains("\u{1b}"))
    let offline = try program.run("names", "192.0.2.20", "--config", config, "--offline", "--format", "json")
    #expect(try self.rows(offline).first?["host_state"] as? String == "unknown")
  }

  @Test func sourcesAreGroupedByName() throws {
    let (program, config) = try program()
    let zone = Program.samples + "/example.zone"
    _ = try program.run("ingest", "--quiet", Program.samples, "--config", config)
    #expect(try program.run("senders", "refresh", "--zone", zone, "--config", config).status == 0)
    _ = try program.run("senders", "add", "Desk", "--address", "198.51.100.60", "--config", config)
    for (command, key) in [("top-failures", "operator"), ("unknown-senders", "source"), ("forwarding", "forwarder")] {
      let arguments = [command, "--by", "operator", "--config", config, "--format", "json"]
      let all = try rows(program.run(arguments + ["--limit", "0"]))
      let names = all.compactMap { $0[key] as? String }
      #expect(Set(names).count == names.count && names.count > 2, "\(command) \(names)")
      // No message is lost, and each page begins after the one before.
      let plain = try rows(program.run(command, "--config", config, "--format", "json", "--limit", "0"))
      func sum(_ rows: [[String: Any]]) -> Int { rows.compactMap { $0["messages"] as? Int }.reduce(0, +) }
      #expect(sum(all) == sum(plain), "\(command)")
      var paged: [String] = []
      var next: String?
      repeat {
        let page = try rows(program.run(arguments + ["--limit", "1"] + (next.map { ["--after", $0] } ?? [])))
        paged += page.compactMap { $0[key] as? String }
        next = page.last?["next"] as? String
      } while next != nil && paged.count <= names.count
      #expect(paged == names, "\(command)")
    }
    let failures = try rows(program.run("top-failures", "--by", "operator", "--config", config, "--format", "json"))
    let bases = Dictionary(
      uniqueKeysWithValues: failures.compactMap { row in
        (row["operator"] as? String).map { ($0, row["named_by"] as? [String]) }
      })
    #expect(bases["Desk"] == ["declared"])
    #expect(bases["Example University"] == ["map"])
    #expect(bases["AS64500 Example [31mNet"] == ["asn"])
    #expect(try program.run("unknown-senders", "--by", "operator", "--addresses").status == 2)
  }
}
