import ArgumentParser
import Render
import Store
import Verdict

struct TopFailures: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top-failures",
    abstract: "Show who fails DMARC, most messages first.",
    discussion: """
      Each line is a failing source: the raw SPF and DKIM results, the domains they are for, and the verdict. With \
      --by verdict, each line describes a kind of failure in words. `dmarcstat explain ADDRESS` says why a source fails and \
      what to do.

      EXAMPLES
        dmarcstat top-failures
        dmarcstat top-failures --by verdict --month 2026-10   start here
        dmarcstat top-failures --by network --since 7d
        dmarcstat top-failures -d example.com --limit 0 --format csv
      """)

  @Option(help: "The column to group by.")
  var by: FailureGrouping = .source

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let context = try QueryContext(databaseOptions)
    let filter = try filter.filter(defaultLimit: 20, in: context)
    let answer = try context.database.failures(by: by, filter)
    let phrasebook = context.phrasebook(languageOption)
    let table = ResultTable(answer, by: by) { key in
      let code = "verdict.\(key.map { $0 == "/" ? "." : String($0) }.joined())"
      return
        "\(phrasebook.text(code.split(separator: ".").prefix(2).joined(separator: "."))) (\(phrasebook.text(code)))"
    }
    try context.covered(filter, self.filter.period).print(table, format.format)
  }
}
