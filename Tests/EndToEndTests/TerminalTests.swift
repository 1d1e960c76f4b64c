import Foundation
import Testing

/// What only a terminal shows.
@Suite struct TerminalTests {
  /// Runs the program with a terminal as standard output, which `script` provides.
  private func inTerminal(
    _ program: Program, _ arguments: [String], locale: String, columns: Int = 400,
    environment: [String: String] = ["NO_COLOR": "1"], status: Int32 = 0
  ) throws -> String {
    let words = [Program.binary] + arguments
    #expect(words.allSatisfy { !$0.contains("'") && !$0.contains(" ") })
    let process = program.process([], environment: ["LANG": locale, "TERM": "xterm"].merging(environment) { $1 })
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    let command = "stty cols \(columns); " + words.joined(separator: " ")
    process.arguments = ["--quiet", "--return", "--command", command, "/dev/null"]
    let result = try Program.finish(process)
    #expect(result.status == status, "\(result)")
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

  /// On a terminal, the course is drawn below the answer, with labels in the user's language.
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

  /// A pager gets what the terminal would get, and only what a terminal would.
  @Test func aPagerShowsAnswersOnATerminal() throws {
    let program = try Program()
    _ = try program.run("ingest", "--quiet", Program.samples)
    func question(_ pager: String, _ words: String...) throws -> [String] {
      words + ["--config", try program.write("pager.yaml", "pager: \(pager)\n")]
    }
    let plain = try program.run("top-failures", "--wide")
    let numbered = try inTerminal(program, question("cat -n", "top-failures", "--wide"), locale: "C")
    #expect(numbered.hasPrefix("     1\t") && numbered.contains("\n     2\t"))
    #expect(numbered.replacing(/(^|\n) *[0-9]+\t/) { $0.output.1 } == plain.output)
    let narrow = try inTerminal(program, question("cat", "top-failures"), locale: "C", columns: 60)
    #expect(narrow.contains("--wide shows all"))
    #expect(try inTerminal(program, question("cat", "summary"), locale: "C", environment: [:]).contains("\u{1b}[1m"))
    #expect(try inTerminal(program, question("[sh, -c, 'echo $LESS']", "summary"), locale: "C") == "FRX\n")
    let piped = try program.run(question("cat -n", "top-failures", "--wide"))
    #expect(piped.output == plain.output && piped.status == 0)
  }

  /// Neither a pager that ends early nor one that does not start spoils the answer, and an error needs none.
  @Test func aPagerThatEndsEarlyIsNoFailure() throws {
    let program = try Program()
    _ = try program.run("ingest", "--quiet", Program.samples)
    func question(_ pager: String, _ words: String...) throws -> [String] {
      words + ["--config", try program.write("pager.yaml", "pager: \(pager)\n")]
    }
    // All samples together are more than a pipe holds.
    let reports = try FileManager.default.contentsOfDirectory(atPath: Program.samples).filter { $0.hasSuffix(".xml") }
    let config = try program.write("head.yaml", "pager: head -n 1\n")
    let first = try inTerminal(
      program, ["parse"] + (reports + reports).map { "\(Program.samples)/\($0)" } + ["2>/dev/null"], locale: "C",
      environment: ["DMARCSTAT_CONFIG": config])
    #expect(first.split(separator: "\n").count == 1)
    let missing = try inTerminal(program, question("no-such-pager", "summary", "--wide"), locale: "C")
    #expect(missing.contains("the pager no-such-pager cannot be started") && missing.contains("example.com"))
    let mistaken = try question("[sh, -c, 'echo paged']", "summary", "--domain", "nobody.example")
    #expect(try !inTerminal(program, mistaken, locale: "C", status: 1).contains("paged"))
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
