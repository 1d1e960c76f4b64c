import ArgumentParser
import Classification
import DMARC
import Render
import Store

struct Ignore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ignore",
    abstract: "Leave out reports of a reporter, or about a domain that is not yours.",
    discussion: """
      Reports that match are set aside, those already stored as well as those that arrive later. They are in no sum, verdict or \
      export. `remove` puts them back. The configuration can contain the same rules (`ignore`).

      EXAMPLES
        dmarcstat ignore add --domain stranger.example
        dmarcstat ignore add --reporter forger.example --reason "forged reports"
        dmarcstat ignore list
        dmarcstat ignore remove --domain stranger.example
      """, subcommands: [List.self, Add.self, Remove.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List what is ignored, and how many reports that leaves out.",
      discussion: """
        EXAMPLES
          dmarcstat ignore list --format json
        """)

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      var table = ResultTable(try databaseOptions.openUpToDate().ignoreRules())
      table.ifEmpty = "Nothing is ignored."
      format.print(table)
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", abstract: "Ignore a reporter or a domain.",
      discussion: """
        EXAMPLES
          dmarcstat ignore add --domain stranger.example
          dmarcstat ignore add --reporter forger.example --reason "forged reports"
        """)

    @OptionGroup var names: IgnoredNames

    @Option(help: ArgumentHelp("Why, for the trace.", valueName: "text"))
    var reason: String?

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let rules = try names.rules()
      let (database, configuration) = try databaseOptions.openForWriting()
      let sums = try database.ignore(rules, by: .current(reason))
      try Classifier(configuration, database).refresh(database)
      Terminal.print(lines: ["\(sums.text) set aside."])
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove", abstract: "No longer ignore a reporter or a domain, and put its reports back.",
      discussion: """
        EXAMPLES
          dmarcstat ignore remove --domain stranger.example
        """)

    @OptionGroup var names: IgnoredNames
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let rules = try names.rules()
      let (database, configuration) = try databaseOptions.openForWriting()
      let (sums, missing) = try database.unignore(rules, by: .current(nil))
      try Classifier(configuration, database).refresh(database)
      Terminal.print(lines: ["\(sums.text) put back."])
      if let rule = missing.first {
        throw CommandError.usage("\"\(rule.value)\" is not ignored: see `dmarcstat ignore list`")
      }
    }
  }
}

/// The names of rules.
struct IgnoredNames: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A reporter: its organisation name, or the domain that its messages come from (repeatable).", valueName: "name"))
  var reporter: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A policy domain with its subdomains, or the only From domain of a report (repeatable).", valueName: "name"))
  var domain: [String] = []

  func validate() throws {
    guard !reporter.isEmpty || !domain.isEmpty else { throw ValidationError("Specify --reporter or --domain.") }
    guard !reporter.contains("") else { throw ValidationError("The name of a reporter must not be empty.") }
  }

  func rules() throws -> [IgnoreRule] {
    try reporter.map { IgnoreRule(reporter: $0) }
      + domain.map { IgnoreRule(domain: try DomainName(argument: $0, of: "--domain")) }
  }
}
