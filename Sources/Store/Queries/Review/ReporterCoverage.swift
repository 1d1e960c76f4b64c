package import DMARC
import GRDB

/// On which days a reporter sent reports.
package struct ReporterCoverage: Sendable, Hashable {
  /// The reporter.
  package var reporter: String
  /// Reports of the period.
  package var reports: Int64
  /// Days of the period that its reports cover.
  package var days: Int
  /// Days before the period that its reports cover, of those that were looked at.
  package var daysBefore: Int
  /// The last day that its reports cover.
  package var lastDay: CalendarDay
}

extension ReportDatabase {
  /// The reporters of a bounded period, and those of the days before it, by days and name.
  /// - Parameter before: the number of days before the period that are looked at.
  /// - Throws: ``StoreError``.
  package func reporterCoverage(_ filter: RecordFilter, before: Int64) throws(StoreError) -> [ReporterCoverage] {
    guard let first = filter.firstDay, let last = filter.lastDay, first <= last else { return [] }
    var wider = filter
    wider.firstDay = first.advanced(by: -before)
    return try read { db in
      let reader = try SumReader(db, wider)
      var sums: [Int64: (reports: Int64, now: DaySet, before: DaySet, last: Int64)] = [:]
      try reader.forEachReportSum { _, entry, facts in
        guard facts.isSelected, !facts.isImpossible else { return }
        var sum = sums[facts.reporter] ?? (0, DaySet(), DaySet(), .min)
        if facts.day >= first.number { sum.reports.addClamped(entry.rows) }
        for day in facts.firstDay...max(facts.firstDay, facts.lastDay) {
          let (number, index) = ReportMonth.place(of: day)
          let month = ReportMonth(number: number)
          let bit: UInt32 = 1 << index
          if day >= first.number, day <= last.number { sum.now.insert(bit, of: month) }
          if day < first.number { sum.before.insert(bit, of: month) }
        }
        sum.last = max(sum.last, min(facts.lastDay, last.number))
        sums[facts.reporter] = sum
      }
      let names: SQLRequest<Row> = "SELECT id, name FROM reporter WHERE id IN \(SQL.list(sums.keys))"
      return try names.fetchAll(db).compactMap { row in
        sums[row[0]].map { sum in
          ReporterCoverage(
            reporter: row[1], reports: sum.reports, days: sum.now.count, daysBefore: sum.before.count,
            lastDay: CalendarDay(number: sum.last))
        }
      }.sorted { ($1.days, $1.daysBefore, $0.reporter) < ($0.days, $0.daysBefore, $1.reporter) }
    }
  }
}
