import Testing

/// Names of commands that do not exist.
@Suite struct MistypedCommandTests {
  @Test(arguments: [
    (["sumary"], "dmarcstat summary"), (["SUMMARY"], "dmarcstat summary"),
    (["shwo", "ip", "192.0.2.1"], "dmarcstat show"),
    (["top-failure", "--limit", "3"], "dmarcstat top-failures"), (["unknown"], "dmarcstat unknown-senders"),
    (["failures"], "dmarcstat top-failures"), (["senders", "lst"], "dmarcstat senders list"),
    (["help", "sumary"], "dmarcstat summary"), (["help", "senders", "sugest"], "dmarcstat senders suggest"),
    (["db", "prunee"], "dmarcstat db prune"), (["injest", "/tmp"], "dmarcstat ingest"),
  ])
  func similarNamesAreSuggested(_ arguments: [String], _ meant: String) throws {
    let result = try Program().run(arguments)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains("did you mean `\(meant)`?"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func otherNamesGetTheListOfCommands() throws {
    let result = try Program().run("frobnicate")
    #expect(result.status == 2)
    #expect(result.errors == "dmarcstat: there is no command `frobnicate`: `dmarcstat --help` lists the commands\n")
    let hostile = try Program().run("\u{1b}[31m\u{202e}")
    #expect(hostile.status == 2 && !hostile.errors.contains("\u{1b}") && !hostile.errors.contains("\u{202e}"))
  }

  /// Other programs take options before the command; a value is not repeated, because it may be a secret.
  @Test(arguments: [
    ["--database", "s3cret.sqlite", "summary"], ["--database=s3cret.sqlite", "summary"], ["-b", "s3cret", "summary"],
  ])
  func optionsBeforeTheCommandAreExplained(_ arguments: [String]) throws {
    let result = try Program().run(arguments)
    let option = arguments[0].prefix { $0 != "=" }
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors == "dmarcstat: options follow the command: `dmarcstat summary \(option)`\n")
    #expect(try Program().run(["--help", "summary"]).status == 0)
  }

  @Test func argumentsOfCommandsAreNoCommands() throws {
    let program = try Program()
    for arguments in [["help", "summary"], ["help"], ["senders", "--help"], ["show", "--help"], ["--version"]] {
      #expect(try program.run(arguments).status == 0)
    }
    #expect(try program.run("explain", "192.0.2.1").errors.contains("no command") == false)
  }

  /// An error in the arguments is followed by the usage of that command, whenever it is found.
  @Test(arguments: [
    (["show", "ip", "x"], "dmarcstat show ip"), (["summary", "--foo"], "dmarcstat summary"),
    (["summary", "--since", "zz"], "dmarcstat summary"), (["check", "domain"], "dmarcstat check domain"),
    (["readiness", "a..b"], "dmarcstat readiness"), (["senders", "spf", "a..b"], "dmarcstat senders spf"),
    (["ingest"], "dmarcstat ingest"),
  ])
  func errorsShowTheUsageOfTheirCommand(_ arguments: [String], _ command: String) throws {
    let program = try Program()
    _ = try program.run("ingest", "--quiet", Program.samples)
    let result = try program.run(arguments)
    #expect(result.status == 2 && result.output.isEmpty, "\(result)")
    #expect(result.errors.contains("Usage: \(command) "), "\(arguments) \(result.errors)")
    #expect(result.errors.contains("See '\(command) --help'"), "\(arguments) \(result.errors)")
  }
}
