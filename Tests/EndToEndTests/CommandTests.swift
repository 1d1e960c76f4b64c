import Foundation
import Testing

@Suite struct CommandTests {
  @Test func exitStatuses() throws {
    let program = try Program()
    #expect(try program.run("--version").status == 0)
    #expect(try program.run("summary").status == 4)
    #expect(try program.run("ingest").status == 2)
    #expect(try program.run("nonsense").status == 2)
    #expect(try program.run("summary", "--month", "2026-13").status == 2)
    #expect(try program.run("summary", "--month", "2026-10", "--since", "7d").status == 2)
    #expect(try program.run("summary", "--since", "2026-10-02", "--until", "2026-10-01").status == 2)
    #expect(try program.run("ingest", "/nonexistent").status == 3)
    #expect(try program.run("ingest", Program.samples).status == 1)
    #expect(try program.run("ingest", Program.samples).status == 0)
    #expect(try program.run("ingest", "-b", "/proc/x/y.sqlite", Program.samples).status == 4)
    #expect(try program.run("show", "ip", "192.0.2.300").status == 2)
    #expect(try program.run("show", "ip", "192.0.2.200").status == 1)
    #expect(try program.run("show", "report", "nope").status == 1)
    #expect(try program.run("parse", "/nonexistent").status == 3)
  }

  @Test func errorsNameTheNextStep() throws {
    let program = try Program()
    #expect(try program.run("summary").errors.contains("run `dmarcstat ingest` first"))
    #expect(try program.run("ingest", "/nonexistent").errors.contains("check that it exists"))
    #expect(try program.run("summary", "--month", "oktober").errors.contains("use 2026-10, last-month or this-month"))
  }

  @Test func everyCommandHasExamples() throws {
    struct Help: Decodable {
      struct Command: Decodable {
        var commandName: String
        var discussion: String?
        var subcommands: [Command]?
      }
      var command: Command
    }
    let program = try Program()
    let dump = try program.run("--experimental-dump-help")
    let help = try JSONDecoder().decode(Help.self, from: Data(dump.output.utf8))
    func check(_ command: Help.Command) {
      guard command.commandName != "help" else { return }
      let isTop = command.commandName == "dmarcstat"
      #expect(command.discussion?.contains(isTop ? "GETTING STARTED" : "EXAMPLES") == true, "\(command.commandName)")
      for subcommand in command.subcommands ?? [] { check(subcommand) }
    }
    check(help.command)
    #expect((help.command.subcommands ?? []).count >= 12)
  }

  @Test func completionScripts() throws {
    let program = try Program()
    for shell in ["bash", "zsh", "fish"] {
      let result = try program.run("--generate-completion-script", shell)
      #expect(result.status == 0)
      #expect(result.output.contains("top-failures"))
    }
  }

