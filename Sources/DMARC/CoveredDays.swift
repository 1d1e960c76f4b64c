/// The UTC days that a reporting period covers. Rates and history spread the messages of a longer report over them; sums never do.
///
/// A period of up to a day and a half is one day, whatever its time zone: the day that holds its middle. A longer one is as many days as it has
/// spans of 24 hours.
public struct CoveredDays: Sendable, Hashable {
  /// The first day, in days since 1970-01-01.
  public let first: Int64
  /// The number of days, 1...``most``.
  public let count: Int64

  /// The maximum number of days. Of a longer period, the days around its middle count.
  public static let most: Int64 = 366

  /// The days of a period in epoch seconds.
  public init(begin: Int64, end: Int64) {
    let length = max(end.subtractingClamped(begin), 0)
    let days = max(1, length.addingClamped(43_200) / 86_400)
    let middle = ReportIdentity.day(begin: begin, end: end)
    count = min(days, Self.most)
    if days == 1 {
      first = middle
    } else if days > Self.most {
      first = middle.subtractingClamped(Self.most / 2)
    } else {
      first = CalendarDay(epoch: begin.addingClamped(length / days / 2)).number
    }
  }

  /// The days from `first` to `last`, at most ``most``.
  public init(first: Int64, last: Int64) {
    self.first = first
    count = min(max(last.subtractingClamped(first), 0), Self.most - 1) + 1
  }

  /// A single day.
  public init(day: Int64) {
    first = day
    count = 1
  }

  /// The last day.
  public var last: Int64 { first.addingClamped(count - 1) }

  /// Calls `body` with the messages of each day that gets any: whole messages as even as possible, and the same for equal arguments.
  /// - Parameters:
  ///   - phase: not negative; determines which days get a remainder. Otherwise, many small numbers would all fall on the same day.
  ///   - limit: the maximum number of days that get messages.
  public func spread(_ messages: Int64, phase: Int64, limit: Int64 = most, _ body: (_ day: Int64, Int64) -> Void) {
    let parts = max(1, min(count, limit))
    let (whole, rest) = (messages / parts, messages % parts)
    let offset = phase % parts
    for part in 0..<parts {
      let extra = ((part + 1) * rest + offset) / parts - (part * rest + offset) / parts
      // The middle of each part; if there are as many parts as days, each is one day.
      if whole + extra > 0 { body(first.addingClamped((2 * part + 1) * count / (2 * parts)), whole + extra) }
    }
  }
}
