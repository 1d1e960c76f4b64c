import ArgumentParser
import Classification
import DMARC
import Foundation
import Glibc
import Render
import Settings
import Store

/// The database and the configuration to use.
struct DatabaseOptions: ParsableArguments {
  @Option(
    name: [.customShort("b"), .long],
    help: ArgumentHelp(
      "The database, an SQLite file. (default: $DMARCSTAT_DATABASE, then the configuration, then ~/.local/share/dmarcstat/reports.sqlite)",
      valueName: "file"))
  var database: String?

  @Option(
    help: ArgumentHelp(
      "The configuration file. (default: $DMARCSTAT_CONFIG, then ~/.config/dmarcstat/config.yaml, then /etc/dmarcstat/config.yaml)",
      valueName: "file"))
  var config: String?

  func configuration() throws -> Configuration { try Configuration.load(named: config) }

  /// The path of the database.
  /// - Throws: a ``CommandError`` if neither an option, the environment nor the configuration names it and there is no
  ///   home folder.
  func path(_ configuration: Configuration) throws -> String { try Self.path(database, configuration) }

  /// The path of the database.
  /// - Parameter database: the value of the option.
  static func path(_ database: String?, _ configuration: Configuration) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    if let database {
      guard !database.isEmpty else { throw CommandError.usage("--database must not be empty") }
      return database
    }
    if let named = environment["DMARCSTAT_DATABASE"], !named.isEmpty { return named }
    if let configured = configuration.database { return configured }
    guard let home = HomeFolder.folder("XDG_DATA_HOME", default: ".local/share") else {
      throw CommandError.usage(
        "\(HomeFolder.whyMissing), so there is no default location for the database: name it with --database, $DMARCSTAT_DATABASE or `database` in the configuration"
      )
    }
    return home + "/dmarcstat/reports.sqlite"
  }

  /// Opens the database for writing, and creates its folder if it is missing.
  func openForWriting(isQuiet: Bool = false) throws -> (database: ReportDatabase, configuration: Configuration) {
    let configuration = try configuration()
    let path = try path(configuration)
    ReportDatabase.makeFolders(to: path)
    let database = try Self.open(path, isQuiet: isQuiet)
    if let senders = configuration.knownSenders { try database.setConfiguredSenders(senders) }
    try database.setConfiguredIgnoreRules(configuration.ignoreRules, by: .current(nil))
    return (database, configuration)
  }

  /// Opens the database for writing, unless there is none.
  func openExisting(isQuiet: Bool = false) throws -> (database: ReportDatabase, configuration: Configuration) {
    let configuration = try configuration()
    if access(try path(configuration), F_OK) != 0 { _ = try openForReading(configuration) }
    return try openForWriting(isQuiet: isQuiet)
  }

  /// Opens a database for writing; prints one message if it has to wait for another process, and shows progress while a large one is
  /// brought up to date.
  static func open(_ path: String, isQuiet: Bool) throws -> ReportDatabase {
    let bar = ProgressBar(isShown: !isQuiet)
    defer { bar.finish() }
    return try ReportDatabase(
      path: path,
      onWait: { if !isQuiet { Terminal.complain("waiting: another process is writing to \(path)") } },
      onUpgrade: { bar.update(share: $0, note: "bringing the database up to date, once after an update") })
  }

  /// Opens the database for a query that does not depend on verdicts: nothing is written.
  /// - Parameter known: the configuration if it has been read already.
  func openForReading(_ known: Configuration? = nil) throws -> ReportDatabase {
    try ReportDatabase(path: try path(try known ?? configuration()), access: .readOnly)
  }

  /// Opens the database, if there is one, for an answer that can do without. A database that cannot be used causes a
  /// warning, or an error if an option names it.
  func openIfThere(_ configuration: Configuration, isNeeded: Bool = false) throws -> ReportDatabase? {
    let isNeeded = isNeeded || database != nil
    guard let path = try? path(configuration) else { return isNeeded ? try openForReading(configuration) : nil }
    guard isNeeded || access(path, F_OK) == 0 else { return nil }
    do { return try openForReading(configuration) } catch let error as StoreError where !isNeeded {
      Terminal.complain("what reports say is left out: \(error.explanation)")
      return nil
    }
  }

  /// Opens the database for a query. Verdicts that are out of date, because known senders or rules have changed, are
  /// updated first; if the database cannot be written, a warning says that they are out of date.
  /// - Parameter known: the configuration if it has been read already.
  func openUpToDate(_ known: Configuration? = nil) throws -> ReportDatabase {
    let configuration = try known ?? configuration()
    let database = try ReportDatabase(path: try path(configuration), access: .readOnly)
    let isConfigured =
      try configuration.hasSameSenders(as: database.knownSenders())
      && configuration.ignoreRules == database.configuredIgnoreRules()
    guard try !isConfigured || Classifier(configuration, database).isNeeded(database) else { return database }
    guard database.mayBeWritten else {
      Terminal.complain(
        "verdicts are those of the last update, and may be out of date: you may not write \(database.path); `dmarcstat reclassify` by its owner updates them"
      )
      return database
    }
    do {
      let (writable, _) = try openForWriting()
      try Classifier(configuration, writable).refresh(writable)
    } catch let error as StoreError {
      Terminal.complain("verdicts may be out of date, because they cannot be updated: \(error.explanation)")
    }
    return database
  }
}

