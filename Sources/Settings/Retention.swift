package import DMARC

/// How long reports are kept (`keep` in the configuration).
package struct Retention: Sendable, Hashable, CustomStringConvertible {
  /// How long whole reports are kept; nil for ever.
  package var reports: Span?
  /// How long sums are kept after their reports are gone; nil if they go with them.
  ///
  /// Sums cannot be kept without their reports yet, so ``span`` keeps reports as long as either of both.
  package var sums: Span?

  /// A length of time: `25 months`.
  package struct Span: Sendable, Hashable, CustomStringConvertible {
    /// Positive.
    package var count: Int
    package var unit: Unit

    /// A unit of the calendar.
    package enum Unit: String, Sendable, CaseIterable {
      case days, weeks, months, years
    }

    /// The longest that can be meant: a longer one is a mistake.
    static let maxCount = 100_000

    /// Parses a number and a unit, `25 months` or `1 year`; nil for anything else.
    package init?(_ text: String) {
      let words = text.lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count == 2, words[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(words[0]),
        (1...Self.maxCount).contains(count),
        let unit = Unit.allCases.first(where: { $0.rawValue == words[1] || $0.rawValue.dropLast() == words[1] })
      else { return nil }
      self.count = count
      self.unit = unit
    }

    /// `25 months`, `1 year`.
    package var description: String { "\(count) \(count == 1 ? String(unit.rawValue.dropLast()) : unit.rawValue)" }

    /// The day that is this long before another; the last day of its month if the month is too short.
    package func before(_ day: CalendarDay) -> CalendarDay {
      switch unit {
      case .days: return day.advanced(by: -Int64(count))
      case .weeks: return day.advanced(by: -7 * Int64(count))
      case .months: return Self.months(count, before: day)
      case .years: return Self.months(12 * count, before: day)
      }
    }

    private static func months(_ count: Int, before day: CalendarDay) -> CalendarDay {
      let (year, month, dayOfMonth) = day.components
      let months = year * 12 + month - 1 - count
      guard months >= 12 else { return CalendarDay(number: -719_162) }
      let (newYear, newMonth) = (months / 12, months % 12 + 1)
      let last = CalendarDay.length(year: newYear, month: newMonth)
      return CalendarDay(year: newYear, month: newMonth, day: min(dayOfMonth, last)) ?? day
    }
  }

  /// How long reports are kept in effect; nil for ever.
  package func span(on today: CalendarDay) -> Span? {
    guard let reports else { return nil }
    guard let sums, sums.before(today) < reports.before(today) else { return reports }
    return sums
  }

  /// The first day whose reports are kept; nil if all are.
  package func firstDay(on today: CalendarDay) -> CalendarDay? { span(on: today)?.before(today) }

  /// As in the configuration.
  package var description: String {
    guard let sums else { return reports.map { "\($0)" } ?? "for ever" }
    return "reports \(reports.map { "\($0)" } ?? "for ever"), sums \(sums)"
  }
}
