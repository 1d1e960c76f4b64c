import ArgumentParser
import Render
import Store

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "How each of your domains fares.",
    discussion: """
      For each policy domain: messages, how many passed DMARC, by what, what was done with the rest, and what you publish. \
      With a period, CHANGE compares the pass rate with the period of the same length before it, in percentage points.

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
    let answer = try databaseOptions.openUpToDate().summary(
      filter.filter(defaultLimit: nil), today: PeriodOptions.today)
    Terminal.print(Rendering.printable(ResultTable(answer), format.format))
  }
}
