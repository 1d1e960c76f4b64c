import Foundation
import Testing

/// Every answer on the sample reports, in every format, against files that were read by a person.
///
/// After a wanted change: `DMARCSTAT_UPDATE_GOLDEN=1 scripts/test --filter GoldenTests`, then read the difference.
@Suite struct GoldenTests {
  private static let questions: [String: [String]] = [
    "summary": ["summary", "--month", "2026-10"], "summary-all": ["summary"],
    "top-failures": ["top-failures", "--month", "2026-10"],
    "top-failures-verdict": ["top-failures", "--by", "verdict"],
    "top-failures-network": ["top-failures", "--by", "network"],
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
    "lint": [
      "lint", "reports-sample/02-postbox.example.net!example.com!1790640000!1790726400.xml",
      "reports-sample/16-oldpost.example!example.com!1792022400!1792108799.xml",
    ],
  ]

  @Test func everyAnswerInEveryFormat() throws {
    let program = try Program(withSampleConfiguration: true)
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    for (name, question) in Self.questions {
      for format in ["table", "csv", "json", "ndjson"] {
        let result = try program.run(question + ["--format", format])
        #expect(result.status == (name == "lint" ? 1 : 0), "\(name) \(format): \(result.errors)")
        try Self.compare(result.output, "\(name).\(format == "table" ? "txt" : format)")
        try Self.checkWithPython(program, result.output, format, name)
      }
    }
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

  private static func compare(_ output: String, _ name: String) throws {
    let path = Program.root + "/Tests/EndToEndTests/Golden/" + name
    if ProcessInfo.processInfo.environment["DMARCSTAT_UPDATE_GOLDEN"] != nil {
      try Data(output.utf8).write(to: URL(fileURLWithPath: path))
    }
    let golden = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    #expect(output == golden, "\(name) differs")
  }

  /// An independent program must be able to read the output, and find rows of one shape in it.
  private static func checkWithPython(_ program: Program, _ output: String, _ format: String, _ name: String) throws {
    let script = """
      import csv, json, sys
      format, path = sys.argv[1:]
      def unique(pairs):
          assert len(dict(pairs)) == len(pairs), "a key twice"
          return dict(pairs)
      with open(path, newline="", encoding="utf-8") as f:
          if format == "csv":
              rows = list(csv.reader(f, strict=True))
              assert rows and len({len(r) for r in rows}) == 1, "not rectangular"
              assert len(set(rows[0])) == len(rows[0]), "a heading twice"
              assert all(c[:1] not in "=+-@" or c == "" for r in rows for c in r if not c.lstrip("-").replace(".", "").isdigit())
          elif format == "json":
              json.load(f, object_pairs_hook=unique)
          elif format == "ndjson":
              for line in f: assert isinstance(json.loads(line, object_pairs_hook=unique), dict)
      """
    guard format != "table" else { return }
    let path = try program.write("output", output)
    let result = try program.python(script, [format, path])
    #expect(result.status == 0, "\(name) \(format): \(result.errors)")
  }
}
