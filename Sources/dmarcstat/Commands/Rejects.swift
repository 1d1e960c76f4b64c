import ArgumentParser
import Intake
import Render
import Store

struct Rejects: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rejects",
    abstract: "Show inputs that could not be read, and what to do about them.",
    discussion: """
      `ingest` reported each of them once. An input is read again if it changes, or with `dmarcstat ingest --retry`.

      EXAMPLES
        dmarcstat rejects
        dmarcstat rejects --format json
      """)

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("The maximum number of rows; 0 for all.", valueName: "rows"))
  var limit = 50

  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let database = try databaseOptions.openForReading()
    var answer = try database.rejects(limit: limit == 0 ? nil : limit)
    for index in answer.indices { answer[index].path = InputFile.path(ofLedgerName: answer[index].path) }
    format.print(ResultTable(answer), outOf: try database.countRejects(), "more rejected input", "more rejected inputs")
  }
}
