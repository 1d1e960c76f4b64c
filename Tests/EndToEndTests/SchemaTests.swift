import Foundation
import Testing

/// Every JSON and NDJSON output conforms to its schema in `Schemas/output`. Python's jsonschema is the validator.
@Suite struct SchemaTests {
  /// Schemas that commands have besides the one named like them.
  private static let variants: Set = ["summary-by", "readiness-all", "export-rows", "classify", "check-domain-history"]

  /// Those whose command prints rows only with a mail server, or for a damaged database.
  private static let withoutRows: Set = ["accounts-folders", "db-check"]

  /// Validates files named `SCHEMA~NUMBER.json` and `.ndjson`, and prints the schemas that at least one row was validated with.
  private static let validator = """
    import glob, json, os, re, sys
    import jsonschema
    def objects_are_closed(schema, path):
        if isinstance(schema, dict):
            if "properties" in schema and schema.get("type") == "object":
                assert schema.get("additionalProperties") is False, path + ": open"
                assert set(schema.get("required", [])) <= set(schema["properties"]), path
            for key, value in schema.items(): objects_are_closed(value, path + "/" + key)
        elif isinstance(schema, list):
            for value in schema: objects_are_closed(value, path)
    # Keys of an earlier version say in their description which key replaces them, and both have the same value.
    def old_names(schema, found):
        if isinstance(schema, dict):
            properties = schema.get("properties", {})
            for key, value in properties.items():
                if not isinstance(value, dict) or not value.get("deprecated"): continue
                new = re.search(r"Old name; use (\\w+)\\.$", value["description"]).group(1)
                assert new in properties and not properties[new].get("deprecated"), (key, new)
                assert (key in schema.get("required", [])) == (new in schema.get("required", [])), (key, new)
                found[key] = new
            for value in schema.values(): old_names(value, found)
        elif isinstance(schema, list):
            for value in schema: old_names(value, found)
        return found
    def compare(value, names, where):
        if isinstance(value, list):
            for item in value: compare(item, names, where)
        elif isinstance(value, dict):
            for old, new in names.items():
                if old not in value or new not in value: continue
                a, b = value[old], value[new]
                # A policy is an object now, and what was 0 or 1 is true or false.
                same = a is None and b is None or isinstance(b, dict) and "p" in b and isinstance(a, str) or a == b
                compared.add(old)
                if not same: print(where, old, a, new, b, file=sys.stderr)
            for item in value.values(): compare(item, names, where)
    validators, names, compared = {}, {}, set()
    for path in glob.glob(sys.argv[1] + "/*"):
        name = os.path.basename(path).replace(".schema.json", "")
        schema = json.load(open(path))
        jsonschema.Draft202012Validator.check_schema(schema)
        objects_are_closed(schema, name)
        assert schema["$id"] == "urn:dmarcstat:%s:1" % name, name
        names[name] = old_names(schema, {})
        validators[name] = jsonschema.Draft202012Validator(schema)
    used = set()
    for path in sorted(glob.glob(sys.argv[2] + "/*")):
        name = os.path.basename(path).split("~")[0]
        with open(path, encoding="utf-8") as file:
            values = [json.loads(line) for line in file] if path.endswith(".ndjson") else [json.load(file)]
        for value in values:
            errors = list(validators[name].iter_errors(value))
            for error in errors[:3]:
                deepest = jsonschema.exceptions.best_match([error])
                print(os.path.basename(path), deepest.json_path, deepest.message[:400], file=sys.stderr)
            compare(value, names[name], os.path.basename(path))
            if value != []: used.add(name)
    if len(used) > 30: assert compared == set().union(*names.values()), set().union(*names.values()) - compared
    print(" ".join(sorted(used)))
    """

  /// The schema of a question: the name of its command, or of a variant.
  private static func schema(of question: [String]) -> String {
    let command = question.prefix { !$0.hasPrefix("-") }
    if command.first == "names" { return "names" }
    if command.first == "summary" { return question.contains("--by") ? "summary-by" : "summary" }
    if command.first == "readiness" { return question.contains("--all") ? "readiness-all" : "readiness" }
    if command.first == "export" { return question.contains("--rows") ? "export-rows" : "export" }
    if question.contains("--history") { return "check-domain-history" }
    let groups = [
      "check", "show", "senders", "reports", "conflicts", "ack", "alerts", "ignore", "db", "accounts", "outbox",
    ]
    return command.prefix(groups.contains(command.first ?? "") ? 2 : 1).joined(separator: "-")
  }

