package import DMARC

/// The periods that a series has lines for. The raw values are words of the command line and keys of the output.
package enum PeriodLength: String, Sendable, Hashable, CaseIterable {
  case day
  /// Monday to Sunday (ISO 8601).
  case week
  case month

  /// The first day of the period that contains a day.
  func start(of day: Int64) -> Int64 {
    switch self {
    case .day: return day
    case .week:
      // Day 0 is a Thursday. The remainder of a negative number is negative.
      let weekday = (day % 7 + 10) % 7
      return day.subtractingClamped(weekday)
    case .month:
      let month = ReportMonth(of: day).days
      return month.lowerBound
    }
  }

  /// The name of the period that starts on a day: `2026-10-26`, `2026-W44` or `2026-10`.
  package func name(start: CalendarDay) -> String {
    switch self {
    case .day: return "\(start)"
    case .week:
      // A week belongs to the year of its Thursday.
      let thursday = start.advanced(by: 3)
      let newYear = CalendarDay(year: thursday.components.year, month: 1, day: 1) ?? thursday
      let number = (thursday.number - newYear.number) / 7 + 1
      return "\("\(thursday)".prefix { $0 != "-" })-W\(number < 10 ? "0" : "")\(number)"
    case .month: return String("\(start)".dropLast(3))
    }
  }

  /// The first day of the next period.
  package func next(after start: CalendarDay) -> CalendarDay {
    switch self {
    case .day: return start.advanced(by: 1)
    case .week: return start.advanced(by: 7)
    case .month:
      let (year, month, _) = start.components
      return start.advanced(by: Int64(CalendarDay.length(year: year, month: month)))
    }
  }
}
