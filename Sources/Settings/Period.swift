package import DMARC

/// Parses periods in the forms that users write: `7d`, `2026-10`, `2026-10-01`, `last-month`, `yesterday`.
package enum Period {
  /// The first and last day of a period; nil if it is not valid.
  package static func days(_ text: String, today: CalendarDay) -> ClosedRange<CalendarDay>? {
    switch text.lowercased() {
    case "today": return today...today
    case "yesterday": return today.advanced(by: -1)...today.advanced(by: -1)
    case "this-month": return month(of: today)
    case "last-month": return month(of: month(of: today).lowerBound.advanced(by: -1))
    default: break
    }
    if let day = CalendarDay(text) { return day...day }
    if let month = month(text) { return month }
    if let year = year(text) { return year }
    guard let days = span(text) else { return nil }
    let day = today.advanced(by: -days)
    return day...day
  }

  /// The month of `2026-10`, `last-month` or `this-month`; nil for anything else.
  package static func month(_ text: String, today: CalendarDay) -> ClosedRange<CalendarDay>? {
    guard CalendarDay(text) == nil, let days = days(text, today: today) else { return nil }
    return days == month(of: days.lowerBound) ? days : nil
  }

  private static func month(of day: CalendarDay) -> ClosedRange<CalendarDay> {
    let first = day.advanced(by: Int64(1 - day.components.day))
    let length = CalendarDay.length(year: day.components.year, month: day.components.month)
    return first...first.advanced(by: Int64(length - 1))
  }

  private static func month(_ text: String) -> ClosedRange<CalendarDay>? {
    text.utf8.count == 7 ? CalendarDay(text + "-01").map(month(of:)) : nil
  }

  private static func year(_ text: String) -> ClosedRange<CalendarDay>? {
    guard text.utf8.count == 4, let first = CalendarDay(text + "-01-01"), let last = CalendarDay(text + "-12-31") else {
      return nil
    }
    return first...last
  }

  /// The number of days of `7d` or `2w`.
  private static func span(_ text: String) -> Int64? {
    guard text.first != "+", let count = Int64(text.dropLast()), (0...100_000).contains(count) else { return nil }
    return switch text.last {
    case "d": count
    case "w": count * 7
    default: nil
    }
  }
}
