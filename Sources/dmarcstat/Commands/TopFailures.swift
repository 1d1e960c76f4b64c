import ArgumentParser
import DMARC
import Render
import Store
import Verdict

struct TopFailures: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top-failures",
    abstract: "Show who fails DMARC, most messages first.",
    discussion: """
      Each line is a failing source: the raw SPF and DKIM results, the domains they are for, and the verdict. With \
      --by verdict, each line describes a kind of failure in words. `dmarcstat explain ADDRESS` says why a source fails and \
      what to do.

      With --by operator, each line is what the sources are called: a known sender, or else a name from the files that \
      `dmarcstat names` lists. Names are hints; no verdict depends on them.

      With --by day, week or month, each line is one of them, in the order of time, and all are printed unless --limit says how \
      many of the latest. Weeks are those of ISO 8601.

      EXAMPLES
        dmarcstat top-failures
        dmarcstat top-failures --by verdict --month 2026-10   start here
        dmarcstat top-failures --by network --since 7d
        dmarcstat top-failures --by operator --since 30d
        dmarcstat top-failures --by day --since 30d -d 'kunde*.example'
        dmarcstat top-failures -d example.com --limit 0 --format csv
      """)

  @Option(help: "What a line stands for.")
  var by: FailureLine = .group(.source)

  @OptionGroup var filter: FilterOptions
  @OptionGroup var pageOptions: PageOptions
  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    if case .period = by, pageOptions.after != nil {
      throw ValidationError("--by day, week and month print all lines: they cannot be combined with --after.")
    }
  }

  func run() throws {
    let context = try QueryContext(databaseOptions)
    switch by {
    case .period(let length):
      let filter = try filter.filter(defaultLimit: nil, in: context)
      try PeriodSeries(length, filter).printFailures(context, self.filter.period, format)
    case .group(let grouping): try printGroups(grouping, context)
    }
  }

  private func printGroups(_ grouping: FailureGrouping, _ context: QueryContext) throws {
    let filter = try filter.filter(defaultLimit: 20, in: context)
    let question = "top-failures --by \(grouping.rawValue)"
    // A malformed cursor should not cost a query.
    let isFirst = try pageOptions.position(of: question) == nil
    if isFirst, filter.limit == nil { return try stream(grouping, filter, context) }
    let naming = try context.naming(for: grouping == .operator)
    var wanted = filter
    wanted.limit = isFirst ? filter.limit.map { $0.addingClamped(1) } : nil
    let ranked = try context.database.rankedFailures(by: grouping, wanted, naming: naming)
    let page = try pageOptions.page(ranked.groups, limit: filter.limit, of: question) {
      RowPosition(-$0.messages, key: $0.key)
    }
    // The first page knows the sums of all groups, a later one has read those after it.
    let shown = isFirst ? page.rows : []
    let rest = isFirst ? ranked.total : (page.omitted.count, page.omitted.reduce(0) { $0.addingClamped($1.messages) })
    let omitted = CutList(
      lines: rest.0 - shown.count,
      messages: shown.reduce(rest.1) { $0.subtractingClamped($1.messages) })
    let table = table(page.rows, grouping, context.phrasebook(languageOption))
    try context.covered(filter, self.filter.period).print(
      page: table, format, next: page.next, omitted: omitted.text("more line", "more lines"))
  }

  private func table(_ groups: [FailureGroup], _ grouping: FailureGrouping, _ phrasebook: Phrasebook) -> ResultTable {
    ResultTable(groups, by: grouping) { key in
      let code = "verdict.\(key.map { $0 == "/" ? "." : String($0) }.joined())"
      return
        "\(phrasebook.text(code.split(separator: ".").prefix(2).joined(separator: "."))) (\(phrasebook.text(code)))"
    }
  }

  private static let rowsAtATime = 500

  /// Prints all groups as they are read: there may be a million. For a table they are read twice.
  private func stream(_ grouping: FailureGrouping, _ filter: RecordFilter, _ context: QueryContext) throws {
    let phrasebook = context.phrasebook(languageOption)
    let covered = try context.covered(filter, self.filter.period)
    let naming = try context.naming(for: grouping == .operator)
    func completed(_ groups: [FailureGroup]) -> ResultTable {
      covered.completed(table(groups, grouping, phrasebook), format.format)
    }
    try LongAnswer(covered, format).print(table([], grouping, phrasebook)) { body in
      var waiting: [FailureGroup] = []
      func flush() {
        for row in completed(waiting).rows { body(row) }
        waiting.removeAll(keepingCapacity: true)
      }
      try context.database.forEachFailure(by: grouping, filter, naming: naming) { group in
        waiting.append(group)
        if waiting.count >= Self.rowsAtATime { flush() }
      }
      flush()
    }
  }
}

/// What a line of `top-failures` stands for.
enum FailureLine: ExpressibleByArgument {
  case group(FailureGrouping)
  case period(PeriodLength)

  init?(argument: String) {
    if let group = FailureGrouping(rawValue: argument) {
      self = .group(group)
    } else if let length = PeriodLength(rawValue: argument) {
      self = .period(length)
    } else {
      return nil
    }
  }

  static var allValueStrings: [String] {
    FailureGrouping.allCases.map(\.rawValue) + PeriodLength.allCases.map(\.rawValue)
  }

  var defaultValueDescription: String {
    switch self {
    case .group(let group): group.rawValue
    case .period(let length): length.rawValue
    }
  }
}
