import DMARC
import Render
import Store
import Verdict

/// The days that an answer covers, which every answer names.
struct CoveredPeriod: CustomStringConvertible {
  /// The first and last day; nil if no days were asked for and there is no report.
  let days: ClosedRange<CalendarDay>?
  /// Whether neither end was asked for.
  private let isEverything: Bool

  /// - Parameters:
  ///   - reported: the first and last day with a report in the filter; nil if there is none.
  ///   - today: the user's date, up to which a period without an end reaches.
  init(_ filter: RecordFilter, reported: ClosedRange<CalendarDay>?, today: CalendarDay) {
    isEverything = filter.firstDay == nil && filter.lastDay == nil
    let last =
      filter.lastDay ?? (filter.firstDay == nil ? reported?.upperBound : max(today, reported?.upperBound ?? today))
    let first = filter.firstDay ?? reported?.lowerBound ?? last
    days = first.flatMap { first in last.map { first...max(first, $0) } }
  }

  /// `2026-10-01 to 2026-10-31`; `all reports, ...` if no days were asked for.
  var description: String {
    guard let days else { return "all reports; there are none" }
    let text = "\(days.lowerBound) to \(days.upperBound)"
    return isEverything ? "all reports, \(text)" : text
  }

  /// Prints the period and a table. Rows for programs name it too.
  func print(_ table: ResultTable, _ option: FormatOption) {
    option.print(added(to: table, option.format))
    if option.format == .table { printLine() } else { tell() }
  }

  /// Prints the period and a page of an answer, with what else there is.
  /// - Parameters:
  ///   - next: the cursor of the next page; nil if there is none.
  ///   - omitted: what the rows after it are; nil if there are none.
  func print(page table: ResultTable, _ option: FormatOption, next: String?, omitted: String? = nil) {
    option.print(completed(table, option.format, next: next))
    if option.format == .table { printLine() } else { tell() }
    printOmitted(omitted, option.format)
  }

  /// A table with what rows for programs have besides: the period, and the cursor of the next page.
  func completed(_ table: ResultTable, _ format: OutputFormat, next: String? = nil) -> ResultTable {
    var table = added(to: table, format)
    if format == .json || format == .ndjson { table.addNext(next) }
    return table
  }

  /// Says below a table, or beside data for programs, what the limit left out; nil for nothing.
  func printOmitted(_ omitted: String?, _ format: OutputFormat) {
    guard let omitted else { return }
    let line = "\(omitted) not shown: --limit 0 shows all."
    if format == .table { Terminal.print(lines: ["", line]) } else { Terminal.complain(line) }
  }

  /// The table with the period in rows for programs.
  private func added(to table: ResultTable, _ format: OutputFormat) -> ResultTable {
    // CSV for spreadsheets keeps its columns: they may be pasted below those of another month.
    guard format == .json || format == .ndjson else { return table }
    var table = table
    table.columns += facts.map(\.0)
    for index in table.rows.indices { table.rows[index] += facts.map(\.1) }
    return table
  }

  /// Prints the period below an explanation, in its language.
  func printLine(_ phrasebook: Phrasebook) {
    guard let days else { return Terminal.print(lines: ["", phrasebook.text("period.none")]) }
    let values = ["first": "\(days.lowerBound)", "last": "\(days.upperBound)"]
    Terminal.print(lines: ["", phrasebook.text(isEverything ? "period.all" : "period.given", values)])
  }

  /// Prints a document with the period among its facts.
  func print(_ document: Document, _ option: FormatOption) {
    var document = document
    if option.format == .table {
      document.facts.append((Column("period"), .text(description)))
    } else {
      document.facts += facts
    }
    option.print(document)
    if option.format != .table { tell() }
  }

  /// Prints the period below an answer for people.
  func printLine() { Terminal.print(lines: ["", "Period: \(self)"]) }

  /// Names the period on standard error, beside data for programs, where an answer without rows has no place for it.
  func tell() { Terminal.complain(lines: ["Period: \(self)"]) }

  /// The keys of the period in data for programs.
  var facts: [(Column, Cell)] {
    [
      (Column("period_first_day"), Cell(days.map { "\($0.lowerBound)" })),
      (Column("period_last_day"), Cell(days.map { "\($0.upperBound)" })),
    ]
  }
}
