import Foundation
import Testing

/// Unusual inputs of reporters and attackers. A Python script creates the inputs and the expectations.
@Suite struct OddInputTests {
  private struct Expected: Decodable {
    var outcome: String
    var rows: Int?
    var messages: Int?
    var recovered: Bool?
    var truncated: Bool?
    var code: String?
    var kind: String?
    var warning: String?
    var text: String?
    var reports: Int
    /// The code of the rejection next to the reports.
    var reject: String?
  }

  static func script(_ name: String) throws -> String {
    try String(contentsOfFile: Program.root + "/Tests/EndToEndTests/" + name, encoding: .utf8)
  }

  private func make(_ program: Program) throws -> [String: Expected] {
    let folder = program.folder + "/odd"
    let made = try program.python(try Self.script("odd_inputs.py"), [folder])
    #expect(made.status == 0, "\(made.errors)")
    let data = try #require(FileManager.default.contents(atPath: folder + "/expected.json"))
    try FileManager.default.removeItem(atPath: folder + "/expected.json")
    return try JSONDecoder().decode([String: Expected].self, from: data)
  }

  /// One run for all readable inputs, and one for all inputs with a rejection.
  @Test func everyOddInputIsReadAsExpected() throws {
    let program = try Program()
    let expectations = try make(program)
    #expect(expectations.count > 170)
    let groups = Dictionary(grouping: expectations.keys.sorted()) { name in
      expectations[name]?.outcome == "rejected" || expectations[name]?.reject != nil
    }
    for (isRejected, names) in groups {
      let paths = names.map { program.folder + "/odd/" + $0 }
      let result = try program.run(["parse"] + paths)
      #expect(result.status == (isRejected ? 1 : 0), "\(result.errors)")
      let texts = Dictionary(grouping: result.output.split(separator: "\n").map(String.init)) { line in
        (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["file"] as? String ?? "?"
      }
      for (name, path) in zip(names, paths) {
        let expected = try #require(expectations[name])
        let lines = try (texts[path] ?? []).map {
          try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let told = result.errors.split(separator: "\n").filter { $0.hasPrefix(path) }
        if isRejected { #expect(!told.isEmpty, "\(name) is rejected without a word") }
        #expect(lines.count == expected.reports, "\(name): \(told)")
        guard expected.outcome == "saved" else { continue }
        check(name, lines, expected, (texts[path] ?? []).joined(separator: "\n"))
      }
      #expect(Set(texts.keys).subtracting(paths).isEmpty)
    }
  }

  /// The exit status is that of the input.
  @Test(arguments: ["xml/plain.xml", "xml/cut-in-the-head.xml", "other/text.eml"])
  func exitStatusOfOneInputShowsWhetherItWasRead(name: String) throws {
    let program = try Program()
    let expected = try #require(try make(program)[name])
    #expect(
      try program.run("parse", program.folder + "/odd/" + name).status == (expected.outcome == "rejected" ? 1 : 0))
  }

  private func check(_ name: String, _ lines: [[String: Any]], _ expected: Expected, _ output: String) {
    let records = lines.flatMap { $0["records"] as? [[String: Any]] ?? [] }
    let warnings = lines.flatMap { $0["warnings"] as? [[String: Any]] ?? [] }.compactMap { $0["code"] as? String }
    if let rows = expected.rows { #expect(records.count == rows, "\(name)") }
    if let messages = expected.messages {
      #expect(records.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == messages, "\(name)")
    }
    for line in lines {
      if let recovered = expected.recovered { #expect(line["recovered"] as? Bool == recovered, "\(name)") }
      if let truncated = expected.truncated { #expect(line["truncated"] as? Bool == truncated, "\(name)") }
      // Repairs cause warnings.
      if line["recovered"] as? Bool == true {
        #expect((line["warnings"] as? [Any])?.isEmpty == false, "\(name)")
      }
    }
    if let warning = expected.warning { #expect(warnings.contains(warning), "\(name): \(warnings)") }
    if let text = expected.text { #expect(output.contains(text), "\(name)") }
  }

  @Test func allInputsAtOnce() throws {
    let program = try Program()
    let expectations = try make(program)
    let result = try program.run("ingest", program.folder + "/odd", "--format", "json")
    #expect(result.status == 1)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    let summary = try #require(rows.first)
    // Two inputs have the identity of another one, because it comes from the same file name.
    let stored = ["new_reports", "duplicates", "conflicts"].reduce(0) { $0 + (summary[$1] as? Int ?? 0) }
    #expect(stored == expectations.values.reduce(0) { $0 + $1.reports })
    let rejects = try #require(try program.json("rejects", "--limit", "0") as? [[String: Any]])
    for (name, expected) in expectations {
      let path = program.folder + "/odd/" + name
      let codes = rejects.filter { ($0["path"] as? String)?.hasSuffix("/odd/" + name) == true }.map {
        $0["code"] as? String
      }
      switch expected.outcome {
      case "rejected":
        #expect(codes.count == 1, "\(path)")
        if let code = expected.code { #expect(codes == [code], "\(path)") }
      default: #expect(codes == (expected.reject.map { [$0] } ?? []), "\(path)")
      }
    }
    let kinds = try #require(summary["not_a_report_kinds"] as? [String])
    for kind in Set(expectations.values.compactMap(\.kind)) {
      let count = expectations.values.count { $0.kind == kind }
      #expect(kinds.contains("\(kind): \(count)"), "\(kinds)")
    }
    #expect(try program.run("db", "check").status == 0)
    let again = try program.run("ingest", program.folder + "/odd")
    #expect(again.status == 0)
    #expect(again.output.contains("0 new reports, \(expectations.count) already read"))
  }

  /// Memory use under a sanitiser is not meaningful.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["DMARCSTAT_SANITIZE"] == nil, "a sanitiser takes memory of its own"),
    arguments: 0..<4)
  func hostileInputsCostLittle(part: Int) throws {
    let program = try Program()
    let result = try program.python(
      try Self.script("hostile_inputs.py"),
      [Program.binary, program.folder, "--quick", "--part=\(part)/4"])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.hasSuffix(" hostile inputs, 0 did harm\n") && !result.output.hasPrefix("0 "))
  }
}
