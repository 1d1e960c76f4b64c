import ArgumentParser
import Classification
import DMARC
import Foundation
import Render
import Store

struct Reports: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reports",
    abstract: "List reports, and take wrong or forged ones out.",
    discussion: """
      A removed report is in no sum, verdict or export. It is not deleted: `restore` puts it back. It stays out if it arrives \
      again, with the same or other content. To leave out whole reporters or domains, now and later, see `dmarcstat ignore`.

      EXAMPLES
        dmarcstat reports --domain example.com --month last-month
        dmarcstat reports remove 17 --reason "forged, 100,000 passes"
        dmarcstat reports removed
        dmarcstat reports restore 17
      """, subcommands: [List.self, Remove.self, Restore.self, Removed.self, Decisions.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List reports, latest day first, with the number that other commands take.",
      discussion: """
        EXAMPLES
          dmarcstat reports list --reporter google.com --since 7d
          dmarcstat reports list --contested --format json
        """)

    @Option(
      help: ArgumentHelp("Include only this reporter or sending organisation (repeatable).", valueName: "name"))
    var reporter: [String] = []

    @Flag(help: "Include only contested reports.")
    var contested = false

    @OptionGroup var filter: FilterOptions
    @OptionGroup var pageOptions: PageOptions
    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let context = try QueryContext(databaseOptions)
      var selection = ReportSelection()
      selection.reporters = reporter
      selection.isContested = contested
      let filter = try filter.filter(defaultLimit: 50, in: context)
      selection.filter = filter
      selection.filter.limit = filter.limit.map { $0.addingClamped(1) }
      if let after = try pageOptions.position(of: "reports", ranks: 2) {
        // The lowest number of a cursor has no positive counterpart.
        selection.after = (Int64(0).subtractingClamped(after.ranks[0]), Int64(0).subtractingClamped(after.ranks[1]))
      }
      let page = try pageOptions.page(
        try context.database.reports(selection), limit: filter.limit, of: "reports", ranks: 2, by: Self.position)
      var omitted: CutList?
      if !page.omitted.isEmpty {
        selection.filter.limit = nil
        let sums = try context.database.sums(of: selection)
        omitted = CutList(lines: Int(clamping: sums.reports) - page.rows.count)
      }
      var table = ResultTable(page.rows)
      table.hide(["begin", "end", "sending_organisation", "mail_from", "origin"])
      table.ifEmpty = "No reports."
      try context.covered(filter, self.filter.period).print(
        page: table, format, next: page.next, omitted: omitted?.text("more report", "more reports"))
    }

    private static func position(_ report: StoredRow) -> RowPosition {
      let values = Dictionary(zip(report.columns, report.values)) { first, _ in first }
      guard case .text(let day)? = values["day"], case .integer(let number)? = values["number"] else {
        return RowPosition(0, 0, key: "")
      }
      return RowPosition(-(CalendarDay(day)?.number ?? 0), -number, key: "")
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove", abstract: "Take reports out of all answers.",
      discussion: """
        Reports are named by their numbers (see `dmarcstat reports`), or selected by reporter, domain, period or origin. A \
        selection needs --yes; without it, the command only says what would be removed.

        EXAMPLES
          dmarcstat reports remove 17 18
          dmarcstat reports remove --reporter forger.example
          dmarcstat reports remove --reporter forger.example --yes --reason "forged"
          dmarcstat reports remove --domain example.com --month 2026-10 --yes
        """)

    @Argument(help: ArgumentHelp("The numbers of reports.", valueName: "number"))
    var numbers: [Int64] = []

    @Option(help: ArgumentHelp("Reports of this reporter or sending organisation (repeatable).", valueName: "name"))
    var reporter: [String] = []

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("Reports about this policy domain and its subdomains (repeatable).", valueName: "name"))
    var domain: [String] = []

    @Option(help: ArgumentHelp("Reports from inputs whose path contains this text.", valueName: "text"))
    var origin: String?

    @Option(help: ArgumentHelp("Why, for the trace.", valueName: "text"))
    var reason: String?

    @Flag(help: "Remove what the options select.")
    var yes = false

    @Flag(help: "Only print what would be removed.")
    var dryRun = false

    @OptionGroup var period: PeriodOptions
    @OptionGroup var databaseOptions: DatabaseOptions

    private var isSelection: Bool { !reporter.isEmpty || !domain.isEmpty || origin != nil || period.isGiven }

    func validate() throws {
      guard !numbers.isEmpty || isSelection else {
        throw ValidationError("Name reports by number, or select them: --reporter, --domain, --month, --origin.")
      }
    }

    func run() throws {
      var selection = ReportSelection()
      (selection.numbers, selection.reporters, selection.origin) = (numbers, reporter, origin)
      selection.filter = try period.filter(today: period.today(try databaseOptions.configuration()))
      selection.filter.domains = try domain.map { try DomainName(argument: $0, of: "--domain") }
      let isTrial = dryRun || isSelection && !yes
      let (database, configuration) =
        try isTrial
        ? (databaseOptions.openUpToDate(), databaseOptions.configuration()) : databaseOptions.openForWriting()
      if let missing = try database.missing(numbers), selection.isByNumber {
        throw CommandError(
          message: "there is no report with the number \(missing): see `dmarcstat reports`", status: .incomplete)
      }
      if isTrial {
        let advice = dryRun ? "" : "; add --yes to remove them"
        return Terminal.print(lines: ["\(try database.sums(of: selection).text) would be removed\(advice)."])
      }
      let sums = try database.removeReports(selection, by: .current(reason))
      try Classifier(configuration, database).refresh(database)
      Terminal.print(lines: ["\(sums.text) removed. `dmarcstat reports restore` puts them back."])
    }
  }

  struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "restore", abstract: "Put removed reports back.",
      discussion: """
        EXAMPLES
          dmarcstat reports restore 17
          dmarcstat reports restore --all
        """)

    @Argument(
      help: ArgumentHelp("The numbers of removed reports: see `dmarcstat reports removed`.", valueName: "number"))
    var numbers: [Int64] = []

    @Flag(help: "Put all removed reports back.")
    var all = false

    @OptionGroup var databaseOptions: DatabaseOptions

    func validate() throws {
      guard all != !numbers.isEmpty else { throw ValidationError("Specify either numbers of reports or --all.") }
    }

    func run() throws {
      let (database, configuration) = try databaseOptions.openForWriting()
      let (sums, failed) = try database.restoreReports(all ? nil : numbers, by: .current(nil))
      try Classifier(configuration, database).refresh(database)
      Terminal.print(lines: ["\(sums.text) restored."])
      if !failed.isEmpty {
        throw CommandError(
          message:
            "not restored: \(failed.map(String.init).joined(separator: ", ")): see `dmarcstat reports removed`",
          status: .incomplete)
      }
    }
  }

  struct Removed: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "removed", abstract: "List the removed reports: when, by whom and why.",
      discussion: """
        EXAMPLES
          dmarcstat reports removed
          dmarcstat reports removed --ignored --format json
        """)

    @Flag(help: "List the reports that `dmarcstat ignore` leaves out instead.")
    var ignored = false

    @Option(
      name: [.customShort("n"), .long],
      help: ArgumentHelp("The maximum number of rows; 0 for all.", valueName: "rows"))
    var limit = 50

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let database = try databaseOptions.openUpToDate()
      let kind: SetAsideKind = ignored ? .ignored : .removed
      let rows = try database.setAsideReports(kind, limit: limit == 0 ? nil : limit)
      var table = ResultTable(rows)
      table.hide(["begin", "end", "sending_organisation", "mail_from", "origin", "sha256", "is_kept"])
      table.ifEmpty = ignored ? "No report is ignored." : "No report was removed."
      format.print(table, outOf: try database.count(kind), "more report", "more reports")
    }
  }

  struct Decisions: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "decisions",
      abstract: "List what was decided about reports: removed, restored, ignored, conflicts.",
      discussion: """
        EXAMPLES
          dmarcstat reports decisions
          dmarcstat reports decisions --format json
        """)

    @Option(
      name: [.customShort("n"), .long],
      help: ArgumentHelp("The maximum number of rows; 0 for all.", valueName: "rows"))
    var limit = 50

    @OptionGroup var format: FormatOption
    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let database = try databaseOptions.openForReading()
      var table = ResultTable(try database.decisions(limit: limit == 0 ? nil : limit))
      table.hide(["begin", "end", "sha256", "other_sha256"])
      table.ifEmpty = "Nothing was decided."
      format.print(table, outOf: try database.countDecisions(), "more decision", "more decisions")
    }
  }
}

extension Decider {
  /// The user who runs the program.
  static func current(_ reason: String?) -> Decider {
    let name = NSUserName()
    return Decider(name: name.isEmpty ? nil : name, now: Int64(Date().timeIntervalSince1970), reason: reason)
  }
}

extension ReportSums {
  /// `2 reports (5 rows, 30 messages)`.
  var text: String {
    func count(_ number: Int64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    return "\(count(Int64(reports), "report")) (\(count(rows, "row")), \(count(messages, "message")))"
  }
}

extension ResultTable {
  /// Leaves columns out of tables for people.
  mutating func hide(_ keys: Set<String>) {
    columns = columns.map { keys.contains($0.key) ? Column($0.key, isDetail: true) : $0 }
  }
}
