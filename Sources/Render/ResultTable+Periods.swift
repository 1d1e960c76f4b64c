package import DMARC
package import Store

extension ResultTable {
  /// The table of `summary --by day`, `week` or `month`.
  /// - Parameter days: the days of the question, which may begin and end within a week or month.
  package init(_ periods: [PeriodSummary], per length: PeriodLength, in days: ClosedRange<CalendarDay>?) {
    self.init(
      [
        Column(length.rawValue), Column("first_day", "FIRST SEEN", isDetail: length == .day),
        Column("last_day", "LAST SEEN", isDetail: length == .day), Column("messages"), Column("pass_rate", "PASS"),
        Column("pass_rate_change", "CHANGE"), Column("both_aligned", "DKIM+SPF"), Column("dkim_only", "DKIM ONLY"),
        Column("spf_only", "SPF ONLY"), Column("failed"), Column("unknown", "NEEDS REVIEW"),
        Column("delivered", isDetail: true), Column("quarantined", "QUARANT."), Column("rejected"),
        Column("sources"), Column("domains"), Column("reporters"), Column("reports"),
        Column("passed", isDetail: true), Column("dkim_aligned", isDetail: true),
        Column("spf_aligned", isDetail: true), Column("dropped_rows", isDetail: true),
        Column("not_evaluated", "NOT EVALUATED", isDetail: !periods.contains { $0.notEvaluated > 0 }),
      ], [], ifEmpty: "No reports in this period.")
    var before: PeriodSummary?
    for period in periods {
      let end = length.next(after: period.start).advanced(by: -1)
      let previous = before.flatMap { length.next(after: $0.start) == period.start ? $0.passRate : nil }
      rows.append(
        [
          .text(length.name(start: period.start)), .text("\(max(period.start, days?.lowerBound ?? period.start))"),
          .text("\(min(end, days?.upperBound ?? end))"), .integer(period.messages),
          period.passRate.map(Cell.share) ?? .null, Self.change(period.passRate, since: previous),
          .integer(period.bothAligned), .integer(period.dkimAligned - period.bothAligned),
          .integer(period.spfAligned - period.bothAligned), .integer(period.failed), .integer(period.unknown),
          .integer(period.delivered), .integer(period.quarantined), .integer(period.rejected),
          .integer(period.sources), .integer(period.domains), .integer(period.reporters), .integer(period.reports),
          .integer(period.passed), .integer(period.dkimAligned), .integer(period.spfAligned),
          .integer(period.droppedRows), .integer(period.notEvaluated),
        ])
      before = period
    }
  }

  /// The most periods in a row without reports that people see as empty lines. A report may name any year.
  private static let longestGap = 31

  /// Adds an empty line for each period without reports between others, so that people see what is missing.
  /// - Parameter starts: the first days of the rows' periods.
  package mutating func fillGaps(per length: PeriodLength, starts: [CalendarDay]) {
    var filled: [[Cell]] = []
    for (index, row) in rows.enumerated() {
      if index > 0 {
        var missing: [CalendarDay] = []
        var next = length.next(after: starts[index - 1])
        while next < starts[index], missing.count <= Self.longestGap {
          missing.append(next)
          next = length.next(after: next)
        }
        if missing.count <= Self.longestGap {
          filled += missing.map { start in
            [.text(length.name(start: start))] + Array(repeating: .null, count: columns.count - 1)
          }
        }
      }
      filled.append(row)
    }
    rows = filled
  }
}
