import ArgumentParser
import Classification
import DMARC
import Foundation
import Render
import Settings
import Store

/// Which database and configuration to use.
struct DatabaseOptions: ParsableArguments {
  @Option(
    name: [.customShort("b"), .long],
    help: ArgumentHelp(
      "The SQLite file. (default: $DMARCSTAT_DATABASE, then the configuration, then ~/.local/share/dmarcstat/reports.sqlite)",
      valueName: "file"))
  var database: String?

  @Option(
    help: ArgumentHelp(
      "The configuration. (default: $DMARCSTAT_CONFIG, then ~/.config/dmarcstat/config.yaml, then /etc/dmarcstat/config.yaml)",
      valueName: "file"))
  var config: String?

  func configuration() throws -> Configuration { try Configuration.load(named: config) }

  /// - Throws: a ``CommandError`` if nothing says where the database is.
  func path(_ configuration: Configuration) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    if let database {
      guard !database.isEmpty else { throw CommandError.usage("--database names no file") }
      return database
    }
    if let named = environment["DMARCSTAT_DATABASE"], !named.isEmpty { return named }
    if let configured = configuration.database { return configured }
    guard let home = HomeFolder.folder("XDG_DATA_HOME", default: ".local/share") else {
      throw CommandError.usage(
        "\(HomeFolder.whyMissing), so the default location of the database is unknown: name it with --database, $DMARCSTAT_DATABASE or `database` in the configuration"
      )
    }
    return home + "/dmarcstat/reports.sqlite"
  }

  /// Opens the database for writing, with its folder made where that is missing.
  func openForWriting(isQuiet: Bool = false) throws -> (database: ReportDatabase, configuration: Configuration) {
    let configuration = try configuration()
    let path = try path(configuration)
    ReportDatabase.makeFolders(to: path)
    let database = try Self.open(path, isQuiet: isQuiet)
    if let senders = configuration.knownSenders { try database.setConfiguredSenders(senders) }
    return (database, configuration)
  }

  /// Opens a database for writing; says so, once, if it has to wait for others.
  static func open(_ path: String, isQuiet: Bool) throws -> ReportDatabase {
    try ReportDatabase(path: path) {
      if !isQuiet { Terminal.complain("waiting: another process is writing to \(path)") }
    }
  }

  /// Opens the database for a question. Verdicts that are out of date, because known senders or rules have changed, are renewed
  /// first; if the file may only be read, the user is told.
  func openUpToDate() throws -> ReportDatabase {
    let configuration = try configuration()
    let database = try ReportDatabase(path: try path(configuration), access: .readOnly)
    let isConfigured = configuration.hasSameSenders(as: try database.knownSenders())
    guard try !isConfigured || Classifier(configuration, database).isNeeded(database) else { return database }
    do {
      let (writable, _) = try openForWriting()
      try Classifier(configuration, writable).refresh(writable)
    } catch let error as StoreError {
      Terminal.complain("the verdicts may be old, because they cannot be renewed: \(error.explanation)")
    }
    return database
  }
}

/// How to print.
struct FormatOption: ParsableArguments {
  @Option(name: .shortAndLong, help: "How to print.")
  var format: OutputFormat = .table
}

extension OutputFormat: ExpressibleByArgument {}
extension FailureGrouping: ExpressibleByArgument {}

/// Which days a question is about.
struct PeriodOptions: ParsableArguments {
  @Option(help: ArgumentHelp("First day: 7d, 2w, 2026-10-01, 2026-10, last-month, yesterday.", valueName: "day"))
  var since: String?

  @Option(help: ArgumentHelp("Last day, included; the same forms.", valueName: "day"))
  var until: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("A whole month: 2026-10, last-month, this-month.", valueName: "month"))
  var month: String?

  func validate() throws {
    if month != nil, since != nil || until != nil {
      throw ValidationError("Give either --month, or --since and --until.")
    }
    _ = try filter()
  }

  /// The UTC day that it is.
  static var today: CalendarDay { CalendarDay(epoch: Int64(Date().timeIntervalSince1970)) }

  /// Whether a person has named a period.
  var isGiven: Bool { since != nil || until != nil || month != nil }

  func filter() throws -> RecordFilter {
    let today = Self.today
    var filter = RecordFilter()
    if let month {
      guard let days = Period.month(month, today: today) else {
        throw ValidationError("--month \"\(month)\" is no month: write 2026-10, last-month or this-month.")
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
        "\(option) \"\(text)\" is no day: write 7d, 2w, 2026-10-01, 2026-10, last-month or yesterday.")
    }
    return days
  }
}

/// Which reports a question is about.
struct FilterOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Only this policy domain and those below it; may be repeated.", valueName: "name"))
  var domain: [String] = []

  @OptionGroup var period: PeriodOptions

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("At most this many rows; 0 for all.", valueName: "rows"))
  var limit: Int?

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit takes 0 or more.") }
    _ = try filter(defaultLimit: nil)
  }

  func filter(defaultLimit: Int?) throws -> RecordFilter {
    var filter = try period.filter()
    filter.limit = limit == 0 ? nil : limit ?? defaultLimit
    filter.domains = try domain.map { text in
      guard let name = DomainName(text) else { throw ValidationError("--domain \"\(text)\" is no domain name.") }
      return name
    }
    return filter
  }
}
