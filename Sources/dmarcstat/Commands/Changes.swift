import ArgumentParser
import Classification
import DMARC
import Render
import Settings
import Store
import Verdict

struct Changes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "changes",
    abstract: "Show what changed since the period before, and why.",
    discussion: """
      Compares a period with the one before it: senders that are new, gone or no longer pass; domains whose pass rate or volume \
      fell or rose; keys that broke; DKIM keys, SPF, DMARC and other \
      records that changed or disappeared; spoofing and replays that began or ended; reporters that \
      fell silent. Each event is reported once, with its first day and, if known, its cause. Something that merely happened at the \
      same time is marked as such.

      A sender is identified by its declaration, else by its operator, the organisation of its hosts, its signing domain, or its \
      network; never by a single address. A change must be larger than chance and must last: single days, weekdays and domains \
      with few messages do not count. An event is reported for the period in which it became certain, and for no other. Days \
      without reports are left out; without reports for the period before, nothing is compared.

      By default, the 30 days up to the newest report are compared with the 30 days before them, and a month with the month before. \
      --against names another period. Late reports count for the day that they are about; a note says how many there were.

      EXAMPLES
        dmarcstat changes
        dmarcstat changes --month last-month
        dmarcstat changes example.com --since 7d --until yesterday
        dmarcstat changes 'kunde*.example' --month 2026-10 --against 2025-10
        dmarcstat changes --month last-month --lang ja
        dmarcstat changes --format json | jq '.[] | select(.severity == "high") | .text'
      """)

  @Argument(
    help: ArgumentHelp("The policy domains, as with --domain; all if none is named.", valueName: "domain"))
  var names: [String] = []

  @Option(
    help: ArgumentHelp(
      "The period to compare with: 2026-09, last-month, 2025, or 2026-09-01..2026-09-14. (default: the one before)",
      valueName: "period"))
  var against: String?

  @OptionGroup var filter: FilterOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  /// The options with the domains of the arguments among those of --domain.
  private var options: FilterOptions {
    var options = filter
    options.domains.domain += names
    return options
  }

  func validate() throws {
    try options.validate()
    if let against { _ = try Self.days(against, today: filter.period.today(Configuration())) }
  }

  func run() throws {
    let context = try QueryContext(databaseOptions)
    var filter = try options.filter(defaultLimit: nil, in: context)
    let today = self.filter.period.today(context.configuration)
    let periods = try periods(&filter, context, today: today)
    let answer = try context.database.changes(filter, periods, context.classificationContext())
    let phrasebook = context.phrasebook(languageOption)
    let shown = answer.changes.prefix(filter.limit ?? answer.changes.count)
    let notes = answer.notes(phrasebook)
    let covered = try context.covered(filter, self.filter.period)
    if format.format == .table {
      if !shown.isEmpty { Terminal.print(ChangeText(Array(shown), phrasebook).printable) }
      Terminal.print(lines: (shown.isEmpty ? [] : [""]) + notes)
      covered.printLine(phrasebook)
    } else {
      covered.print(ResultTable(Array(shown), phrasebook), format)
      for note in notes { Terminal.complain(note) }
    }
    let omitted = CutList(lines: answer.changes.count - shown.count).text("more change", "more changes")
    covered.printOmitted(omitted, format.format)
  }

  /// The periods, and the filter with the one that is asked about.
  private func periods(
    _ filter: inout RecordFilter, _ context: QueryContext, today: CalendarDay
  ) throws -> ChangePeriods {
    if filter.firstDay == nil {
      // An open period is the 30 days up to its last day, or to the newest report.
      if filter.lastDay == nil { filter.lastDay = today }
      let newest = try context.database.newestDay(filter) ?? today
      if !self.filter.period.isGiven { filter.lastDay = min(newest, today) }
      filter.firstDay = filter.lastDay?.advanced(by: -29)
    }
    let first = filter.firstDay ?? today
    let last = max(first, filter.lastDay ?? today)
    filter.lastDay = last
    if let against { return ChangePeriods(before: try Self.days(against, today: today), now: first...last) }
    guard let before = filter.before, let start = before.firstDay, let end = before.lastDay else {
      return ChangePeriods(before: first.advanced(by: -1)...first.advanced(by: -1), now: first...last)
    }
    return ChangePeriods(before: start...end, now: first...last)
  }

  /// The days of `2026-09`, or from the first to the last of `2026-09-01..2026-09-14`.
  private static func days(_ text: String, today: CalendarDay) throws -> ClosedRange<CalendarDay> {
    let parts = text.split(separator: "..", omittingEmptySubsequences: false).map(String.init)
    let days = parts.compactMap { Period.days($0, today: today) }
    guard days.count == parts.count, parts.count <= 2, let first = days.first, let last = days.last,
      first.lowerBound <= last.upperBound
    else {
      throw ValidationError(
        "--against \"\(text)\" is not a valid period: use 2026-09, last-month, 2025, or 2026-09-01..2026-09-14.")
    }
    return first.lowerBound...last.upperBound
  }
}
