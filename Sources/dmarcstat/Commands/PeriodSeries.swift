import Charts
import DMARC
import Render
import Store
import Wording

/// The lines of `--by day`, `week` or `month`, in the order of time.
struct PeriodSeries {
  private let length: PeriodLength
  private let filter: RecordFilter

  init(_ length: PeriodLength, _ filter: RecordFilter) { (self.length, self.filter) = (length, filter) }

  func printSummary(_ context: QueryContext, _ options: PeriodOptions, _ option: FormatOption) throws {
    let covered = try context.covered(filter, options)
    let periods = try context.database.summary(per: length, filter)
    // The table is made of all periods, because the first one shown changed, too.
    var table = ResultTable(periods, per: length, in: covered.days)
    let starts = latest(&table, periods.map(\.start))
    printSeries(table, starts, covered, option, omitted: periods.count - starts.count)
    guard option.format == .table else { return }
    printBars(starts, periods.suffix(starts.count), Self.summaryBars)
  }

  /// On a terminal, draws messages and pass rate over the days, weeks or months of a period, below an answer.
  static func drawCourse(
    _ context: QueryContext, _ filter: RecordFilter, _ covered: CoveredPeriod, _ option: FormatOption
  ) throws {
    guard option.format == .table, Terminal.showsBars, let days = covered.days else { return }
    let count = days.upperBound.number.subtractingClamped(days.lowerBound.number)
    let length: PeriodLength = count <= 62 ? .day : count <= 400 ? .week : .month
    var all = filter
    all.limit = nil
    let periods = try context.database.summary(per: length, all, withSources: false)
    PeriodSeries(length, all).printBars(periods.map(\.start), periods, summaryBars)
  }

  private static let summaryBars: [Bars<PeriodSummary>] = [
    Bars(
      name: "Messages", base: 0, value: { Double($0.messages) },
      text: { NumberText.grouped(Int64(clampedRounding: $0)) }),
    Bars(name: "Pass rate", base: nil, value: \.passRate, text: NumberText.percent),
  ]

  func printFailures(_ context: QueryContext, _ options: PeriodOptions, _ option: FormatOption) throws {
    let covered = try context.covered(filter, options)
    let periods = try context.database.failures(per: length, filter)
    var table = ResultTable(periods.map(\.group), per: length)
    let starts = latest(&table, periods.map(\.start))
    printSeries(table, starts, covered, option, omitted: periods.count - starts.count)
    guard option.format == .table else { return }
    printBars(
      starts, periods.suffix(starts.count).map(\.group),
      [
        Bars(name: "Failing", base: 0, value: { Double($0.messages) }) {
          NumberText.grouped(Int64(clampedRounding: $0))
        }
      ])
  }

  /// Keeps the latest rows, as many as the filter allows.
  /// - Returns: their first days.
  private func latest(_ table: inout ResultTable, _ starts: [CalendarDay]) -> [CalendarDay] {
    guard let limit = filter.limit else { return starts }
    table.rows = table.rows.suffix(limit)
    return starts.suffix(limit)
  }

  private func printSeries(
    _ table: ResultTable, _ starts: [CalendarDay], _ covered: CoveredPeriod, _ option: FormatOption, omitted: Int
  ) {
    var table = table
    if option.format == .table { table.fillGaps(per: length, starts: starts) }
    let (one, many) = ("earlier \(length.rawValue)", "earlier \(length.rawValue)s")
    covered.print(table, option)
    covered.printOmitted(omitted > 0 ? IngestSummary.count(omitted, one, many) : nil, option.format)
  }

  /// A line of bars.
  private struct Bars<Period>: Sendable {
    let name: String
    /// The value of the lowest bar; nil for the lowest value.
    let base: Double?
    let value: @Sendable (Period) -> Double?
    let text: @Sendable (Double) -> String
  }

  /// Draws the shape of a series below its table, on a terminal.
  private func printBars<Period>(_ starts: [CalendarDay], _ periods: some Collection<Period>, _ bars: [Bars<Period>]) {
    guard Terminal.showsBars, starts.count > 1 else { return }
    let wording = Terminal.wording
    let width = bars.map { TableText.width(wording.text($0.name)) }.max() ?? 0
    var lines = [""]
    for bar in bars {
      let values = evenly(starts, periods.map(bar.value)).suffix(max((Terminal.width ?? 80) - width - 30, 10))
      guard let least = values.compactMap(\.self).min(), let most = values.compactMap(\.self).max() else { continue }
      // The lowest value is still a bar, if the others are higher.
      let base = bar.base ?? (least < most ? least - (most - least) / 7 : 0)
      let name = wording.text(bar.name)
      let gap = String(repeating: " ", count: width - TableText.width(name) + 2)
      let range = wording.text("\(bar.text(least)) to \(bar.text(most))")
      lines.append("\(name)\(gap)\(Sparkline(values.map { $0.map { $0 - base } }).text)  \(range)")
    }
    Terminal.print(lines: lines)
  }

  /// The most periods that are drawn.
  private static let maximumBars = 1_000

  /// Values at even distances in time, with nil for periods without reports.
  private func evenly(_ starts: [CalendarDay], _ values: [Double?]) -> [Double?] {
    guard let last = starts.last else { return [] }
    let known = Dictionary(zip(starts, values), uniquingKeysWith: { first, _ in first })
    var next = starts.first { last.number.subtractingClamped($0.number) <= Int64(Self.maximumBars) } ?? last
    var even: [Double?] = []
    while next <= last {
      even.append(known[next] ?? nil)
      next = length.next(after: next)
    }
    return even
  }
}
