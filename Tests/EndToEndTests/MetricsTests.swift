import Foundation
import Testing

/// `metrics`, read by the parsers of Prometheus' own Python client: that of OpenMetrics, and that of the older text format, which the
/// node exporter reads.
@Suite struct MetricsTests {
  private static let reader = """
    import json, sys
    from prometheus_client import parser
    from prometheus_client.openmetrics import parser as openmetrics
    def samples(read):
        families = read.text_string_to_metric_families(open(sys.argv[1], newline="").read())
        return [[s.name, s.labels, s.value] for family in families for s in family.samples]
    old, new = samples(parser), samples(openmetrics)
    assert old == new, "the formats differ"
    print(json.dumps(new))
    """

  private struct Sample {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  private static func read(_ text: String, _ program: Program) throws -> [Sample] {
    let path = try program.write("metrics.prom", text)
    let result = try program.python(reader, [path])
    #expect(result.status == 0, "\(result.errors)")
    let list = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[Any]])
    return try list.map { sample in
      Sample(
        name: try #require(sample[0] as? String), labels: try #require(sample[1] as? [String: String]),
        value: try #require(sample[2] as? Double))
    }
  }

  private static func sum(_ samples: [Sample], _ name: String, _ labels: [String: String] = [:]) -> Double {
    samples.filter { $0.name == "dmarcstat_" + name && $0.labels.merging(labels) { $1 } == $0.labels }
      .reduce(0) { $0 + $1.value }
  }

  @Test func numbersAreThoseOfTheAnswers() throws {
    let program = try Program(withSampleConfiguration: true)
    let before = Date().timeIntervalSince1970.rounded(.down)
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    let output = try program.run("metrics", "--month", "2026-10").output
    let samples = try Self.read(output, program)
    let summary = try #require(try program.json("summary", "--month", "2026-10") as? [[String: Any]])
    #expect(summary.count == 2)
    for line in summary {
      let domain = ["domain": try #require(line["policy_domain"] as? String)]
      let (messages, passed) = (try #require(line["messages"] as? Double), try #require(line["passed"] as? Double))
      #expect(messages > 0)
      #expect(Self.sum(samples, "messages", domain) == messages)
      #expect(Self.sum(samples, "results", domain) == messages)
      #expect(Self.sum(samples, "results", domain.merging(["result": "pass"]) { $1 }) == passed)
      #expect(Self.sum(samples, "unknown_source_messages", domain) == line["unknown"] as? Double)
    }
    let totals = try program.totals()
    #expect(Self.sum(samples, "reports") == totals["reports"].map(Double.init))
    #expect(Self.sum(samples, "rows") == totals["records"].map(Double.init))
    #expect(Self.sum(samples, "inputs", ["outcome": "duplicate"]) == 6)
    #expect(Self.sum(samples, "last_ingest_timestamp_seconds") >= before)
    #expect(Self.sum(samples, "last_successful_ingest_timestamp_seconds") >= before)
    let shown = output.replacing(/(?m)^(dmarcstat_(database_bytes|last_\w+)) \d+/) { "\($0.output.1) N" }
    try GoldenTests.compare(shown, "metrics.prom")
  }

  @Test func onlyTheLargestDomainsAreListed() throws {
    let program = try Program(withSampleConfiguration: true)
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    let all = try Self.read(try program.run("metrics", "--month", "2026-10").output, program)
    let one = try Self.read(try program.run("metrics", "--month", "2026-10", "--limit", "1").output, program)
    #expect(Set(one.compactMap { $0.labels["domain"] }) == ["example.com", "(other)"])
    #expect(Self.sum(one, "messages") == Self.sum(all, "messages"))
    #expect(Self.sum(one, "results", ["domain": "(other)"]) == Self.sum(all, "results", ["domain": "example.org"]))
    #expect(Self.sum(one, "domains") == 2)
    #expect(try program.run("metrics", "--limit", "-1").status == 2)
  }

  /// The collector must find either the old file or the new one.
  @Test func fileIsReplacedOnlyByACompleteOne() throws {
    let program = try Program(withSampleConfiguration: true)
    let path = try program.write("textfile/dmarcstat.prom", "old\n")
    #expect(try program.run("metrics", "-o", path).status == 4, "there is no database")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old\n")
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    let result = try program.run("metrics", "-o", path)
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasSuffix("# EOF\n"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder + "/textfile") == ["dmarcstat.prom"])
  }

  /// A source that cannot be read leaves the last success as it was.
  @Test func failureIsNoSuccess() throws {
    let program = try Program()
    #expect(try program.run("ingest", "--quiet", program.folder + "/missing").status == 3)
    let samples = try Self.read(try program.run("metrics").output, program)
    #expect(Self.sum(samples, "last_ingest_timestamp_seconds") > 0)
    #expect(!samples.contains { $0.name == "dmarcstat_last_successful_ingest_timestamp_seconds" })
    #expect(Self.sum(samples, "problems") == 1)
  }
}
