import Foundation
import Testing

/// Unwritable standard output, and untrusted text in the output.
@Suite struct OutputTests {
  private static let commands = [
    ["parse", "reports-sample"], ["lint", "reports-sample/07-bigmail.example!example.com!1791244800!1791331199.xml"],
    ["summary"], ["export"], ["export", "--rows", "--format", "json"], ["explain", "203.0.113.40"],
    ["readiness", "example.com"],
    ["db", "info"], ["ingest", "reports-sample"], ["--help"], ["--version"], ["help", "export"],
    ["--generate-completion-script", "bash"],
  ]

  private func shell(_ program: Program, _ arguments: [String], _ redirection: String) throws -> Program.Result {
    let process = program.process(["-c", "\"$@\" \(redirection)", "sh", Program.binary] + arguments)
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    return try Program.finish(process)
  }

  @Test func unwritableOutputHasItsOwnStatus() throws {
    let program = try Program()
    #expect(
      try program.run("ingest", "--quiet", "reports-sample/01-bigmail.example!example.com!1790553600!1790639999.xml")
        .status == 0)
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    for arguments in Self.commands {
      let full = try shell(program, arguments, ">/dev/full")
      #expect(full.status == 5, "\(arguments)")
      #expect(full.errors.contains("standard output: No space left on device"), "\(arguments): \(full.errors)")
      let closed = try shell(program, arguments, ">&-")
      #expect(closed.status == 5, "\(arguments)")
      #expect(closed.errors.contains("standard output: Bad file descriptor"), "\(arguments): \(closed.errors)")
    }
    #expect(try program.run("db", "check").status == 0)
  }

  @Test func closedPipeIsNotAnError() throws {
    let program = try Program()
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    let result = try shell(program, ["export", "--rows"], "| head -n 1")
    #expect(result.status == 0 && result.errors.isEmpty)
    // If SIGPIPE is ignored, as in services, the status is the one that a shell shows for it.
    let ignored = try program.python(
      """
      import subprocess, sys
      p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=False)
      p.stdout.close()
      print(p.wait(), p.stderr.read())
      """, [Program.binary, "export", "--rows", "--database", program.database])
    #expect(ignored.output == "141 b''\n")
  }

  @Test func aClosedStandardErrorChangesNothing() throws {
    let program = try Program()
    let result = try shell(program, ["ingest", "reports-sample"], "2>&-")
    #expect(result.status == 1 && result.output.contains("new reports"))
  }

  @Test func foreignTextIsShownEscapedEverywhere() throws {
    let program = try Program()
    let odd = "\u{9b}31m\u{202e}\u{ad}\u{200b}\u{61c}\u{1b}]0;x\u{7}\n"
    _ = try program.write("in/\(odd)!a.xml", "<feedback><report_metadata>\(String(repeating: "x", count: 9))")
    _ = try program.write(
      "in/b.xml",
      try String(
        contentsOfFile: Program.samples + "/07-bigmail.example!example.com!1791244800!1791331199.xml", encoding: .utf8
      )
      .replacing("<org_name>", with: "<org_name>\u{9b}\u{202e}\u{ad}\u{e0041}"))
    var outputs: [Program.Result] = []
    for arguments in [["ingest", "in"], ["parse", "in"], ["lint", "in"]] {
      outputs.append(try program.run([arguments[0], program.folder + "/in"]))
    }
    for format in ["table", "csv", "json", "ndjson"] {
      outputs.append(try program.run("rejects", "--format", format))
      outputs.append(try program.run("show", "report", "1", "--format", format))
      outputs.append(try program.run("show", "report", odd, "--format", format))
      outputs.append(try program.run("lint", program.folder + "/in", "--format", format))
    }
    outputs.append(try program.run("summary", "--domain", odd))
    outputs.append(try program.run("summary", "--database", program.folder + "/\(odd)"))
    outputs.append(try program.run("summary", "--\(odd)"))
    for result in outputs {
      let bad = (result.output + result.errors).unicodeScalars.filter {
        ["\u{9b}", "\u{202e}", "\u{ad}", "\u{200b}", "\u{61c}", "\u{1b}", "\u{7}", "\u{e0041}"].contains($0)
      }
      #expect(bad.isEmpty, "\(result.errors) \(result.output)")
    }
    #expect(
      outputs.contains {
        $0.errors.contains("\\u{9b}31m\\u{202e}\\u{ad}\\u{200b}\\u{61c}\\u{1b}]0;x\\u{7}\\u{a}!a.xml")
      })
    #expect(outputs.contains { $0.output.contains("\\u009b\\u202e\\u00ad\\udb40\\udc41") })
  }
}
