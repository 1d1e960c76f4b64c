import ArgumentParser
import Render
import Store
import Verdict

struct TopFailures: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who fails DMARC, most messages first.",
    discussion: """
      Each line is a source that failed: what the raw SPF and DKIM checks said, for which domains, and the verdict on it. \
      With --by verdict, each line says what kind of failure it is, in words. `dmarcstat explain ADDRESS` tells why, and what to do.

      EXAMPLES
        dmarcstat top-failures
        dmarcstat top-failures --by verdict --month 2026-10   start here
        dmarcstat top-failures --by network --since 7d
        dmarcstat top-failures -d example.com --limit 0 --format csv
      """)

  @Option(help: "What to group by.")
  var by: FailureGrouping = .source

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let context = try QueryContext(databaseOptions)
    let answer = try context.database.failures(by: by, filter.filter(defaultLimit: 20))
    let phrasebook = context.phrasebook(languageOption)
    let table = ResultTable(answer, by: by) { key in
      let code = "verdict.\(key.map { $0 == "/" ? "." : String($0) }.joined())"
      return
        "\(phrasebook.text(code.split(separator: ".").prefix(2).joined(separator: "."))) (\(phrasebook.text(code)))"
    }
    Terminal.print(Rendering.printable(table, format.format))
  }
}
