import Foundation
import Testing

/// Below a list that a limit has cut, a line says how many rows there are besides.
@Suite struct CutListTests {
  private let program: Program

  init() throws {
    program = try Program()
    _ = try program.run("ingest", "--quiet", Program.samples)
    for number in 1...3 { _ = try program.write("in/broken\(number).xml", "<feedback>") }
    _ = try program.run("ingest", "--quiet", program.folder + "/in")
    for number in 2...5 { _ = try program.run("reports", "remove", "\(number)", "--reason", "test") }
  }

  @Test(arguments: [
    (["top-failures"], "line"), (["top-failures", "--by", "network"], "line"), (["unknown-senders"], "line"),
    (["forwarding"], "forwarder"), (["reports", "list"], "report"), (["reports", "removed"], "report"),
    (["reports", "decisions"], "decision"), (["rejects"], "rejected input"), (["summary"], "domain"),
  ])
  func theRestIsCounted(_ question: [String], _ noun: String) throws {
    func rows(_ options: String...) throws -> Int {
      try program.run(question + ["--format", "ndjson"] + options).output.split(separator: "\n").count
    }
    let all = try rows("--limit", "0")
    #expect(all > 1)
    #expect(try rows("--limit", "1") == 1)
    for limit in [1, all - 1] {
      let cut = try program.run(question + ["--limit", "\(limit)"])
      let line = try #require(
        cut.output.split(separator: "\n").first { $0.hasSuffix("not shown: --limit 0 shows all.") })
      let count = all - limit
      #expect(line.hasPrefix("\(count) more \(noun)\(count == 1 ? "" : "s") "), "\(question) \(all): \(line)")
      let csv = try program.run(question + ["--limit", "\(limit)", "--format", "csv"])
      #expect(csv.errors.contains(line) && !csv.output.contains("not shown"), "\(csv.errors)")
    }
    #expect(try !program.run(question + ["--limit", "\(all)"]).output.contains("not shown: --limit"))
  }
}