  @Test func declaringASenderChangesVerdicts() throws {
    let program = try Program()
    _ = try program.run("ingest", Program.samples)
    func verdicts() throws -> String { try program.run("show", "ip", "198.51.100.60").output }
    #expect(try verdicts().contains("misaligned-service/other-org"))
    #expect(try program.run("senders", "add", "Help desk", "--kind", "service", "--domain", "desk.example").status == 0)
    #expect(
      try verdicts().contains(
        "misaligned-service/declared (high confidence): the source is declared as a service: Help desk"))
    #expect(try !program.run("unknown-senders").output.contains("198.51.100.60"))
    #expect(try program.run("senders", "remove", "Help desk").status == 0)
    #expect(try verdicts().contains("other-org"))
    #expect(try program.run("senders", "remove", "Help desk").status == 2)
    #expect(try program.run("senders", "add", "x", "--address", "192.0.2.0/33").status == 2)
  }

  @Test func aDeclarationSaysWhatItMatches() throws {
    let program = try Program()
    _ = try program.run("ingest", Program.samples)
    let desk = try program.run(
      "senders", "add", "Help desk", "--domain", "desk.example", "--for", "example.com"
    ).output
    #expect(desk.hasPrefix("\"Help desk\" matches 1 address with ") && desk.contains(" from example.com; "), "\(desk)")
    #expect(try program.run("senders", "show", "Help desk").output.hasPrefix("\"Help desk\" matches 1 address with "))
    #expect(try program.run("senders", "list", "--format", "csv").output.contains(",database,example.com"))
    let other = try program.run("senders", "add", "Other", "--domain", "desk.example", "--for", "example.org").output
    #expect(other.hasPrefix("\"Other\" matches nothing"), "\(other)")
    // One for all cannot become one for some by adding to it.
    #expect(try program.run("senders", "add", "All", "--address", "192.0.2.9").status == 0)
    let narrowed = try program.run("senders", "add", "All", "--address", "192.0.2.8", "--for", "example.com")
    #expect((narrowed.status, narrowed.errors.contains("for all domains")) == (2, true), "\(narrowed.errors)")
    #expect(try program.run("senders", "show", "Nobody").status == 2)
  }

  @Test(arguments: [
    (["--address", "0.0.0.0/0"], false), (["--address", "::/0"], false), (["--address", "10.0.0.0/8"], true),
    (["--address", "2001:d00::/24"], true), (["--domain", "co.uk"], true), (["--host", "github.io"], true),
    (["--address", "192.0.2.1", "--for", "com"], true),
  ])
  func aDeclarationThatVouchesForStrangersIsRefused(_ options: [String], _ canBeForced: Bool) throws {
    let program = try Program()
    let refused = try program.run(["senders", "add", "Wide"] + options)
    #expect((refused.status, refused.errors.contains("--force")) == (2, canBeForced), "\(refused.errors)")
    #expect(try program.run(["senders", "add", "Wide", "--force"] + options).status == (canBeForced ? 0 : 2))
  }

  @Test func configurationIsCheckedWithLineAndNearestKey() throws {
    let program = try Program()
    let typo = try program.write("typo.yaml", "database: x.sqlite\nknown_sender:\n  - name: a\n")
    let result = try program.run("summary", "--config", typo)
    #expect(result.status == 2)
    #expect(result.errors.contains("unknown key \"known_sender\"; did you mean \"known_senders\"?"))
    #expect(result.errors.contains("(line 2)"))
    let kind = try program.write(
      "kind.yaml", "known_senders:\n  - name: a\n    kind: mine\n    addresses: [192.0.2.1]\n")
    #expect(try program.run("summary", "--config", kind).errors.contains("(line 3)"))
    #expect(try program.run("summary", "--config", "/nonexistent.yaml").status == 2)
    let broken = try program.write("broken.yaml", "a: [1\n")
    #expect(try program.run("summary", "--config", broken).status == 2)
  }

  @Test func configuredSendersStayUntilTheConfigurationChanges() throws {
    let program = try Program()
    _ = try program.run("ingest", "--config", Program.samples + "/dmarcstat.yaml", Program.samples)
    let declared = try program.run("senders", "list").output
    #expect(declared.contains("Help desk (Desk)") && declared.contains("configuration"))
    #expect(try program.run("show", "ip", "198.51.100.60").output.contains("misaligned-service/declared"))
    let other = try program.write("other.yaml", "known_senders:\n  - {name: Only, addresses: [192.0.2.99]}\n")
    #expect(try program.run("show", "ip", "198.51.100.60", "--config", other).output.contains("other-org"))
    #expect(try program.run("senders", "list").output.contains("Only"))
    let none = try program.write("none.yaml", "known_senders: []\n")
    #expect(try program.run("senders", "list", "--config", none).output.hasPrefix("No known senders"))
  }

  @Test func configurationNamesSourcesDatabaseAndLimits() throws {
    let program = try Program()
    let text = "database: mine.sqlite\nsources: [\(Program.samples)]\nlimits:\n  members: 1\n"
    let config = try program.write("config.yaml", text)
    let result = try program.run("ingest", "--config", config, environment: ["DMARCSTAT_DATABASE": ""])
    #expect(FileManager.default.fileExists(atPath: program.folder + "/mine.sqlite"))
    #expect(result.errors.contains("more than 1 members: raise --max-members (`limits: members`)"))
  }

  @Test func reportTextsNeverReachTheTerminalUnescaped() throws {
    let program = try Program()
    let name = "Evil\u{9b}31m\u{202e}\u{7f}"
    let report = """
      <feedback><report_metadata><org_name>\(name)</org_name><report_id>=cmd()</report_id><date_range><begin>1790812800</begin>
      <end>1790899199</end></date_range></report_metadata><policy_published><domain>example.com</domain></policy_published>
      <record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><dkim>fail</dkim><spf>fail</spf></policy_evaluated>
      </row><identifiers><header_from>=HYPERLINK("x")</header_from></identifiers></record></feedback>
      """
    _ = try program.run("ingest", try program.write("evil.xml", report))
    for arguments in [["top-failures"], ["show", "report", "1"], ["show", "ip", "192.0.2.1"], ["summary"]] {
      let scalars = try program.run(arguments).output.unicodeScalars
      #expect(!scalars.contains { [0x9b, 0x202e, 0x7f, 0x1b].contains($0.value) }, "\(arguments)")
    }
    let csv = try program.run("export", "--rows", "--format", "csv").output
    #expect(csv.contains("'=cmd()"))
    #expect(!csv.contains(",=hyperlink") && !csv.contains(",\"=hyperlink"))
  }

  @Test func pruneBackupAndCheck() throws {
    let program = try Program()
    _ = try program.run("ingest", Program.samples)
    #expect(try program.run("db", "backup", program.folder + "/copy.sqlite").status == 0)
    #expect(try program.run("db", "backup", program.folder + "/copy.sqlite").status == 2)
    #expect(try program.run("db", "prune", "--before", "2026-10-01", "--dry-run").output.hasPrefix("2 reports"))
    #expect(try program.run("db", "prune", "--before", "2026-10-01").output.hasPrefix("2 reports"))
    #expect(try program.totals()["reports"] == 26)
    // Pruned reports are not read again.
    #expect(try program.run("ingest", Program.samples).output.contains("0 new reports"))
    #expect(try program.run("db", "check").status == 0)
  }

  @Test func viewsAreDocumentedColumnByColumn() throws {
    let program = try Program()
    _ = try program.run("ingest", Program.samples)
    let text = String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: Program.root + "/docs/database.md")), as: UTF8.self)
    let script = """
      import sqlite3, sys
      db = sqlite3.connect(sys.argv[1])
      for view in ("v_record", "v_report", "v_source"):
          for column in db.execute(f"SELECT * FROM {view}").description: print(view, column[0])
      """
    let columns = try program.python(script, [program.database]).output.split(separator: "\n")
    #expect(columns.count > 60)
    for line in columns {
      let (view, column) = (line.split(separator: " ")[0], line.split(separator: " ")[1])
      let section = try #require(text.components(separatedBy: "## `\(view)`").dropFirst().first)
      #expect(section.components(separatedBy: "\n## ")[0].contains("| `\(column)` |"), "\(view).\(column)")
    }
  }
}
