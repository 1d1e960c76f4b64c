import Foundation
import Seeds
import Testing

/// The commands that classify, look up and explain.
@Suite struct VerdictCommandTests {
  private static let zone = Program.samples + "/example.zone"

  private func lines(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private static let record = """
    {"source_ip": "203.0.113.77", "count": 3, "policy_published": {"domain": "example.com", "adkim": "r", "aspf": "r"},
     "policy_evaluated": {"disposition": "none", "dkim": "pass", "spf": "fail", "reasons": []},
     "identifiers": {"header_from": "example.com", "envelope_from": "example.com"},
     "auth_results": {"dkim": [{"domain": "example.com", "selector": "S1", "result": "pass"}],
      "spf": [{"domain": "example.com", "result": "hardfail", "scope": "mfrom"}]}}
    """
  private static let context = """
    {"ptr": "mx.uni.example", "ptr_confirmed": true, "asn": 64501, "history": {"sign_rate": 1.0,
     "selectors": {"example.com/s1": {"msgs": 5000, "origin_infra": ["example.com"]}}}}
    """

  @Test func classifyAcceptsCasesInEveryForm() throws {
    let program = try Program()
    let one = "{\"id\": \"a\", \"record\": \(Self.record), \"context\": \(Self.context)}"
    let line = one.split(separator: "\n").joined()
    for text in [one, "[\(one)]", "{\"cases\": [\(one)]}", line + "\n\n" + line + "\n"] {
      let path = program.folder + "/cases.json"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let result = try program.run("classify", "--json", path)
      #expect(result.status == 0, "\(result.errors)")
      for found in try lines(result.output) {
        #expect(found["category"] as? String == "forwarded")
        #expect(found["subtype"] as? String == "dkim-survived")
        #expect(found["confidence"] as? String == "high")
        #expect(found["rule"] as? String == "R5a")
        #expect(found["unknown_ip"] as? Bool == false)
        #expect((found["evidence"] as? [[String: String]])?.contains { $0["code"] == "SELECTOR_ELSEWHERE" } == true)
      }
    }
  }

  @Test func invalidCaseAffectsOnlyItself() throws {
    let program = try Program()
    let path = program.folder + "/cases.json"
    let text = """
      [{"record": \(Self.record)}, {"id": "x"}, {"record": {"source_ip": "nowhere"}}, 7,
       {"record": \(Self.record), "context": {"ptrr": "a"}}, {"record": {"source_ip": "192.0.2.1", "count": "many"}}]
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let result = try program.run("classify", "--json", path)
    #expect(result.status == 1)
    #expect(try lines(result.output).count == 2)
    for part in [
      "case 2: \"record\" is missing", "not a valid IP address", "not a JSON object", "unknown key \"ptrr\"",
      "\"record.count\" is not of type",
    ] {
      #expect(result.errors.contains(part), "\(part) in \(result.errors)")
    }
    #expect(try program.run("classify", "--json", program.folder + "/none").status == 3)
  }

  @Test func adviceUsesTheLanguageOfTheLocale() throws {
    let program = try Program()
    let path = program.folder + "/case.json"
    try Data("{\"record\": \(Self.record)}".utf8).write(to: URL(fileURLWithPath: path))
    func advice(_ arguments: [String], _ environment: [String: String]) throws -> String {
      let result = try program.run(["classify", "--json", path] + arguments, environment: environment)
      return try #require(try lines(result.output).first?["advice"] as? String)
    }
    #expect(try advice([], [:]).contains("othing to fix"))
    #expect(try advice([], ["LANG": "ja_JP.UTF-8"]).contains("修正は不要"))
    #expect(try advice([], ["LANG": "ja_JP.UTF-8", "LC_ALL": "C"]).contains("othing to fix"))
    #expect(try advice(["--lang", "ja"], [:]).contains("修正は不要"))
    #expect(try program.run("classify", "--json", path, "--lang", "xx").status == 2)
  }

  @Test func lookUpsChangeVerdictsAndAreStored() throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    func verdict(_ address: String) throws -> String {
      let found = try lines(try program.run("explain", address, "--format", "ndjson").output)
      return found.map { "\($0["verdict"] ?? "")/\($0["subtype"] ?? "") \($0["confidence"] ?? "")" }.first ?? ""
    }
    #expect(try verdict("203.0.113.95") == "forwarded-modified/unidentified-relay low")
    let first = try program.run("senders", "refresh", "--zone", Self.zone)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("4 with an SPF record"), "\(first.output)")
    #expect(try verdict("203.0.113.95") == "forwarded-modified/gateway medium")
    // The name of this host is not forward-confirmed.
    #expect(try verdict("203.0.113.203").hasPrefix("unknown-unauthenticated"))
    let second = try program.run("senders", "refresh", "--zone", Self.zone)
    #expect(second.output.contains(" 0 queries sent"), "\(second.output)")
    let explained = try program.run("explain", "192.0.2.25")
    #expect(explained.output.contains("example.com > spf.mailer.example"), "\(explained.output)")
    let ready = try object(try program.run("readiness", "example.com", "--format", "json").output)
    let includes = try #require(ready["includes"] as? [[String: Any]])
    #expect(includes.map { $0["include"] as? String } == ["spf.mailer.example", "spf.oldservice.example"])
    #expect((includes.first?["removal"] as? String)?.contains("would cost") == true)
    #expect((includes.last?["removal"] as? String)?.contains("No mail came") == true)
  }

  @Test func spfTableOfSenders() throws {
    let program = try Program()
    let result = try program.run("senders", "spf", "example.com", "--zone", Self.zone, "--format", "json")
    #expect(result.status == 0, "\(result.errors)")
    let found = try object(result.output)
    #expect(found["look_ups"] as? Int == 2)
    let ranges = try #require(found["ranges"] as? [[String: Any]])
    #expect(
      ranges.map { $0["network"] as? String } == [
        "192.0.2.10", "192.0.2.25", "198.51.100.16/28", "203.0.113.128/28", "2001:db8:25::10",
      ])
    #expect(ranges.map { $0["shared"] as? Bool } == [false, true, true, true, false])
    #expect(try program.run("senders", "spf", "nothing.example", "--zone", Self.zone).status == 1)
    #expect(try program.run("senders", "spf", "example.com", "--resolver", "not-a-server").status == 2)
  }

  @Test(arguments: [[], ["--messages"]])
  func expansionAndEvaluationAgreeWithAnIndependentImplementation(_ options: [String]) throws {
    let program = try Program()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments =
      [
        Program.root + "/Tests/EndToEndTests/spf_compare.py", Program.binary, program.folder, "--records", "40",
        "--seed",
        "\(Seeded.seed)",
      ] + options
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.output.suffix(3_000)) \(result.errors.suffix(1_000))")
    #expect(result.output.contains(" 0 different"))
  }

  @Test func suggestionsCanBeApplied() throws {
    let program = try Program()
    _ = try program.run("ingest", "--quiet", Program.samples)
    let proposed = try program.run("senders", "suggest", "--domain", "example.com")
    #expect(
      proposed.output.contains("dmarcstat senders add 192.0.2.10 --kind own --address 192.0.2.10"), "\(proposed.output)"
    )
    #expect(proposed.output.contains("dmarcstat senders add mailer.example --kind service --domain mailer.example"))
    for stranger in ["promo.example", "resend.example", "203.0.113.2"] { #expect(!proposed.output.contains(stranger)) }
    #expect(try program.run("senders", "suggest", "--apply").status == 0)
    #expect(try program.run("senders", "suggest").output.contains("Nothing to suggest"))
    #expect(try program.run("senders", "list").output.contains("mailer.example"))
  }

  @Test func declaringASenderUpdatesDependentVerdicts() throws {
    let program = try Program()
    _ = try program.run("ingest", "--quiet", Program.samples)
    func look() throws -> Set<String> {
      Set(
        try lines(try program.run("unknown-senders", "--addresses", "-n", "0", "--format", "ndjson").output)
          .compactMap { $0["source"] as? String })
    }
    #expect(try look().contains("192.0.2.80"))
    _ = try program.run("senders", "add", "Shop", "--kind", "own", "--address", "192.0.2.80")
    #expect(try !look().contains("192.0.2.80"))
    _ = try program.run("senders", "remove", "Shop")
    #expect(try look().contains("192.0.2.80"))
    let again = try program.run("reclassify")
    #expect(again.output.contains(" 0 verdicts changed"), "\(again.output)")
  }

  @Test func incrementalClassificationEqualsFullClassification() throws {
    let program = try Program(withSampleConfiguration: true)
    let files = try FileManager.default.contentsOfDirectory(atPath: Program.samples).filter {
      $0.contains("!") || $0.hasPrefix("1")
    }
    for (number, file) in files.sorted().enumerated() {
      _ = try program.run("ingest", "--quiet", "\(Program.samples)/\(file)")
      if number % 9 == 8 { _ = try program.run("summary") }
    }
    let again = try program.run("reclassify")
    #expect(again.output.contains(" 0 verdicts changed"), "\(again.output)")
  }

  @Test func singleRecordIsExplained() throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    let rows = try lines(try program.run("export", "--rows", "--format", "ndjson", "-n", "1").output)
    let row = try #require(rows.first)
    let name = "\(row["report_row_id"] ?? "")#\(row["ordinal"] ?? "")"
    let told = try program.run("explain", name)
    #expect(told.output.hasPrefix(row["source_ip"] as? String ?? "?"), "\(told.output) \(told.errors)")
    #expect(try program.run("explain", "999#1").status == 1)
    #expect(try program.run("explain", name.replacing("#", with: ":")).output == told.output)
    #expect(try program.run("explain", "nonsense").status == 1)
  }

  @Test func configurationOfTheClassification() throws {
    let program = try Program()
    let table = program.folder + "/table.txt"
    try Data("forwarder  203.0.113.95/32  Alumni relay  our wiki\n".utf8).write(to: URL(fileURLWithPath: table))
    func run(_ yaml: String, _ arguments: String...) throws -> Program.Result {
      let path = program.folder + "/config.yaml"
      try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
      return try program.run(arguments + ["--config", path])
    }
    _ = try run("infrastructure: table.txt\n", "ingest", "--quiet", Program.samples)
    let explained = try run("infrastructure: table.txt\n", "explain", "203.0.113.95")
    #expect(explained.output.contains("Alumni relay"), "\(explained.output) \(explained.errors)")
    #expect(try run("thresholds: {spoof_mesages: 5}\n", "summary").errors.contains("did you mean \"spoof_messages\""))
    #expect(try run("thresholds: {small_share: 5}\n", "summary").status == 2)
    #expect(try run("geoip: nothing.mmdb\n", "summary").errors.contains("nothing.mmdb"))
    try Data("gateway  x\n".utf8).write(to: URL(fileURLWithPath: table))
    #expect(try run("infrastructure: table.txt\n", "summary").errors.contains("line 1"))
    let strict = try run("thresholds:\n  spoof_messages: 1\n", "explain", "203.0.113.95", "--format", "json")
    #expect(strict.status == 0)
  }
}

/// A simulated year with known senders, classified from its reports.
@Suite struct SimulatedYearTests {
  @Test(arguments: [[], ["--zone", "--declare"]])
  func verdictsAreRightIfReportsAreConclusive(options: [String]) throws {
    let program = try Program()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments =
      [
        Program.root + "/Tests/EndToEndTests/simulated_year.py", Program.binary, program.folder, "-v", "--days",
        Program.isLong ? "200" : "90", "--seed", "\(Seeded.seed)", "--least", "0.9",
      ] + options
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.output) \(result.errors.suffix(1_000))")
  }
}
