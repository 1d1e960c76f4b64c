import Foundation
import Testing

/// Questions about some of many domains: patterns, lists, order, and what got worse.
@Suite struct ManyDomainsTests {
  private func sample() throws -> Program {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    return program
  }

  private func domains(_ program: Program, _ arguments: String...) throws -> [String] {
    let result = try program.run(["summary", "--format", "json"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
    return try #require(rows).compactMap { $0["policy_domain"] as? String }
  }

  @Test func patternsAndListsSelectPolicyDomains() throws {
    let program = try sample()
    #expect(try domains(program, "--domain", "ex*.org") == ["example.org"])
    #expect(try domains(program, "-d", "ex*.com", "-d", "example.org") == ["example.com", "example.org"])
    #expect(try domains(program, "--domain", "example.???") == ["example.com", "example.org"])
    let list = try program.write("customers.txt", "# ours\nexample.org # shop\nneu.example\n")
    let result = try program.run("summary", "--domains-from", list, "--format", "csv")
    #expect(result.status == 0 && result.output.contains("example.org") && !result.output.contains("example.com"))
    #expect(result.errors.contains("customers.txt: no report is about neu.example"), "\(result.errors)")
    #expect(result.errors.contains("(line 3)"), "\(result.errors)")
    let process = program.process(["summary", "--domains-from", "-", "--format", "csv"])
    #expect(try Program.finish(process, input: list).output == result.output)
  }

  @Test(arguments: [
    ["summary"], ["top-failures"], ["unknown-senders"], ["forwarding"], ["export"], ["explain", "203.0.113.40"],
    ["show", "domain", "example.org"], ["show", "ip", "203.0.113.40"], ["reports"], ["senders", "suggest"],
  ])
  func everyQuestionTakesPatterns(_ command: [String]) throws {
    let program = try sample()
    #expect(try program.run(command + ["--domain", "ex*.*"]).status == 0)
    let wrong = try program.run(command + ["--domain", "ex*.ogr"])
    #expect(wrong.status == 1 && wrong.errors.contains("matches ex*.ogr: similar: example.org"), "\(wrong.errors)")
    let invalid = try program.run(command + ["--domain", "ex*.[o]rg"])
    #expect(invalid.status == 2 && invalid.errors.contains("is not a valid pattern"), "\(invalid.errors)")
  }

  @Test func errorsOfListsNameFileAndLine() throws {
    let program = try sample()
    let list = try program.write("l.txt", "example.com\nfoo..bar\n")
    let wrong = try program.run("summary", "--domains-from", list)
    #expect(wrong.status == 2 && wrong.errors.contains("l.txt: \"foo..bar\" is neither"), "\(wrong.errors)")
    #expect(wrong.errors.contains("(line 2)"))
    let unknown = try program.write("u.txt", "a.test\nb.test\n")
    let none = try program.run("summary", "--domains-from", unknown)
    #expect(none.status == 1 && none.errors.contains("no report is about any of its 2 domains"), "\(none.errors)")
    #expect(try program.run("summary", "--domains-from", program.folder + "/none").status == 2)
    #expect(try program.run("summary", "--domains-from", "/dev/zero").errors.contains("at most 4 MiB"))
  }
}
