import Foundation
import Testing

/// Compares the output of every command on the sample reports, in every format, with reviewed files.
///
/// After an intended change, run `DMARCSTAT_UPDATE_GOLDEN=1 scripts/test --filter GoldenTests` and read the difference.
@Suite struct GoldenTests {
  private static let setup = [
    "setup", "example.com", "--zone", "reports-sample/example.zone", "--service", "sendgrid", "--service", "Frobnik",
    "--reports", "dmarc@reports.example", "--start", "2026-11-01",
  ]
  static let questions: [String: [String]] = [
    "summary": ["summary", "--month", "2026-10"], "summary-all": ["summary"],
    "summary-week": ["summary", "--by", "week"],
    "summary-worse": ["summary", "--worse", "--since", "2026-10-12", "--until", "2026-10-18"],
    "changes": ["changes", "--since", "2026-10-16", "--until", "2026-10-31"],
    "changes-ja": ["changes", "--since", "2026-10-16", "--until", "2026-10-31", "--lang", "ja"],
    "top-failures-week": ["top-failures", "--by", "week"],
    "top-failures": ["top-failures", "--month", "2026-10"],
    "top-failures-verdict": ["top-failures", "--by", "verdict"],
    "top-failures-network": ["top-failures", "--by", "network"],
    "top-failures-operator": ["top-failures", "--by", "operator"],
    "names": [
      "names", "203.0.113.40", "203.0.113.203", "192.0.2.10", "mail-1.google.com", "--zone",
      "reports-sample/example.zone",
    ],
    "names-ja": [
      "names", "203.0.113.40", "203.0.113.203", "192.0.2.10", "--zone", "reports-sample/example.zone", "--lang", "ja",
    ],
    "top-failures-reporter": ["top-failures", "--by", "reporter"],
    "top-failures-header-from": ["top-failures", "--by", "header-from"],
    "unknown-senders": ["unknown-senders", "--domain", "example.com"],
    "unknown-senders-new": ["unknown-senders", "--new-since", "2026-10-20"], "forwarding": ["forwarding"],
    "show-ip": ["show", "ip", "203.0.113.40"], "show-ip-service": ["show", "ip", "198.51.100.60"],
    "show-domain": ["show", "domain", "example.org"], "senders": ["senders", "list"],
    "export": ["export", "--month", "2026-10", "--domain", "example.org"],
    "export-rows": ["export", "--rows", "--since", "2026-10-24", "--until", "2026-10-26"],
    "explain": ["explain", "203.0.113.40"], "explain-ja": ["explain", "198.51.100.60", "--lang", "ja"],
    "readiness": ["readiness", "example.com", "--month", "2026-10"],
    "readiness-ja": ["readiness", "example.com", "--month", "2026-10", "--lang", "ja"],
    "suggest": ["senders", "suggest"],
    "spf": ["senders", "spf", "example.com", "--zone", "reports-sample/example.zone"],
    "check-domain": ["check", "domain", "example.com", "--zone", "reports-sample/example.zone"],
    "check-message": [
      "check", "message", "Tests/EndToEndTests/check/message.eml", "--zone", "Tests/EndToEndTests/check/message.zone",
    ],
    "check-message-ja": [
      "check", "message", "Tests/EndToEndTests/check/message.eml", "--zone", "Tests/EndToEndTests/check/message.zone",
      "--lang", "ja",
    ],
    "check-domain-ja": [
      "check", "domain", "example.com", "example.org", "--zone", "reports-sample/example.zone", "--lang", "ja",
    ],
    "setup": setup, "setup-ja": setup + ["--lang", "ja"],
    "setup-verify": setup + ["--verify"],
    "lint": [
      "lint", "reports-sample/02-postbox.example.net!example.com!1790640000!1790726400.xml",
      "reports-sample/16-oldpost.example!example.com!1792022400!1792108799.xml",
    ],
  ]

