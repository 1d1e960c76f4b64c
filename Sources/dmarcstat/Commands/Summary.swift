import ArgumentParser
import Classification
import Render
import Store
import Verdict

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Show DMARC results for each of your domains.",
    discussion: """
      For each policy domain: messages, how many passed DMARC and by which mechanism, what was done with the rest, and the \
      policy that you publish. With a period, CHANGE compares the pass rate with that of the preceding period of the same \
      length, in percentage points. A DKIM key of yours whose signatures fail, while another identifier lets the mail pass, \
      is listed below the table with the day since when.

      A report counts as a whole, on the day that holds the middle of its period. If reports over several days reach beyond \
      the period, ~IN PERIOD estimates how many messages were within it: their messages are spread evenly over their days.

      EXAMPLES
        dmarcstat summary
        dmarcstat summary --month last-month
        dmarcstat summary --since 7d --domain example.com
        dmarcstat summary --format json | jq '.[] | {policy_domain, pass_rate}'
      """)

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let context = try QueryContext(databaseOptions)
    let filter = try filter.filter(defaultLimit: nil, in: context)
    let answer = try context.database.summary(filter, today: PeriodOptions.today)
    let keys = try context.database.brokenKeys(filter, context.classificationContext())
    var table = ResultTable(answer)
    table.columns.append(Column("broken_keys", isDetail: true))
    for (index, domain) in answer.enumerated() {
      table.rows[index].append(.json(BrokenKey.json(keys.filter { $0.policyDomain == domain.domain }), .other))
    }
    try context.covered(filter, self.filter.period).print(table, format.format)
    guard format.format == .table, !keys.isEmpty else { return }
    let phrasebook = Phrasebook(.english)
    Terminal.print(lines: [""] + keys.prefix(Self.mostKeys).map { $0.text(phrasebook) } + Self.rest(keys.count))
  }

  /// The most broken keys below a table.
  private static let mostKeys = 20

  private static func rest(_ count: Int) -> [String] {
    count > mostKeys ? ["\(count - mostKeys) more broken keys: see `broken_keys` with --format json"] : []
  }
}