  private static func validate(_ program: Program, _ outputs: [(schema: String, format: String, text: String)]) throws
    -> Set<String>
  {
    for (number, output) in outputs.enumerated() {
      _ = try program.write("outputs/\(output.schema)~\(number).\(output.format)", output.text)
    }
    let result = try program.python(validator, [Program.root + "/Schemas/output", program.folder + "/outputs"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return Set(result.output.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  @Test func goldenFilesConform() throws {
    var outputs: [(String, String, String)] = []
    for (name, question) in GoldenTests.questions {
      for format in ["json", "ndjson"] {
        let path = "\(Program.root)/Tests/EndToEndTests/Golden/\(name).\(format)"
        outputs.append((Self.schema(of: question), format, try String(contentsOfFile: path, encoding: .utf8)))
      }
    }
    #expect(try Self.validate(Program(), outputs).count > 12)
  }

  @Test func outputsOfEveryCommandConform() throws {
    let program = try Program(withSampleConfiguration: true)
    try Self.prepare(program)
    var outputs: [(String, String, String)] = []
    let accounts = "accounts: [{name: reports, server: imap.example.com, user: dmarc@example.com, password_file: /p}]\n"
    let questions = Self.questions + [["accounts", "list", "--config", try program.write("accounts.yaml", accounts)]]
    for question in questions {
      for format in ["json", "ndjson"] {
        let result = try program.run(question + ["--format", format])
        #expect(
          [0, 1, 7, 8].contains(result.status) && !result.output.isEmpty || format == "ndjson",
          "\(question) \(result.errors)")
        outputs.append((Self.schema(of: question), format, result.output))
      }
    }
    let parsed = try program.run("parse", Self.samples("01-bigmail.example!example.com!1790553600!1790639999.xml"))
    let report = try JSONSerialization.jsonObject(with: Data(parsed.output.utf8)) as? [String: Any]
    let records = try #require(report?["records"] as? [Any]).map { ["record": $0] }
    let cases = try program.write(
      "cases.json", String(decoding: JSONSerialization.data(withJSONObject: records), as: UTF8.self))
    outputs.append(("classify", "ndjson", try program.run("classify", "--json", cases).output))
    outputs += try Self.outbox()
    let unconfigured = try Program()
    for format in ["json", "ndjson"] {
      outputs.append(("ingest", format, try unconfigured.run("ingest", Program.samples, "--format", format).output))
      _ = try unconfigured.run("reports", "remove", "--domain", "example.com", "--yes")
      _ = try unconfigured.run("reports", "restore", "--all")
    }
    outputs.append(("senders-suggest", "json", try unconfigured.run("senders", "suggest", "--format", "json").output))
    let alerts = try unconfigured.write(
      "alerts.yaml", "alerts: {quiet_first_run: false, rules: {rejected: {inputs: 1}}}")
    _ = try unconfigured.run("ingest", "--quiet", unconfigured.write("broken.xml", "<feedback>"))
    for format in ["json", "ndjson"] {
      outputs.append(
        ("alert", format, try unconfigured.run("alert", "--dry-run", "--config", alerts, "--format", format).output))
    }
    let used = try Self.validate(program, outputs)
    let all = Set(try Self.schemas())
    #expect(all.subtracting(used) == Self.withoutRows, "without rows: \(all.subtracting(used))")
  }

  /// Each command with `--format` has a schema of its name, and each schema a command.
  @Test func everyCommandHasASchema() throws {
    let help = try Program().run("--experimental-dump-help").output
    let tool = try JSONSerialization.jsonObject(with: Data(help.utf8)) as? [String: Any]
    var names: Set<String> = []
    func collect(_ command: [String: Any], _ path: [String]) {
      for sub in command["subcommands"] as? [[String: Any]] ?? [] {
        guard let name = sub["commandName"] as? String, name != "help" else { continue }
        collect(sub, path + [name])
      }
      let options = (command["arguments"] as? [[String: Any]] ?? []).compactMap { $0["names"] as? [[String: Any]] }
      if options.joined().contains(where: { $0["name"] as? String == "format" }) {
        names.insert(path.joined(separator: "-"))
      }
    }
    collect(try #require(tool?["command"] as? [String: Any]), [])
    let schemas = Set(try Self.schemas())
    #expect(
      names.count > 20 && schemas == names.subtracting(Self.documents).union(Self.variants),
      "\(schemas.symmetricDifference(names))")
    let list = try String(contentsOfFile: Program.root + "/docs/output.md", encoding: .utf8)
    for name in schemas { #expect(list.contains("(../Schemas/output/\(name).schema.json)"), "\(name)") }
  }

  private static func schemas() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Program.root + "/Schemas/output")
      .map { $0.replacing(".schema.json", with: "") }
  }

  /// Commands whose formats are documents for people, not data.
  private static let documents: Set = ["review"]

  private static let questions: [[String]] = [
    ["summary"], ["summary", "--month", "2026-10", "--limit", "1"], ["summary", "--by", "day"],
    ["summary", "--by", "week"], ["summary", "--by", "month"],
    ["changes", "--since", "2026-10-16", "--until", "2026-10-31"], ["changes", "--month", "2020-01"],
    ["alert", "--dry-run"], ["alerts", "list", "--all"], ["alerts", "show", "1"], ["alerts", "mutes"],
    ["summary", "--worse", "--since", "2026-10-12", "--until", "2026-10-18"], ["summary", "--month", "2020-01"],
    ["top-failures"], ["top-failures", "--by", "header-from"], ["top-failures", "--by", "reporter", "--limit", "1"],
    ["top-failures", "--by", "network"], ["top-failures", "--by", "verdict"], ["top-failures", "--by", "day"],
    ["top-failures", "--by", "week"], ["top-failures", "--by", "month"], ["unknown-senders"],
    ["unknown-senders", "--addresses", "--limit", "2"], ["forwarding", "--limit", "1"], ["names"],
    ["top-failures", "--by", "operator"], ["unknown-senders", "--by", "operator"], ["forwarding", "--by", "operator"],
    ["names", "203.0.113.40", "192.0.2.10", "mail.google.com", "--zone", "reports-sample/example.zone"],
    ["explain", "203.0.113.40"], ["explain", "example.com", "--all"], ["readiness", "example.com"],
    ["readiness", "example.org"], ["readiness", "--all"], ["show", "ip", "203.0.113.40"], ["show", "report", "1"],
    ["show", "report", "3"], ["show", "report", "22"], ["show", "report", "29"], ["show", "domain", "example.com"],
    ["show", "domain", "example.org"], ["senders", "list"], ["senders", "suggest"],
    ["senders", "spf", "example.com", "--zone", "reports-sample/example.zone"],
    ["check", "message", "Tests/EndToEndTests/check/message.eml", "--zone", "Tests/EndToEndTests/check/message.zone"],
    ["check", "domain", "--all", "--zone", "reports-sample/example.zone"],
    ["setup", "example.com", "--zone", "reports-sample/example.zone", "--own", "192.0.2.10", "--service", "mandrill"],
    ["setup", "example.org", "--no-mail", "--zone", "reports-sample/example.zone"],
    ["check", "domain", "--all", "--history"],
    [
      "check", "domain", "well-both.test", "s-nested.test", "k-alias.test", "d-none.test", "--selector", "svc",
      "--zone",
      "Tests/EndToEndTests/check/domains.zone",
    ],
    ["senders", "spf", "nothing.example", "--zone", "reports-sample/example.zone"], ["ack", "list"], ["export"],
    ["export", "--rows"], ["reports", "list", "--limit", "2"], ["reports", "removed"],
    ["reports", "removed", "--ignored"],
    ["reports", "decisions"], ["conflicts", "list", "--all"], ["conflicts", "show", "1"], ["ignore", "list"],
    ["rejects"], ["outbox", "list"], ["lint", samples("02-postbox.example.net!example.com!1790640000!1790726400.xml")],
    ["lint", samples("01-bigmail.example!example.com!1790553600!1790639999.xml")], ["db", "info"], ["db", "check"],
    ["doctor", "--local"],
  ]

  /// Outputs of `outbox`, with something that waits.
  private static func outbox() throws -> [(String, String, String)] {
    let program = try Program(withSampleConfiguration: true)
    let config = try program.write(
      "notify.yaml",
      """
      notify:
        mail: {from: dmarc@example.com, sendmail: /bin/false}
        recipients: [{mail: ops@example.com, digest: true}, {stderr: true}]
      """)
    _ = try program.run("ingest", "--quiet", Program.samples)
    #expect(try program.run("review", "--mail", "--month", "2026-10", "--config", config).status == 1)
    return try ["json", "ndjson"].flatMap { format in
      try ["list", "send", "test"].map { command in
        let result = try program.run("outbox", command, "--format", format, "--config", config)
        return ("outbox-\(command)", format, result.output)
      }
    }
  }

  private static func samples(_ name: String) -> String { Program.samples + "/" + name }

  /// A store with something for every command: conflicts, rejected inputs, reports by email, removed and ignored reports.
  private static func prepare(_ program: Program) throws {
    _ = try program.run("ingest", "--quiet", Program.samples)
    let name = "03-bigmail.example!example.com!1790812800!1790899199.xml"
    let report = try String(contentsOfFile: Program.samples + "/" + name, encoding: .utf8)
    _ = try program.write("in/conflict.xml", report.replacing(/<count>\d+/, with: "<count>7"))
    _ = try program.write("in/broken.xml", "<feedback>")
    let mail = """
      From: reports@mail.example\nMIME-Version: 1.0\nContent-Type: application/xml; name="r.xml"\n
      \(report.replacing("example.com", with: "odd.example").replacing(/<report_id>[^<]*/, with: "<report_id>m1"))
      """
    _ = try program.write("in/mail.eml", mail)
    #expect(try program.run("ingest", "--quiet", program.folder + "/in").status == 1)
    for command in [
      ["ack", "add", "203.0.113.213", "--note", "test"], ["reports", "remove", "2", "--reason", "test"],
      ["conflicts", "both", "1"], ["conflicts", "undo", "1"], ["ignore", "add", "--domain", "odd.example"],
      ["ignore", "remove", "--domain", "odd.example"], ["ignore", "add", "--domain", "example.org"],
      ["ignore", "remove", "--domain", "example.org"], ["ignore", "add", "--reporter", "esa3.relay.example"],
      ["alert"], ["senders", "refresh", "--zone", "reports-sample/example.zone"],
      ["alerts", "mute", "--rule", "replay", "--note", "test"],
    ] { _ = try program.run(command) }
  }
}
