/// The time when a server received a message: `17-Jul-1996 02:44:25 -0700` (RFC 9051 §9 `date-time`).
enum InternalDate {
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// Years that are accepted: other dates are clock errors of the server, and nanoseconds since 1970 would not fit into
  /// 64 bits.
  private static let years: ClosedRange<Int64> = 1900...2261

  /// Epoch seconds; nil for anything in another form.
  static func epoch(_ bytes: [UInt8]) -> Int64? {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard parts.count == 3 else { return nil }
    let date = parts[0].split(separator: "-")
    let time = parts[1].split(separator: ":").compactMap { Int64($0) }
    guard date.count == 3, let day = Int64(date[0]), let year = Int64(date[2]), time.count == 3,
      let month = months.firstIndex(of: date[1].lowercased()), let offset = offset(parts[2])
    else { return nil }
    guard (1...31).contains(day), years.contains(year), time.allSatisfy({ (0...60).contains($0) }) else { return nil }
    return days(year, Int64(month) + 1, day) * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2] - offset
  }

  private static func offset(_ text: Substring) -> Int64? {
    guard text.count == 5, let number = UInt16(text.dropFirst()).map({ Int64($0) }), "+-".contains(text.first ?? " ")
    else { return nil }
    let seconds = (number / 100 * 60 + number % 100) * 60
    return text.hasPrefix("-") ? -seconds : seconds
  }

  /// Days since 1970 in the Gregorian calendar.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    // Counting years from March puts the leap day at their end.
    let (year, month) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
  }
}
