import ArgumentParser
import DMARC
import Render
import Settings
import Store

struct Metrics: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print numbers for a monitoring system, in the OpenMetrics format.",
    discussion: """
      For the textfile collector of Prometheus' node exporter, or anything else that reads OpenMetrics or the older text format \
      of Prometheus: messages of the last seven days by policy domain, verdict and disposition, DMARC results, the newest \
      report about each domain, what is stored, inputs by outcome, and when `ingest` last succeeded. All of them are \
      gauges, because numbers fall when reports are removed.

      Only the policy domains with the most messages are listed by themselves, so that the number of time series is bounded; \
      the sums of all others have the domain "(other)".

      With --output, the file is complete whenever it exists: the collector never reads half of it.

      EXAMPLES
        dmarcstat metrics -o /var/lib/prometheus/node-exporter/dmarcstat.prom     from cron, after `ingest`
        dmarcstat metrics --since 30d --limit 20
        dmarcstat metrics -d example.com | grep result

      docs/metrics.md lists the metrics, with rules for alerts.
      """)

  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp("The maximum number of policy domains listed by themselves; 0 for all.", valueName: "domains"))
  var limit = 100

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write; - is standard output. (default: -)", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var domains: DomainOptions
  @OptionGroup var period: PeriodOptions
  @OptionGroup var databaseOptions: DatabaseOptions

  /// Days before today that are counted if no period is given: reports about a day arrive during the next two.
  private static let usualDays: Int64 = 7

  func validate() throws {
    if limit < 0 { throw ValidationError("--limit must be 0 or more.") }
  }

  func run() throws {
    let file = try output.flatMap { $0 == "-" ? nil : try OutputFile($0) }
    let context = try QueryContext(databaseOptions)
    let today = period.today(context.configuration)
    var filter = try period.filter(today: today)
    if !period.isGiven { filter.firstDay = today.advanced(by: -Self.usualDays) }
    try domains.choose(in: context, &filter)
    let metrics = try context.database.metrics(filter, mostDomains: limit == 0 ? .max : limit)
    let text = metrics.openMetrics(try context.covered(filter, period).days, version: Version.number)
    if let file { try file.write(text) } else { Terminal.print(text) }
  }
}
