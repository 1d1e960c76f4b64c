import ArgumentParser
import Classification
import DMARC
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

      --worse lists only domains that got worse since the period before: a larger share of the messages fails or needs review \
      (by one percentage point or more), a smaller share of what passes is aligned by DKIM or by SPF (by ten points or more), or \
      the policy asks for less. Each change must concern at least ten messages and be four times the standard error, so that chance and single \
      bursts do not count. --since alone means the period up to today.

      --by day, week or month prints the sums of the chosen domains for each of them instead of a line for each domain. Weeks are \
      those of ISO 8601, from Monday to Sunday. CHANGE then compares with the line before. On a \
      terminal, bars below the lines show the course.

      EXAMPLES
        dmarcstat summary
        dmarcstat summary --month last-month
        dmarcstat summary --since 7d --domain example.com
        dmarcstat summary --domain 'kunde*.example' --sort failed --limit 20
        dmarcstat summary --month last-month --worse     what to look at first
        dmarcstat summary --by week -d example.com       the course of one domain
        dmarcstat summary --format json | jq '.[] | {policy_domain, pass_rate}'
      """)

  @Option(
    help: ArgumentHelp(
      """
      The order: most messages, most of them failed, unknown (needing review) or blocked, the lowest pass rate, its largest fall since \
      the period before (change), or by name. (default: messages)
      """, valueName: "key"))
  var sort: DomainOrder?

  @Flag(help: "Include only domains that got worse since the period before, and say what changed.")
  var worse = false

  @Option(
    help: ArgumentHelp(
      "Print a line for each day, week or month, for all chosen domains together.", valueName: "period"))
  var by: PeriodLength?

  @OptionGroup var filter: FilterOptions
  @OptionGroup var pageOptions: PageOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var databaseOptions: DatabaseOptions

  private var comparesPeriods: Bool { worse || sort == .change }

  func validate() throws {
    if by != nil, sort != nil || worse || pageOptions.after != nil {
      throw ValidationError("--by is in the order of time: it cannot be combined with --sort, --worse or --after.")
    }
    if comparesPeriods, filter.period.since == nil, filter.period.month == nil {
      throw ValidationError(
        "\(worse ? "--worse" : "--sort change") compares a period with the one before: add --since 7d or --month last-month."
      )
    }
  }

  func run() throws {
    let context = try QueryContext(databaseOptions)
    var filter = try filter.filter(defaultLimit: nil, in: context)
    if comparesPeriods, filter.lastDay == nil {
      filter.lastDay = max(self.filter.period.today(context.configuration), filter.firstDay ?? .firstPlausible)
    }
    if let by { return try PeriodSeries(by, filter).printSummary(context, self.filter.period, format) }
    let question = SummaryQuestion(order: sort, onlyWorse: worse)
    let lines = try question.lines(context.database, filter, today: PeriodOptions.today)
    var page = try pageOptions.page(lines, limit: filter.limit, of: question.name, by: question.position)
    let sources = try context.database.countSources(of: page.rows.map(\.domain.domain), filter)
    for index in page.rows.indices { page.rows[index].domain.sources = sources[page.rows[index].domain.domain] ?? 0 }
    let shown = Set(page.rows.map(\.domain.domain))
    let keys = try context.database.brokenKeys(filter, context.classificationContext()).filter {
      shown.contains($0.policyDomain)
    }
    let table = question.table(page.rows, keys, isForPeople: format.format == .table)
    try context.covered(filter, self.filter.period).print(
      page: table, format, next: page.next, omitted: SummaryQuestion.omitted(page.omitted))
    try PeriodSeries.drawCourse(context, filter, context.covered(filter, self.filter.period), format)
    guard format.format == .table, !keys.isEmpty else { return }
    let phrasebook = Phrasebook(Terminal.language)
    Terminal.print(lines: [""] + keys.prefix(Self.mostKeys).map { $0.text(phrasebook) } + Self.rest(keys.count))
  }

  /// The most broken keys below a table.
  private static let mostKeys = 20

  private static func rest(_ count: Int) -> [String] {
    count > mostKeys ? ["\(count - mostKeys) more broken keys: see `broken_keys` with --format json"] : []
  }
}

extension DomainOrder: ExpressibleByArgument {}
extension PeriodLength: ExpressibleByArgument {}
