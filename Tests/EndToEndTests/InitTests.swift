import Foundation
import Testing

/// `init` without a terminal, and the file that it writes.
@Suite struct InitTests {
  private let program: Program
  private var config: String { program.folder + "/.config/dmarcstat/config.yaml" }

  init() throws { program = try Program() }

  private func start(_ arguments: String..., environment: [String: String] = [:]) throws -> Program.Result {
    try program.run(["init", "--config", config] + arguments, environment: environment)
  }

  private func text() throws -> String { try String(contentsOfFile: config, encoding: .utf8) }

  @Test func aFolderIsReadAndConfigured() throws {
    let result = try start("--domain", "example.com", "--domain", "example.org", "--source", "reports-sample")
    #expect(result.status == 0 && result.errors.contains("Read a report of "), "\(result)")
    var status = stat()
    #expect(stat(config, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    let text = try text()
    #expect(text.contains("\nsources: ['\(Program.samples)']\n") || text.contains("\nsources: [\(Program.samples)]\n"))
    #expect(text.contains("\nown_domains: [example.com, example.org]\n"))
    // The line for cron works as printed, in another environment.
    let line = try #require(result.output.split(separator: "\n").first { $0.contains("17 * * * *  ") })
    let cron = Process()
    cron.executableURL = URL(fileURLWithPath: "/bin/sh")
    cron.arguments = ["-c", String(line.split(separator: "  ", maxSplits: 1)[1])]
    cron.environment = ["PATH": "/usr/bin:/bin"]
    #expect(try Program.finish(cron).status == 1)
    #expect(try program.run("db", "info", "--config", config, "--format", "csv").output.contains("/reports.sqlite"))
    #expect(result.output.contains("dmarcstat doctor"))
  }

  @Test func theSameAnswersChangeNothing() throws {
    #expect(try start("--source", "reports-sample").status == 0)
    let before = try FileManager.default.attributesOfItem(atPath: config)[.modificationDate] as? Date
    let again = try start("--source", "reports-sample")
    #expect(again.status == 0 && again.output.contains("nothing was changed"), "\(again)")
    #expect(try FileManager.default.attributesOfItem(atPath: config)[.modificationDate] as? Date == before)
    // Other answers do not overwrite it.
    let old = try text()
    let other = try start("--source", "/tmp")
    #expect(other.status == 2 && other.errors.contains("--force"), "\(other)")
    #expect(try text() == old)
    #expect(try start("--source", "/tmp", "--skip-test", "--force").status == 0)
    #expect(try text() != old)
    #expect(try String(contentsOfFile: config + ".old", encoding: .utf8) == old)
    let names = try FileManager.default.contentsOfDirectory(atPath: program.folder + "/.config/dmarcstat")
    #expect(names.sorted() == ["config.yaml", "config.yaml.old"])
  }

  /// Also one that is not UTF-8, and the one that was replaced before.
  @Test func everyOlderFileIsKept() throws {
    #expect(try start("--source", "/tmp", "--skip-test").status == 0)
    let bytes = Data("# caf\u{e9}\n".unicodeScalars.map { UInt8($0.value) })
    try bytes.write(to: URL(fileURLWithPath: config))
    #expect(try start("--source", "/tmp", "--skip-test", "--force").status == 0)
    let second = try text()
    #expect(try start("--source", "/var", "--skip-test", "--force").status == 0)
    #expect(FileManager.default.contents(atPath: config + ".old") == bytes)
    #expect(try String(contentsOfFile: config + ".old.1", encoding: .utf8) == second)
    #expect(try text() != second)
  }

  @Test func aDryRunPrintsOnly() throws {
    let result = try start("--source", "reports-sample", "--dry-run", "--lang", "ja")
    #expect(result.status == 0 && result.output.contains("\nlang: ja\n") && result.output.contains("設定ファイル"))
    #expect(result.errors.contains("何も書き込んでいません"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: program.folder + "/.config"))
    // What it prints is a configuration.
    let copy = try program.write("copy.yaml", result.output)
    #expect(try program.run("accounts", "list", "--config", copy).status == 0)
  }

  @Test func unreadableSourcesWriteNothing() throws {
    let missing = try start("--source", program.folder + "/missing")
    #expect(missing.status == 3 && missing.errors.contains("nothing was written"), "\(missing)")
    let server = try start(
      "--server", "127.0.0.1:9", "--user", "a@example.com", "--password-file", program.folder + "/password")
    #expect(server.status == 3 && server.errors.contains("FAIL"), "\(server)")
    #expect(!FileManager.default.fileExists(atPath: config))
    #expect(try start("--source", program.folder + "/missing", "--skip-test").status == 0)
    // An empty folder is where reports will arrive.
    try FileManager.default.createDirectory(atPath: program.folder + "/new", withIntermediateDirectories: true)
    #expect(try start("--source", program.folder + "/new", "--dry-run").errors.contains("empty so far"))
  }

  @Test func wrongUsageNamesTheOption() throws {
    for (arguments, part) in [
      ([], "there is no terminal to ask on"), (["--source", ""], "--source"), (["--source", "a\nb"], "--source"),
      (["--server", "imap.example.com"], "--user"), (["--user", "a"], "--server"),
      (["--server", "a:99999", "--user", "a"], "--server"), (["--source", "/tmp", "--domain", "a b"], "--domain"),
      (["--server", "a", "--user", "a", "--after", "burn"], "--after"),
      (["--server", "a", "--user", "a", "--tls", "maybe"], "--tls"),
    ] {
      let result = try program.run(["init", "--config", config] + arguments)
      #expect(result.status == 2 && result.errors.contains(part) && result.output.isEmpty, "\(arguments) \(result)")
    }
    #expect(!FileManager.default.fileExists(atPath: config))
  }

  @Test func theFileMustBeWritable() throws {
    let blocked = try program.write("file", "")
    let result = try program.run("init", "--config", blocked + "/config.yaml", "--source", "reports-sample")
    #expect(result.status == 5 && result.errors.contains("cannot be written"), "\(result)")
  }
}

/// `init` and `setup` with a person at a terminal, and `init` with a real mail server.
@Suite struct InitDialogueTests {
  @Test(arguments: [
    "dialogue_folder", "dialogue_plan", "dialogue_account", "account_by_options", "interrupted", "password",
  ])
  func dialogue(check: String) async throws { try await PythonChecks.run("setup.\(check)") }
}
