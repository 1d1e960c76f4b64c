import DMARC

/// A time as reporters write it: epoch seconds (RFC 7489 App. C), but also with a fraction, in milliseconds or finer, or as a
/// date in ISO 8601 or RFC 3339 format.
enum LenientTimestamp {
  /// Epoch seconds in the standard form.
  case clean(Int64)
  /// Epoch seconds converted from another form, which `form` describes.
  case odd(Int64, form: String)
  case none

  /// The year 10000. Larger numbers are in smaller units than seconds.
  private static let end = CalendarDay.plausibleTimestamps.upperBound

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    switch LenientNumber(bytes) {
    case .clean(let value):
      guard value < Self.end else { break }
      self = .clean(value)
      return
    case .odd(let value):
      guard (0..<Self.end).contains(value) else { break }
      self = .odd(value, form: "seconds")
      return
    case .none: break
    }
    self = Self.fine(bytes) ?? Self.date(bytes.string).map { .odd($0, form: "a date") } ?? .none
  }

  private static func fine(_ bytes: UnsafeBufferPointer<UInt8>) -> LenientTimestamp? {
    let value: Int64
    switch LenientNumber(bytes) {
    case .clean(let number), .odd(let number): value = number
    case .none:
      // Nanoseconds have 19 digits.
      guard let number = Int64(bytes.string) else { return nil }
      value = number
    }
    for (divisor, unit) in [(1_000, "milliseconds"), (1_000_000, "microseconds"), (1_000_000_000, "nanoseconds")] {
      let seconds = value / Int64(divisor)
      // Reports are later than 2010, so a smaller value is in another unit.
      if (1_262_304_000..<4_102_444_800).contains(seconds) { return .odd(seconds, form: unit) }
    }
    return nil
  }

  /// `2026-10-01`, `2026-10-01T12:30:00Z`, `2026-10-01 12:30:00.5 +0200`; without an offset it is UTC.
  private static func date(_ text: String) -> Int64? {
    let parts = text.split(maxSplits: 1) { $0 == "T" || $0 == "t" || $0 == " " }
    guard let first = parts.first, let day = CalendarDay(String(first)) else { return nil }
    let midnight = day.number * 86_400
    guard parts.count == 2 else { return midnight }
    var time = parts[1].filter { $0 != " " }
    var offset: Int64 = 0
    if ["UTC", "GMT", "utc", "gmt"].contains(String(time.suffix(3))) { time.removeLast(3) }
    if time.last == "Z" || time.last == "z" {
      time.removeLast()
    } else if let sign = time.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let digits = time[time.index(after: sign)...].filter { $0 != ":" }
      guard digits.count == 4 || digits.count == 2, let number = Int64(digits) else { return nil }
      let minutes = digits.count == 2 ? number * 60 : number / 100 * 60 + number % 100
      offset = (time[sign] == "-" ? -1 : 1) * minutes * 60
      time = String(time[..<sign])
    }
    let whole = time.prefix { $0 != "." && $0 != "," }
    let numbers = whole.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    guard (2...3).contains(numbers.count), let hour = numbers[0], let minute = numbers[1],
      let second = numbers.count == 3 ? numbers[2] : 0, (0...24).contains(hour), (0...59).contains(minute),
      (0...60).contains(second)
    else { return nil }
    return midnight + hour * 3_600 + minute * 60 + second - offset
  }
}
