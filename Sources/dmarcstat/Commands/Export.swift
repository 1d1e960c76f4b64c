import ArgumentParser
import Classification
import DMARC
import Render
import Store
import Verdict

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Export the monthly review for a spreadsheet.",
    discussion: """
      Prints one line for each policy domain, source and authentication outcome, with its verdict and advice. What needs a \
      decision comes first (`decision` is 1); then, by domain, failing lines and all others. The sources of a campaign are one \
      line, with their number in `addresses`; --unfold prints one line for each.

      A month is compared with the month before, any other period with the one of the same length before it: `messages_before` \
      counts the messages of the line then, and `change` says whether its network is new, or which verdict most messages of the \
      source had (was aligned). Both are empty where the domain had no reports then.

      CSV follows RFC 4180; a cell that a spreadsheet would evaluate as a formula is prefixed with an apostrophe.

      EXAMPLES
        dmarcstat export --month last-month > review.csv
        dmarcstat export --month 2026-10 --bom > review.csv   for Excel, and other spreadsheets that do not recognise UTF-8
        dmarcstat export --month 2026-10 --columns policy_domain,source_ip,messages,change,verdict,advice   to print
        dmarcstat export --since 7d --rows --format ndjson    every record
      """)

  @Flag(help: "Export every record instead of one line for all records that are alike.")
  var rows = false

  @Flag(help: "Print one line for each source of a campaign.")
  var unfold = false

  @Option(
    help: ArgumentHelp("Print only these columns, in this order, separated by commas.", valueName: "names"),
    completion: .list(ReviewTable.columns.map(\.key)))
  var columns: ColumnChoice?

  @Flag(help: "Start with a byte order mark, for spreadsheets that need one.")
  var bom = false

  @OptionGroup var filter: FilterOptions

  @Option(name: .shortAndLong, help: "The output format.")
  var format: OutputFormat = .csv

  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let context = try QueryContext(databaseOptions)
    let filter = try filter.filter(defaultLimit: nil, in: context)
    let period = try context.covered(filter, self.filter.period)
    if rows {
      try printRecords(context.database, filter, period)
    } else {
      try printReview(context, filter, period)
    }
    // A record names its own day.
    if !rows || self.filter.period.isGiven { period.tell() }
  }

  private func printReview(_ context: QueryContext, _ filter: RecordFilter, _ period: CoveredPeriod) throws {
    let database = context.database
    let judging = try context.classificationContext()
    let advice = ReviewAdvice(judging, context.phrasebook(languageOption))
    let question = ReviewQuestion(filter, judging, isFolded: !unfold)
    // Composing advice takes longer than all the rest.
    let isAdviceChosen = columns?.contains("advice") ?? true
    try printRows(ReviewTable.columns, period) { body in
      try database.review(question) { body(ReviewTable.row($0) { isAdviceChosen ? advice.text($0) : nil }) }
    }
  }

  private func printRecords(_ database: ReportDatabase, _ filter: RecordFilter, _ period: CoveredPeriod) throws {
    let names = try database.recordColumns()
    let columns = names.map { Column($0) }
    func cells(_ values: [StoredValue]) -> [Cell] { zip(values, names).map { Cell($0, column: $1) } }
    try printRows(columns, period) { body in try database.records(filter) { body(cells($0)) } }
  }

  /// Prints rows as they are read; those of a table for people are read twice.
  private func printRows(
    _ all: [Column], _ period: CoveredPeriod, _ read: (_ body: @escaping ([Cell]) -> Void) throws -> Void
  ) throws {
    let terms = CurrentTerms(for: all)
    let facts = format == .json || format == .ndjson ? period.facts : []
    // A table for people has each column once. `--columns` accepts old and new names.
    let offered = all + (self.columns == nil && format == .table ? [] : terms.columns + facts.map(\.0))
    let chosen = try columns?.positions(in: offered.map(\.key)) ?? Array(offered.indices)
    let columns = chosen.map { Column(offered[$0].key, offered[$0].title) }
    func cells(_ row: [Cell]) -> [Cell] {
      let row = row + terms.cells(row) + facts.map(\.1)
      return chosen.map { row[$0] }
    }
    guard format != .table else {
      let empty = ResultTable(columns, [], ifEmpty: "No reports in this period.")
      let width = self.columns == nil ? Terminal.width : nil
      return try LongTable(empty).print(width: width, remedy: "--columns chooses columns") { body in
        try read { row in body(cells(row)) }
      }
    }
    let output = BufferedOutput()
    var printer = RowPrinter(columns, format, withBOM: bom, addsTerms: false) { output.write($0) }
    try read { row in printer.print(cells(row)) }
    printer.finish()
    output.flush()
  }
}
