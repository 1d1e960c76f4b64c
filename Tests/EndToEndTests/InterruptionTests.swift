import Foundation
import Testing

/// Ctrl-C during an ingest: it says what is stored, and how to go on.
@Suite struct InterruptionTests {
  private func interrupt(_ options: [String], locale: String = "C.UTF-8") throws -> (errors: String, program: Program) {
    let program = try Program()
    let process = program.process(["ingest", Program.samples, "-"] + options, environment: ["LANG": locale])
    // If the tests run in the background, SIGINT is ignored, and a thread of the tests may block it: both are inherited.
    let reset = """
      import os, signal, sys
      signal.signal(signal.SIGINT, signal.SIG_DFL)
      signal.pthread_sigmask(signal.SIG_SETMASK, [])
      os.execv(sys.argv[1], sys.argv[1:])
      """
    process.arguments = ["-c", reset, Program.binary] + (process.arguments ?? [])
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    // It waits for its standard input once it has read the folder.
    let input = Pipe()
    let errors = try program.write("errors", "")
    process.standardInput = input
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let path = "/proc/\(process.processIdentifier)/status"
    var isReady = false
    while process.isRunning, !isReady {
      // Python catches SIGINT, too.
      let name = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/comm", encoding: .utf8)) ?? ""
      let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }?.split(separator: "\t").last ?? "0"
      isReady = name == "dmarcstat\n" && (Int(caught, radix: 16) ?? 0) & 1 << (SIGINT - 1) != 0
      usleep(10_000)
    }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
    try? input.fileHandleForWriting.close()
    return (try String(contentsOfFile: errors, encoding: .utf8), program)
  }

  @Test func whatIsStoredIsSaid() throws {
    let (errors, program) = try interrupt([])
    let stored = try program.totals()["reports"] ?? -1
    #expect(errors.contains(stored == 1 ? "1 new report is stored" : "\(stored) new reports are stored"), "\(errors)")
    #expect(errors.contains("Run the same command again"))
    // Doing so goes on, and counts nothing twice.
    _ = try program.run("ingest", "--quiet", Program.samples)
    #expect(try program.totals()["reports"] == 28)
  }

  @Test func otherRuns() throws {
    #expect(try interrupt(["--dry-run"]).errors.contains("nothing was stored"))
    #expect(try interrupt(["--quiet"]).errors.isEmpty)
    let japanese = try interrupt([], locale: "ja_JP.UTF-8").errors
    #expect(japanese.contains("中断しました") && japanese.contains("同じコマンドを再実行"), "\(japanese)")
  }
}
