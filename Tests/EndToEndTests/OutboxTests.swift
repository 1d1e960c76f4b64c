import Foundation
import Testing

/// `outbox`: what waits survives the end of the program, is sent once, and shows no secret.
@Suite struct OutboxTests {
  /// A program with a month of reports, whose digest goes through a script in place of sendmail.
  private static func sample(_ script: String, recipients: String = "- {mail: ops@example.com, digest: true}") throws
    -> Program
  {
    let program = try Program()
    let sendmail = try program.write("sendmail", "#!/bin/sh\ncd \(program.folder)\n\(script)\n")
    #expect(chmod(sendmail, 0o755) == 0)
    _ = try program.write(
      ".config/dmarcstat/config.yaml",
      """
      notify:
        timeout: 20
        mail: {from: dmarc@example.com, sendmail: \(sendmail)}
        recipients:
          \(recipients.split(separator: "\n").joined(separator: "\n    "))
      """)
    #expect(try program.run("ingest", "--quiet", Program.samples).status == 1)
    return program
  }

  private static func read(_ program: Program, _ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: program.folder + "/" + name) ?? Data(), as: UTF8.self)
  }

  /// Message-IDs of what the script took.
  private static func taken(_ program: Program) -> [String] {
    read(program, "taken").split(separator: "\n").map(String.init)
  }

  private static func sql(_ program: Program, _ statement: String) throws {
    let result = try program.python(
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
      [program.database, statement])
    #expect(result.status == 0, "\(result.errors)")
  }

  private static let take = "grep -i '^message-id' >> taken"

  @Test func whatWaitsSurvivesAKill() throws {
    let program = try Self.sample(
      "[ -e go ] && { \(Self.take); exit; }; echo $$ > started; while [ ! -e go ]; do sleep 0.1; done; exit 1")
    let process = program.process(["review", "--mail", "--month", "2026-10"])
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    while Self.read(program, "started").isEmpty { usleep(20_000) }
    kill(process.processIdentifier, SIGKILL)
    // The script outlives the program, and ends now without having taken anything.
    _ = try program.write("go", "")
    process.waitUntilExit()
    let entry = try #require((try program.json("outbox") as? [[String: Any]])?.first)
    #expect(
      entry["state"] as? String == "waiting" && entry["attempts"] as? Int == 1 && entry["kind"] as? String == "digest")
    // Its lease is not over: the process could still be sending.
    #expect(try program.run("outbox", "send").output.contains("Nothing waits.") && Self.taken(program).isEmpty)
    #expect(try program.run("review", "--mail", "--month", "2026-10").output.contains("waiting already"))
    try Self.sql(program, "UPDATE outbox SET leased_until = 0")
    let sent = try program.run("outbox", "send")
    #expect(sent.status == 0 && sent.output.contains("sent"), "\(sent.errors)")
    #expect(Self.taken(program).count == 1)
    #expect(try program.run("outbox").output.contains("Nothing waits."))
  }

  @Test func everyAttemptHasTheSameIdentity() throws {
    let program = try Self.sample("\(Self.take); exit $(cat status)")
    _ = try program.write("status", "75")
    let first = try program.run("review", "--mail", "--month", "2026-10")
    #expect(
      first.status == 1 && first.output.contains("not sent yet: sendmail ended with status 75"), "\(first.output)")
    #expect(try program.run("outbox", "send", "--due").output.contains("Nothing waits."))
    #expect(try program.run("outbox", "send").status == 1)
    _ = try program.write("status", "0")
    #expect(try program.run("outbox", "send").status == 0)
    #expect(Self.taken(program).count == 3 && Set(Self.taken(program)).count == 1)
    // Once a period, unless somebody asks for another one.
    #expect(try program.run("review", "--mail", "--month", "2026-10").output.contains("already sent"))
    #expect(try program.run("review", "--mail", "--month", "2026-10", "--again").output == "ops@example.com: sent\n")
    #expect(Set(Self.taken(program)).count == 2)
  }

  @Test func twoSendersSendOnce() throws {
    let program = try Self.sample(
      "sleep 1; \(Self.take)",
      recipients: "- {mail: a@example.com, digest: true}\n- {mail: b@example.com, digest: true}")
    let processes = (0..<3).map { _ in program.process(["review", "--mail", "--month", "2026-10"]) }
    for process in processes {
      process.standardOutput = FileHandle.nullDevice
      try process.run()
    }
    for process in processes {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    #expect(Self.taken(program).count == 2 && Set(Self.taken(program)).count == 2)
  }

  @Test func whatIsRefusedFailsAndCanBeDropped() throws {
    let program = try Self.sample("exit 67")
    #expect(
      try program.run("review", "--mail", "--month", "2026-10").output.contains(
        "not sent: sendmail refused it (status 67)"))
    let listed = try program.run("outbox")
    #expect(listed.output.contains("failed") && listed.output.contains("refused it"), "\(listed.output)")
    #expect(try program.run("outbox", "send").output.contains("Nothing waits."))
    #expect(try program.run("outbox", "send", "1", "--quiet").status == 1)
    #expect(try program.run("outbox", "drop", "1").output == "1 entry dropped.\n")
    #expect(try program.run("outbox").output.contains("Nothing waits."))
    #expect(try program.run("outbox", "list", "--all").output.contains("dropped"))
    for (arguments, words) in [
      (["outbox", "drop", "1"], "neither waits nor has failed"),
      (["outbox", "send", "9"], "neither waits nor has failed"),
      (["outbox", "drop"], "--all"), (["outbox", "send", "1", "--due"], "--due"),
      (["outbox", "test", "--recipient", "x"], "known recipients"),
    ] {
      let result = try program.run(arguments)
      #expect(result.status == 2 && result.errors.contains(words), "\(arguments): \(result.errors)")
    }
  }

  @Test func aMonthWithoutReportsIsNotSent() throws {
    let program = try Self.sample(Self.take)
    let result = try program.run("review", "--mail", "--month", "2025-02")
    #expect(result.status == 1 && result.errors.contains("no reports from 2025-02-01 to 2025-02-28"), "\(result)")
    #expect(try program.run("outbox", "list", "--all").output == "Nothing waits.\n" && Self.taken(program).isEmpty)
  }

  @Test func withoutARecipientNothingIsSent() throws {
    let program = try Program()
    for (arguments, words) in [
      (["review", "--mail"], "no recipient"), (["outbox", "test"], "no recipient"),
      (["review", "--to", "a@example.com"], "--mail"),
      (["review", "--mail", "-o", "x.html"], "--output"),
      (["review", "--mail", "--to", "nobody"], "not a mail address"),
    ] {
      let result = try program.run(arguments)
      #expect(result.status == 2 && result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    _ = try program.run("ingest", "--quiet", Program.samples)
    let result = try program.run("review", "--mail", "--month", "2026-10", "--to", "a@example.com")
    #expect(result.status == 2 && result.errors.contains("does not say how mail is sent"))
    #expect(try program.run("outbox").output.contains("Nothing waits."))
  }

  /// Each channel is tested, and no secret is in an output, in the environment of a child, or in the database.
  @Test func everyChannelIsTestedAndNoSecretShown() throws {
    let program = try Program()
    let secrets = ["url-token-1234567", "bearer-token-1234567", "smtp-password-1234567"]
    let server = Process()
    server.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    server.arguments = [Program.root + "/Tests/DeliveryTests/servers/receiver.py", program.folder + "/log"]
    let pipe = Pipe()
    server.standardOutput = pipe
    try server.run()
    defer {
      server.terminate()
      server.waitUntilExit()
    }
    let port = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    for (name, mode) in [("good", "ok"), ("bad", "404"), ("moved", "redirect")] {
      #expect(chmod(try program.write(name, "http://127.0.0.1:\(port)/\(secrets[0])/\(mode)\n"), 0o600) == 0)
    }
    #expect(chmod(try program.write("token", secrets[1]), 0o600) == 0)
    #expect(chmod(try program.write("password", secrets[2]), 0o600) == 0)
    let command = try program.write(
      "command", "#!/bin/sh\ncat > \(program.folder)/input; env > \(program.folder)/environment\n")
    #expect(chmod(command, 0o755) == 0)
    let config = """
      notify:
        timeout: 5
        mail: {from: dmarc@example.com, server: 127.0.0.1, port: 1, tls: none, user: u, password_file: \(program.folder)/password}
        recipients:
          - {mail: ops@example.com, digest: true}
          - {webhook: {url_file: \(program.folder)/good, token_file: \(program.folder)/token}}
          - {slack: {url_file: \(program.folder)/good}}
          - {teams: {url_file: \(program.folder)/bad}}
          - {mattermost: {url_file: \(program.folder)/moved}}
          - {ntfy: {url_file: \(program.folder)/none}}
          - {name: pager, command: [\(command)], lang: ja}
          - {syslog: {facility: daemon, socket: \(program.folder)/socket}}
          - stderr: true
      """
    _ = try program.write(".config/dmarcstat/config.yaml", config)
    _ = try program.run("ingest", "--quiet", Program.samples)
    var outputs = ""
    for arguments in [
      ["outbox", "test"], ["outbox", "test", "--format", "json"], ["review", "--mail", "--month", "2026-10"],
      ["outbox"],
      ["outbox", "send", "--format", "json"], ["outbox", "list", "--all", "--format", "json"],
    ] {
      let result = try program.run(arguments)
      outputs += result.output + result.errors
    }
    let tests = try #require(try program.json("outbox", "test") as? [[String: Any]])
    let results = tests.map { "\($0["channel"] ?? ""): \($0["result"] ?? "") \($0["cause"] as? String ?? "")" }
    for (line, words) in zip(
      results,
      [
        "failed the mail server cannot be reached", "webhook: sent", "slack: sent", "answered 404", "302, a redirect",
        "url_file",
        "command: sent", "failed \(program.folder)/socket does not take", "stderr: sent",
      ])
    { #expect(line.contains(words), "\(line)") }
    #expect(results.count == 9)
    #expect(outputs.contains("This is a test") && Self.read(program, "input").contains("テスト"))
    let database = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: program.database + $0)) }
    for secret in secrets {
      #expect(
        !outputs.contains(secret) && !Self.read(program, "environment").contains(secret)
          && !Self.read(program, "input").contains(secret))
      for data in database { #expect(data.range(of: Data(secret.utf8)) == nil) }
    }
    #expect(Self.read(program, "log").contains(secrets[1]))
    #expect(!Self.read(program, "log").contains("redirected"))
  }
}
