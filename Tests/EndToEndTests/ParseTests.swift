import Foundation
import Testing

@Suite struct ParseTests {
  private static let schemaCheck = """
    import json, jsonschema, sys
    validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
    count = 0
    for line in open(sys.argv[2], encoding="utf-8"):
        errors = list(validator.iter_errors(json.loads(line)))
        if errors: sys.exit(f"line {count + 1}: {errors[0].message}")
        count += 1
    print(count)
    """

  private func validated(_ program: Program, _ folder: String) throws -> Int {
    let result = try program.run("parse", folder)
    let path = try program.write("parse.ndjson", result.output)
    let check = try program.python(Self.schemaCheck, [Program.root + "/Schemas/parse.schema.json", path])
    #expect(check.status == 0, "\(check.errors)")
    return Int(check.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  @Test func samplesConformToTheSchema() throws { #expect(try validated(try Program(), "reports-sample") == 34) }

  /// Another program can compute the hashes of `docs/hashes.md` from the output.
  @Test(arguments: ["reports-sample"] + (Self.corpus.map { [$0] } ?? []))
  func hashesOfOtherProgramsAgree(folder: String) throws {
    let program = try Program()
    let path = try program.write("parse.ndjson", program.run("parse", folder).output)
    _ = try program.run("ingest", "--quiet", folder)
    let reader = try String(
      contentsOfFile: Program.root + "/Tests/EndToEndTests/canonical_hashes.py", encoding: .utf8)
    let result = try program.python(reader, [path, program.database])
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let counts = result.output.split(separator: " ").compactMap { Int($0.trimmingCharacters(in: .newlines)) }
    #expect(counts.count == 2 && counts.allSatisfy { $0 > 20 }, "\(counts)")
  }

  @Test func brokenFilesAffectOnlyThemselves() throws {
    let program = try Program()
    let bad = try program.write("a.xml", "<feedback><record>")
    let result = try program.run("parse", bad, "reports-sample")
    #expect(result.status == 1)
    #expect(result.output.split(separator: "\n").count == 34)
    #expect(result.errors.hasPrefix("\(bad): the XML is not well-formed"))
  }

  @Test func damagedLongReportLeavesNoPartialLine() throws {
    let program = try Program()
    let record = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row></record>"
    let rows = String(repeating: record, count: 120_000)
    let good = try program.write("good.xml", "<feedback>\(rows)</feedback>")
    let cut = try program.write("cut.xml", "<feedback>\(rows)" + String(repeating: "<x>", count: 40))
    let result = try program.run("parse", cut, good)
    #expect(result.status == 1)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 1)
    let object = try JSONSerialization.jsonObject(with: Data((lines.first ?? "").utf8)) as? [String: Any]
    #expect((object?["records"] as? [Any])?.count == 120_000)
  }

  static let corpus = ProcessInfo.processInfo.environment["DMARCSTAT_CORPUS"]

  @Test(.enabled(if: corpus != nil, "DMARCSTAT_CORPUS names no folder of published reports"))
  func publishedReportsAgreeWithAnIndependentReader() throws {
    let folder = try #require(Self.corpus).hasPrefix("/") ? Self.corpus ?? "" : Program.root + "/" + (Self.corpus ?? "")
    let program = try Program()
    #expect(try validated(program, folder) > 300)
    let reader = try String(
      contentsOfFile: Program.root + "/Tests/EndToEndTests/independent_reader.py", encoding: .utf8)
    let result = try program.python(reader, [program.folder + "/parse.ndjson"])
    #expect(result.status == 0, "\(result.output.suffix(2_000)) \(result.errors.suffix(2_000))")
    // The sums of `summary` equal those of the independent reader.
    _ = try program.run("ingest", "--quiet", folder)
    let sums = try program.python(reader, [program.folder + "/parse.ndjson", program.database])
    #expect(sums.status == 0, "\(sums.output.suffix(2_000)) \(sums.errors.suffix(2_000))")
  }
}
