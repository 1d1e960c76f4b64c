import Foundation
import Testing

/// Questions of a user who may only read. Tests run as root, whom no permission stops, so the questions are asked by another user.
@Suite(.enabled(if: getuid() == 0)) struct ReadOnlyTests {
  private let program: Program
  private static let questions = [
    ["summary"], ["changes"], ["review"], ["top-failures"], ["unknown-senders"], ["forwarding"], ["export"],
    ["readiness"], ["rejects"], ["alert", "--dry-run"], ["alerts", "list"],
    ["explain", "203.0.113.25"], ["show", "domain", "example.com"], ["senders", "list"], ["senders", "suggest"],
    ["ack", "list"], ["reports", "list"], ["conflicts", "list"], ["ignore", "list"], ["db", "info"], ["db", "check"],
    ["db", "prune", "--before", "2020-01-01", "--dry-run"],
    ["setup", "example.com", "--zone", Program.samples + "/example.zone", "--no-mail"],
  ]

  init() throws {
    program = try Program(withSampleConfiguration: true)
    #expect(try program.run("ingest", Program.samples).status == 1)
    chmod(program.folder, 0o755)
    for suffix in ["", "-wal", "-shm"] { chmod(program.database + suffix, 0o644) }
  }

  private func remove(_ suffixes: String...) {
    for suffix in suffixes { unlink(program.database + suffix) }
  }

  private func reader(_ arguments: [String], before: [String] = []) -> Process {
    let process = program.process([], environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = before + ["setpriv", "--reuid", "65534", "--clear-groups", Program.binary] + arguments
    return process
  }

  private func ask(_ arguments: [String]) throws -> Program.Result { try Program.finish(reader(arguments)) }

  /// Names, sizes and times in the folder.
  private func contents() throws -> [String: [Int]] {
    var contents: [String: [Int]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: program.folder) {
      var status = stat()
      guard lstat(program.folder + "/" + name, &status) == 0 else { continue }
      contents[name] = [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
    return contents
  }

  /// Runs statements as a writer that ends without cleaning up.
  private func change(_ sql: String, _ ending: String = "os._exit(0)") throws {
    let result = try program.python(
      """
      import os, sqlite3, sys
      db = sqlite3.connect(sys.argv[1], isolation_level=None)
      db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
      db.executescript(sys.argv[2])
      \(ending)
      """, [program.database, sql])
    #expect(result.status == 0, "\(result)")
  }

  private static let note = "INSERT INTO acknowledgement (subject, severity, made_at) VALUES ('192.0.2.77', 1, 1)"

  @Test(arguments: [[], ["-shm"], ["-wal", "-shm"]])
  func everyQuestionIsAnsweredWithoutWriting(missing: [String]) throws {
    let answers = try Self.questions.map { try program.run($0) }
    for suffix in missing { remove(suffix) }
    chmod(program.folder, 0o555)
    let before = try contents()
    for (question, answer) in zip(Self.questions, answers) {
      let result = try ask(question)
      #expect(result.status == answer.status && result.output == answer.output, "\(question) \(result)")
      #expect(result.errors == answer.errors, "\(question)")
    }
    #expect(try contents() == before)
    let copy = NSTemporaryDirectory() + "dmarcstat-copy-" + UUID().uuidString
    mkdir(copy, 0o777)
    chmod(copy, 0o777)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    #expect(try ask(["db", "backup", copy + "/copy.sqlite"]).status == 0)
    #expect(try ask(["summary", "--database", copy + "/copy.sqlite"]).output == answers[0].output)
  }

  @Test(arguments: [[], ["-shm"]])
  func changesInALeftOverLogCount(missing: [String]) throws {
    try change(Self.note)
    for suffix in missing { remove(suffix) }
    chmod(program.folder, 0o555)
    for suffix in ["", "-wal", "-shm"] { chmod(program.database + suffix, 0o444) }
    let before = try contents()
    let answer = try ask(["ack", "list"])
    #expect(answer.status == 0 && answer.output.contains("192.0.2.77"), "\(answer)")
    #expect(try contents() == before)
  }

  @Test func logThatMayNotBeReadIsAnError() throws {
    try change(Self.note)
    chmod(program.database + "-wal", 0o600)
    let answer = try ask(["ack", "list"])
    #expect(answer.status == 4 && answer.errors.contains("you may not read it"), "\(answer)")
  }

  @Test func readOnlyMountIsRead() throws {
    for leftOver in [false, true] {
      if leftOver { try change(Self.note) } else { remove("-wal", "-shm") }
      let process = program.process([])
      process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
      process.arguments = [
        "-m", "sh", "-c",
        "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" || exit 77; exec \"$2\" ack list",
        "sh", program.folder, Program.binary,
      ]
      let result = try Program.finish(process)
      if result.status == 77 || result.errors.hasPrefix("unshare:") { return }
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains("192.0.2.77") == leftOver)
    }
  }

  /// A writer without the program's settings, so that the files beside the database come and go.
  @Test func answersAreRightWhileAnotherUserWrites() throws {
    let writer = Process()
    writer.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    writer.arguments = [
      "-c",
      """
      import sqlite3, sys, time
      while True:
        db = sqlite3.connect(sys.argv[1], isolation_level=None)
        for n in range(20):
          db.executescript("BEGIN IMMEDIATE; DELETE FROM known_sender_match WHERE known_sender_id > 900;"
            f"DELETE FROM known_sender WHERE id > 900; INSERT INTO known_sender VALUES ({901 + n}, 'n', 'own', 'database');"
            f"INSERT INTO known_sender_match VALUES ({901 + n}, 'domain', 'n.example'); COMMIT")
          if n % 7 == 3: db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
          time.sleep(0.002)
        db.close()
        time.sleep(0.03)
      """, program.database,
    ]
    remove("-wal", "-shm")
    chmod(program.folder, 0o755)
    try writer.run()
    defer {
      kill(writer.processIdentifier, SIGKILL)
      writer.waitUntilExit()
    }
    var answered = 0
    for _ in 0..<(Program.isLong ? 200 : 25) {
      let result = try ask(["db", "check"])
      let isRefused = result.status == 4 && result.output.isEmpty && result.errors.contains("run the command again")
      #expect(result.status == 0 || isRefused, "\(result)")
      if result.status == 0 { answered += 1 }
    }
    #expect(writer.isRunning && answered > 0)
  }

  @Test func oldVerdictsAreToldWithANote() throws {
    let config = try program.write(
      "other.yaml", "known_senders: [{name: another, kind: service, addresses: [203.0.113.0/24]}]\n")
    let before = try contents()
    let result = try ask(["summary", "--config", config])
    #expect(result.status == 0 && !result.output.isEmpty, "\(result)")
    #expect(result.errors.contains("may be out of date"), "\(result)")
    #expect(try contents() == before)
  }
}
