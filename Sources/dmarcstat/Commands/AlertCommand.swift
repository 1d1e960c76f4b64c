import ArgumentParser
import Classification
import DMARC
import Delivery
import Render
import Settings
import Store

struct AlertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert",
    abstract: "Tell what is new and matters: once when it begins, once when it ends.",
    discussion: """
      Looks for new unknown senders, own mail and keys that fail, spoofing, replay, changed SPF and DMARC records, silent \
      reporters, missing reports and trouble with the intake. Each matter is told once, to the \
      recipients in `notify` of the configuration (docs/notify.md), or without any on standard error, so that cron mails it; on a \
      terminal, it is printed in any case. Without news, nothing is printed. `ingest` does the same after each run if the configuration has `alerts`. Thresholds \
      are described in docs/alerts.md.

      On the first day, what is already so is only recorded: `dmarcstat alerts list --all` shows it. So is what lies more than \
      two weeks back when it is first seen. At most five alerts are told on a day (`at_most`), the most urgent first; \
      `dmarcstat alerts list` shows all matters.

      The exit status is 0 whether or not something is new.

      EXAMPLES
        dmarcstat alert
        dmarcstat alert --dry-run                    show what would be told
        dmarcstat alert --format json | jq '.[] | select(.severity == "high") | .title'
        dmarcstat alert --lang ja
        dmarcstat alert --test                       send a test to every recipient
      """)

  @Flag(help: "Show what would be told, but record nothing.")
  var dryRun = false

  @Flag(help: "Look for nothing: send a test alert to every recipient, and say whether it was taken.")
  var test = false

  @Option(help: .hidden)
  var today: String?

  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    guard !test || !dryRun else { throw ValidationError("--test and --dry-run cannot be combined.") }
    guard today.map({ CalendarDay($0) != nil }) ?? true else { throw ValidationError("--today must be a day.") }
  }

  func run() throws {
    guard !test else {
      let configuration = try databaseOptions.configuration()
      return try Outbox.test(configuration, languageOption.language(configuration), format)
    }
    let (database, configuration) = try open()
    var search = AlertSearch(database, configuration, languageOption)
    search.today = today.flatMap { CalendarDay($0) }
    // Programs read what was found from standard output; it is noted as told only after it was printed.
    let isText = format.format == .table
    var isPrinted = false
    let result = try search.run(isDry: dryRun) { alerts in
      if isText {
        search.tell(Terminal.isWatched ? alerts : search.unheard(alerts))
      } else {
        format.print(ResultTable(alerts))
      }
      isPrinted = true
    }
    if !isPrinted {
      if !isText { format.print(ResultTable(result.alerts)) } else if dryRun { search.show(result.alerts) }
    }
    search.tell(held: result.held)
    if !dryRun { try OutboxSender.sendDue(database, configuration) }
  }

  private func open() throws -> (ReportDatabase, Configuration) {
    guard !dryRun else {
      let configuration = try databaseOptions.configuration()
      return (try databaseOptions.openUpToDate(configuration), configuration)
    }
    let (database, configuration) = try databaseOptions.openExisting()
    let classifier = try Classifier(configuration, database)
    if try classifier.isNeeded(database) { try classifier.refresh(database) }
    return (database, configuration)
  }
}
