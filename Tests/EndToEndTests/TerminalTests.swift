import Foundation
import Testing

/// What only a terminal shows.
@Suite struct TerminalTests {
  /// Runs the program with a terminal as standard output, which `script` provides.
  private func inTerminal(
    _ program: Program, _ arguments: [String], locale: String, columns: Int = 400,
    environment: [String: String] = ["NO_COLOR": "1"]
  ) throws -> String {
    let words = [Program.binary] + arguments
    #expect(words.allSatisfy { !$0.contains("'") && !$0.contains(" ") })
    let process = program.process([], environment: ["LANG": locale, "TERM": "xterm"].merging(environment) { $1 })
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    let command = "stty cols \(columns); " + words.joined(separator: " ")
    process.arguments = ["--quiet", "--return", "--command", command, "/dev/null"]
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

  /// Without a period to divide, the course is below the answer; its names are those of the language.
  @Test func courseIsDrawnBelowSummaryAndDomain() throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    for question in [["summary"], ["show", "domain", "example.com"]] {
      let table = try program.run(question).output
      let drawn = try inTerminal(program, question, locale: "C.UTF-8")
      #expect(drawn.hasPrefix(table) && drawn.contains("\nMessages   ") && drawn.contains("\nPass rate  "), "\(drawn)")
      #expect(try inTerminal(program, question, locale: "C") == table)
      let japanese = try inTerminal(program, question, locale: "ja_JP.UTF-8")
      #expect(japanese.contains("\n通数    ") && japanese.contains("\n合格率  ") && japanese.contains(" から "))
    }
  }

  /// Colours are for terminals, unless they are asked for.
  @Test func coloursAreForTerminals() throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    func isColoured(_ options: [String], _ environment: [String: String] = [:]) throws -> Bool {
      try program.run(["top-failures"] + options, environment: environment).output.contains("\u{1b}[")
    }
    let plain = try program.run("top-failures", "--wide").output
    let terminal = try inTerminal(program, ["top-failures", "--wide"], locale: "C", environment: [:])
    #expect(terminal.contains("\u{1b}[31m") && terminal.replacing(/\u{1b}\[[0-9]+m/, with: "") == plain)
    #expect(
      try !inTerminal(program, ["top-failures", "--color", "never"], locale: "C", environment: [:]).contains("\u{1b}["))
    #expect(try !isColoured([]) && isColoured(["--color", "always"]) && isColoured([], ["CLICOLOR_FORCE": "1"]))
    #expect(
      try !isColoured([], ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"])
        && isColoured(["--color", "always"], ["NO_COLOR": "1"]))
    #expect(try !isColoured(["--color", "always", "--format", "csv"]))
    #expect(try isColoured(["--color", "always", "--limit", "0"]))
    #expect(try program.run("doctor", "--local", "--color", "always").output.contains("\u{1b}[32m"))
    #expect(try program.run("summary", "--color", "red").status == 2)
  }

  @Test(arguments: [60, 80, 120, 200]) func japaneseTablesFitTheTerminal(_ columns: Int) throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    for question in [["summary"], ["top-failures"], ["unknown-senders"], ["forwarding"], ["reports"]] {
      let fitted = try inTerminal(program, question, locale: "ja_JP.UTF-8", columns: columns)
      let table = fitted.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
      #expect(table.count > 1)
      for line in table {
        let width = line.unicodeScalars.reduce(0) { $0 + ((0x2e80...0xff60).contains($1.value) ? 2 : 1) }
        #expect(width <= columns, "\(question) \(columns): \(line)")
      }
    }
  }

  @Test(arguments: [60, 80, 120, 200]) func tablesFitTheTerminal(_ columns: Int) throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    for question in [
      ["summary"], ["top-failures"], ["top-failures", "--by", "network"], ["unknown-senders"], ["forwarding"],
      ["reports"],
      ["readiness", "--all"],
    ] {
      let whole = try program.run(question).output
      #expect(try inTerminal(program, question + ["--wide"], locale: "C", columns: columns) == whole)
      let fitted = try inTerminal(program, question, locale: "C", columns: columns)
      // What follows the table may be a command, which is never broken.
      let table = fitted.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
      for line in table {
        #expect(line.unicodeScalars.count <= columns, "\(question) \(columns): \(line)")
      }
      let first = try #require(whole.split(separator: " ").first)
      #expect(fitted.hasPrefix(first))
      if !fitted.hasPrefix(whole) {
        #expect(
          fitted.replacing("\n", with: " ").contains("--wide shows all columns") || fitted.contains("…"),
          "\(question) \(columns)")
      }
    }
  }
}
