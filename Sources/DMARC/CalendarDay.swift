/// A day of the Gregorian calendar in UTC.
public struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Days since 1970-01-01.
  public let number: Int64

  /// Creates a day from the number of days since 1970-01-01.
  public init(number: Int64) { self.number = number }

  /// The UTC day of a time in epoch seconds.
  public init(epoch seconds: Int64) {
    number = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
  }

  /// A day of the proleptic Gregorian calendar; nil if there is no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.length(year: year, month: month)
    else { return nil }
    // Years are counted from March, so that the leap day is the last of its year.
    let marchYear = Int64(month > 2 ? year : year - 1)
    let era = marchYear / 400
    let yearOfEra = marchYear % 400
    let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
    number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Parses `YYYY-MM-DD`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// Year, month (1...12) and day of the month. Years are limited to 10^15.
  public var components: (year: Int, month: Int, day: Int) {
    let shifted = min(max(number, -Self.farthest), Self.farthest) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    )
  }

  /// The earliest plausible day of a report (2000-01-01); DMARC is younger.
  public static let firstPlausible = CalendarDay(number: 10_957)

  /// The day before which there were no aggregate reports (2012-01-01), so that an earlier date of a message or file is wrong.
  public static let firstReports = CalendarDay(number: 15_340)

  /// Seconds by which a reporting period may end after its report arrived, to allow for wrong clocks and time zones.
  public static let arrivalTolerance: Int64 = 2 * 86_400

  /// Epoch seconds of the years 1970 to 9999. A time outside this range is implausible.
  public static let plausibleTimestamps: Range<Int64> = 0..<253_402_300_800

  /// The last day with a year of four digits.
  public static let last = CalendarDay(number: 2_932_896)

  private static let farthest: Int64 = 365_000_000_000_000_000

  /// The number of days in a month.
  public static func length(year: Int, month: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// The day that is `days` later, clamped to the representable range.
  public func advanced(by days: Int64) -> CalendarDay { CalendarDay(number: number.addingClamped(days)) }

  /// Earlier days come first.
  public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.number < right.number }

  /// `YYYY-MM-DD`.
  public var description: String {
    let (year, month, day) = components
    func padded(_ value: Int, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }
}

/// Formats epoch seconds as an RFC 3339 timestamp in UTC: `2026-10-01T06:30:00+00:00`.
public func timestamp(_ epoch: Int64) -> String {
  let day = CalendarDay(epoch: epoch)
  let rest = Int(epoch % 86_400)
  let seconds = rest < 0 ? rest + 86_400 : rest
  func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  return "\(day)T\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))+00:00"
}
