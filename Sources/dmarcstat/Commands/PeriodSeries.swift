import DMARC
import Render
import Store

/// The lines of `--by day`, `week` or `month`, in the order of time.
struct PeriodSeries {
  private let length: PeriodLength
  private let filter: RecordFilter

  init(_ length: PeriodLength, _ filter: RecordFilter) { (self.length, self.filter) = (length, filter) }

  func printSummary(_ context: QueryContext, _ options: PeriodOptions, _ format: OutputFormat) throws {
    let covered = try context.covered(filter, options)
    let periods = try context.database.summary(per: length, filter)
    // The table is made of all periods, because the first one shown changed, too.
    var table = ResultTable(periods, per: length, in: covered.days)
    let starts = latest(&table, periods.map(\.start))
    printSeries(table, starts, covered, format, omitted: periods.count - starts.count)
  }

  func printFailures(_ context: QueryContext, _ options: PeriodOptions, _ format: OutputFormat) throws {
    let covered = try context.covered(filter, options)
    let periods = try context.database.failures(per: length, filter)
    var table = ResultTable(periods.map(\.group), per: length)
    let starts = latest(&table, periods.map(\.start))
    printSeries(table, starts, covered, format, omitted: periods.count - starts.count)
  }

  /// Keeps the latest rows, as many as the filter allows.
  /// - Returns: their first days.
  private func latest(_ table: inout ResultTable, _ starts: [CalendarDay]) -> [CalendarDay] {
    guard let limit = filter.limit else { return starts }
    table.rows = table.rows.suffix(limit)
    return starts.suffix(limit)
  }

  private func printSeries(
    _ table: ResultTable, _ starts: [CalendarDay], _ covered: CoveredPeriod, _ format: OutputFormat, omitted: Int
  ) {
    var table = table
    if format == .table { table.fillGaps(per: length, starts: starts) }
    let (one, many) = ("earlier \(length.rawValue)", "earlier \(length.rawValue)s")
    covered.print(table, format)
    covered.printOmitted(omitted > 0 ? IngestSummary.count(omitted, one, many) : nil, format)
  }
}