/// The output format.
struct FormatOption: ParsableArguments {
  @Option(name: .shortAndLong, help: "The output format.")
  var format: OutputFormat = .table

  @Flag(help: "Print tables in full width, even if the terminal is narrower.")
  var wide = false

  @Option(
    help: ArgumentHelp(
      "Print only these columns, in this order, separated by commas: keys of JSON. A wrong name lists those there are.",
      valueName: "names"))
  var columns: ColumnChoice?

  @Option(
    help: ArgumentHelp(
      """
      Whether headings, verdicts and low pass rates stand out in tables: auto (on a terminal, unless NO_COLOR is set; CLICOLOR_FORCE \
      forces it), always or never.
      """, valueName: "when"))
  var color: ColorChoice = .auto
}

/// When tables have colours.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never

  /// Whether standard output gets colours (no-color.org, bixense.com/clicolors).
  var isOn: Bool {
    switch self {
    case .always: return true
    case .never: return false
    case .auto:
      let environment = ProcessInfo.processInfo.environment
      func isSet(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }
      if isSet("NO_COLOR") { return false }
      if isSet("CLICOLOR_FORCE"), environment["CLICOLOR_FORCE"] != "0" { return true }
      return isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb" && isSet("TERM")
    }
  }
}

extension OutputFormat: ExpressibleByArgument {}

/// The days that a query covers.
///
/// Words such as `yesterday` name calendar dates of the time zone of the machine, or the one in the configuration. Days
/// of reports, which are UTC days, are compared with them by date.
struct PeriodOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The first day: 7d, 2w, 2026-10-01, 2026-10, last-month, yesterday. Today is the date in the local time zone. A report belongs to the \
      day that holds the middle of its period.
      """,
      valueName: "day"), completion: Completions.days)
  var since: String?

  @Option(
    help: ArgumentHelp("The last day, inclusive, in the same forms.", valueName: "day"), completion: Completions.days)
  var until: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("A whole month: 2026-10, last-month, this-month.", valueName: "month"),
    completion: Completions.months)
  var month: String?

  @Flag(help: "Take today's date in UTC, not in the local time zone or that of `timezone` in the configuration.")
  var utc = false

  func validate() throws {
    if month != nil, since != nil || until != nil {
      throw ValidationError("--month cannot be combined with --since or --until.")
    }
    _ = try filter(today: today(Configuration()))
  }

  /// The current day in UTC.
  static var today: CalendarDay { PeriodZone.utc.day(at: now) }

  /// Today's date for the user.
  func today(_ configuration: Configuration) -> CalendarDay { (utc ? .utc : configuration.timeZone).day(at: Self.now) }

  /// Today's date for the user of a command without `--utc`.
  static func localToday(_ configuration: Configuration) -> CalendarDay { configuration.timeZone.day(at: now) }

  /// Epoch seconds.
  private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

  /// Whether the arguments name a period.
  var isGiven: Bool { since != nil || until != nil || month != nil }

  /// - Parameter today: the date from which periods such as `yesterday` are counted.
  func filter(today: CalendarDay) throws -> RecordFilter {
    var filter = RecordFilter()
    if let month {
      guard let days = Period.month(month, today: today) else {
        throw ValidationError("--month \"\(month)\" is not a valid month: use 2026-10, last-month or this-month.")
      }
      (filter.firstDay, filter.lastDay) = (days.lowerBound, days.upperBound)
    }
    if let since { filter.firstDay = try Self.day("--since", since, today).lowerBound }
    if let until { filter.lastDay = try Self.day("--until", until, today).upperBound }
    if let first = filter.firstDay, let last = filter.lastDay, last < first {
      throw ValidationError("The period ends (\(last)) before it begins (\(first)).")
    }
    return filter
  }

  static func day(_ option: String, _ text: String, _ today: CalendarDay) throws -> ClosedRange<CalendarDay> {
    guard let days = Period.days(text, today: today) else {
      throw ValidationError(
        "\(option) \"\(text)\" is not a valid day: use 7d, 2w, 2026-10-01, 2026-10, last-month or yesterday.")
    }
    return days
  }
}

/// The reports that a query covers.
struct FilterOptions: ParsableArguments {
  @OptionGroup var domains: DomainOptions
  @OptionGroup var period: PeriodOptions

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("The maximum number of rows; 0 for all.", valueName: "rows"))
  var limit: Int?

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit must be 0 or more.") }
    _ = try filter(defaultLimit: nil, today: period.today(Configuration()))
  }

  /// The filter of a query; a domain that no report is about is an error.
  func filter(defaultLimit: Int?, in context: QueryContext) throws -> RecordFilter {
    var filter = try filter(defaultLimit: defaultLimit, today: period.today(context.configuration))
    try domains.choose(in: context, &filter)
    return filter
  }

  private func filter(defaultLimit: Int?, today: CalendarDay) throws -> RecordFilter {
    var filter = try period.filter(today: today)
    filter.limit = limit == 0 ? nil : limit ?? defaultLimit
    return filter
  }
}