  @Test func everyCommandInEveryFormat() throws {
    let program = try Program(withSampleConfiguration: true)
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    var outputs: [String: String] = [:]
    for (name, question) in Self.questions {
      for format in ["table", "csv", "json", "ndjson"] {
        let result = try program.run(question + ["--format", format])
        let expected: Int32 =
          name == "lint" || name == "setup-verify" || name.hasPrefix("check-domain")
          ? 1 : name.hasPrefix("readiness") ? 7 : 0
        #expect(result.status == expected, "\(name) \(format): \(result.errors)")
        try Self.compare(result.output, "\(name).\(format == "table" ? "txt" : format)")
        try Self.checkShape(result.output, format, name)
        if format != "table" { outputs["\(name).\(format)"] = result.output }
      }
    }
    try Self.checkWithPython(program, outputs)
  }

  @Test func parsedSamples() throws {
    let program = try Program()
    let result = try program.run("parse", "reports-sample")
    #expect(result.status == 0)
    try Self.compare(result.output, "parse.ndjson")
  }

  @Test func ingestSummary() throws {
    let program = try Program(withSampleConfiguration: true)
    let result = try program.run("ingest", "reports-sample")
    try Self.compare(result.output.replacing(/\d+\.\d s/, with: "N s"), "ingest.txt")
    try Self.compare(result.errors, "ingest.err.txt")
  }

  static func compare(_ output: String, _ name: String) throws {
    let path = Program.root + "/Tests/EndToEndTests/Golden/" + name
    if ProcessInfo.processInfo.environment["DMARCSTAT_UPDATE_GOLDEN"] != nil {
      try Data(output.utf8).write(to: URL(fileURLWithPath: path))
    }
    let golden = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    #expect(output == golden, "\(name) differs")
  }

  /// In every format, all rows have the same columns, and no key or heading occurs twice.
  private static func checkShape(_ output: String, _ format: String, _ name: String) throws {
    switch format {
    case "csv":
      let rows = try CSV.rows(output)
      #expect(!rows.isEmpty && Set(rows.map(\.count)).count == 1, "\(name): not rectangular")
      #expect(Set(rows.first ?? []).count == rows.first?.count, "\(name): a heading twice")
      for cell in rows.joined() where cell.first.map("=+-@".contains) ?? false {
        let digits = cell.drop { $0 == "-" }.replacing(".", with: "")
        #expect(!digits.isEmpty && digits.allSatisfy(\.isNumber), "\(name): \(cell) is a formula")
      }
    case "json": try JSONKeys.check(output)
    case "ndjson":
      for line in output.split(separator: "\n") {
        try JSONKeys.check(String(line))
        #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(name): no object")
      }
    default: break
    }
  }

  /// Python's readers find the same rows, in one process for all outputs.
  private static func checkWithPython(_ program: Program, _ outputs: [String: String]) throws {
    for (name, output) in outputs { _ = try program.write("outputs/" + name, output) }
    let script = """
      import csv, json, os, sys
      def unique(pairs):
          assert len(dict(pairs)) == len(pairs), "a key twice"
          return dict(pairs)
      for name in sorted(os.listdir(sys.argv[1])):
          with open(os.path.join(sys.argv[1], name), newline="", encoding="utf-8") as f:
              if name.endswith(".csv"): print(name, len(list(csv.reader(f, strict=True))))
              elif name.endswith(".ndjson"): print(name, sum(1 for line in f if json.loads(line, object_pairs_hook=unique)))
              elif name.endswith(".json"): json.load(f, object_pairs_hook=unique); print(name, 1)
      """
    let result = try program.python(script, [program.folder + "/outputs"])
    #expect(result.status == 0, "\(result.errors)")
    for line in result.output.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let output = outputs[String(words[0])], let count = words.last.flatMap({ Int($0) }) else { continue }
      if words[0].hasSuffix(".csv") { #expect(try CSV.rows(output).count == count, "\(line)") }
      if words[0].hasSuffix(".ndjson") { #expect(output.split(separator: "\n").count == count, "\(line)") }
    }
    #expect(result.output.split(separator: "\n").count == outputs.count)
  }
}
