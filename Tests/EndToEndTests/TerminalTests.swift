import Foundation
import Testing

/// What only a terminal shows.
@Suite struct TerminalTests {
  /// Runs the program with a terminal as standard output, which `script` provides.
  private func inTerminal(_ program: Program, _ arguments: [String], locale: String) throws -> String {
    let words = [Program.binary] + arguments
    #expect(words.allSatisfy { !$0.contains("'") && !$0.contains(" ") })
    let process = program.process([], environment: ["LANG": locale, "TERM": "xterm"])
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    process.arguments = ["--quiet", "--return", "--command", words.joined(separator: " "), "/dev/null"]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result)")
    return result.output.replacing("\r\n", with: "\n")
  }

  @Test(arguments: ["summary", "top-failures"]) func courseIsDrawnOnATerminal(_ command: String) throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    let question = [command, "--by", "week", "--format"]
    let table = try program.run(question + ["table"]).output
    let drawn = try inTerminal(program, question + ["table"], locale: "C.UTF-8")
    #expect(drawn.hasPrefix(table) && drawn.contains("█"), "\(drawn)")
    #expect(try inTerminal(program, question + ["table"], locale: "C") == table)
    #expect(try !inTerminal(program, question + ["csv"], locale: "C.UTF-8").contains("█"))
  }
}
