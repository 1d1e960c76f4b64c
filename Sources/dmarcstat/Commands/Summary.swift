import ArgumentParser
import Render
import Store

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Show DMARC results for each of your domains.",
    discussion: """
      For each policy domain: messages, how many passed DMARC and by which mechanism, what was done with the rest, and the \
      policy that you publish. With a period, CHANGE compares the pass rate with that of the preceding period of the same \
      length, in percentage points.

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
    try context.covered(filter, self.filter.period).print(ResultTable(answer), format.format)
  }
}
