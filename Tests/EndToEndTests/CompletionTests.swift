import Foundation
import Testing

/// Names that shells offer, which come from the store.
@Suite struct CompletionTests {
  private let program: Program

  init() throws {
    program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
  }

  /// What bash offers for the last of some words, with the script that the program prints.
  private func offered(_ words: [String], environment: [String: String] = [:]) throws -> Set<String> {
    let script = try program.write("completion.bash", program.run("--generate-completion-script", "bash").output)
    let process = program.process([], environment: environment)
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments =
      [
        "-c",
        """
        PATH=$(dirname "$1"):$PATH; source "$2"; shift 2
        COMP_WORDS=(dmarcstat "$@"); COMP_CWORD=$#; COMP_LINE="dmarcstat $*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
        _dmarcstat dmarcstat "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; printf '%s\\n' "${COMPREPLY[@]}"
        """, "bash", Program.binary, script,
      ] + words
    let result = try Program.finish(process)
    return Set(result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
  }

  @Test func namesOfTheStore() throws {
    #expect(try offered(["summary", "--domain", "exa"]) == ["example.com", "example.org"])
    #expect(try offered(["summary", "--domain", "example.o"]) == ["example.org"])
    #expect(try offered(["show", "domain", "example.c"]) == ["example.com"])
    #expect(try offered(["readiness", "example.c"]) == ["example.com"])
    #expect(try offered(["senders", "show", "Web"]).contains { $0.hasPrefix("Web") })
    #expect(try offered(["summary", "--month", "2026-"]) == ["2026-09", "2026-10"])
    #expect(try offered(["summary", "--since", "la"]) == ["last-month"])
    #expect(try offered(["summary", "--domain", "nothing"]).subtracting([""]).isEmpty)
  }

  /// Hostile names are not offered, and nothing is created or written.
  @Test func theStoreIsOnlyRead() throws {
    let missing = program.folder + "/missing/reports.sqlite"
    #expect(try offered(["summary", "-b", missing, "--month", "la"]) == ["last-month"])
    #expect(!FileManager.default.fileExists(atPath: program.folder + "/missing"))
    let garbage = try program.write("garbage.sqlite", "no database")
    #expect(try offered(["summary", "-b", garbage, "--domain", "e"]).subtracting([""]).isEmpty)
    #expect(try String(contentsOfFile: garbage, encoding: .utf8) == "no database")
    let config = try program.write("wrong.yaml", "databose: x\n")
    let environment = ["DMARCSTAT_CONFIG": config]
    #expect(try offered(["summary", "--domain", "exa"], environment: environment) == ["example.com", "example.org"])
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func scriptsAskTheProgram(_ shell: String) throws {
    let script = try program.run("--generate-completion-script", shell).output
    #expect(script.contains("---completion"))
  }
}
