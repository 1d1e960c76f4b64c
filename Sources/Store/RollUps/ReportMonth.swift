import DMARC

/// The month that a roll-up covers, and the place of a day in it.
///
/// Months of the calendar are numbered from year 0. Days far outside the calendar, which only a forged report can name, are in months of
/// 31 days before or after all others.
struct ReportMonth: Hashable, Comparable {
  /// Increases with time.
  let number: Int64

  /// Days farther from 1970 than this are not in calendar months: about 10,000 years.
  private static let farthest: Int64 = 3_600_000
  private static let offset: Int64 = 1_000_000

  /// The month with this number.
  init(number: Int64) { self.number = number }

  /// The month of a day.
  init(of day: Int64) { number = Self.place(of: day).month }

  /// The month of a day, and its index within the month, 0...30.
  static func place(of day: Int64) -> (month: Int64, index: Int) {
    if day > farthest { return (offset + day / 31, Int(day % 31)) }
    if day < -farthest { return (-offset + day / 31, Int(30 + day % 31)) }
    let (year, month, index) = CalendarDay(number: day).components
    return (Int64(year) * 12 + Int64(month) - 1, index - 1)
  }

  /// The first and the last day.
  var days: ClosedRange<Int64> {
    if number >= Self.offset {
      let first = (number - Self.offset).multipliedClamped(by: 31)
      return max(first, Self.farthest + 1)...first.addingClamped(30)
    }
    if number <= -Self.offset / 2 {
      let last = (number + Self.offset).multipliedClamped(by: 31)
      return last.subtractingClamped(30)...min(last, -Self.farthest - 1)
    }
    let (first, next) = (Self.firstDay(number), Self.firstDay(number + 1))
    return first...(next - 1)
  }

  /// The day with index 0, which is not within the month if that is cut off.
  var firstIndexedDay: Int64 {
    if number >= Self.offset { return (number - Self.offset).multipliedClamped(by: 31) }
    if number <= -Self.offset / 2 { return (number + Self.offset).multipliedClamped(by: 31).subtractingClamped(30) }
    return Self.firstDay(number)
  }

  /// The first day of a month of the calendar.
  private static func firstDay(_ number: Int64) -> Int64 {
    let year = number >= 0 ? number / 12 : (number - 11) / 12
    let month = number - year * 12 + 1
    // The calendar repeats every 400 years.
    let cycle = year >= 0 ? year / 400 : (year - 399) / 400
    let day = CalendarDay(year: Int(year - cycle * 400 + 400), month: Int(month), day: 1)
    return (day?.number ?? 0) + (cycle - 1) * 146_097
  }

  /// For people: YYYY-MM, or the first day of a month outside the calendar.
  var label: String { String(CalendarDay(number: days.lowerBound).description.dropLast(3)) }

  static func < (left: ReportMonth, right: ReportMonth) -> Bool { left.number < right.number }
}
