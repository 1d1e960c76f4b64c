package import DMARC

/// The days of two periods that are compared.
package struct ChangePeriods: Sendable, Hashable {
  /// The period before, and the one that is asked about; in days since 1970-01-01.
  package var before, now: ClosedRange<CalendarDay>

  /// Creates periods. The one before may also be later: then the question is what was different.
  package init(before: ClosedRange<CalendarDay>, now: ClosedRange<CalendarDay>) {
    self.before = before
    self.now = now
  }

  /// Whether no day lies between them.
  package var areAdjacent: Bool { before.upperBound.advanced(by: 1) == now.lowerBound }

  /// Days before this period that are needed to say what was usual before it, so that what was certain earlier is not told again.
  private static let memory: Int64 = 61

  /// The period before, with earlier days if it is short: what is read besides this period.
  package var history: ClosedRange<CalendarDay> {
    guard areAdjacent else { return before }
    return min(before.lowerBound, now.lowerBound.advanced(by: -Self.memory))...before.upperBound
  }
}

/// The days of both periods for which there are reports, in order: a day without reports says nothing.
package struct Timeline: Sendable, Hashable {
  /// The periods.
  package let periods: ChangePeriods
  /// Days since 1970-01-01: first those of the history.
  package let days: [Int64]
  /// The positions of the first days of the period before, and of this one.
  package let firstBefore, firstNow: Int
  private let positions: [Int64: Int]
  /// The same for days that are not too far apart, from the first one on; -1 for days without reports.
  private let dense: [Int32]
  private let firstDay: Int64
  private static let mostDense: Int64 = 10_000

  /// Days that a period must have for a comparison.
  package static let fewestDays = 3

  /// Creates a timeline.
  /// - Parameter covered: days with reports; those outside the history and this period do not count.
  package init(_ periods: ChangePeriods, covered: Set<Int64>) {
    self.periods = periods
    let before = covered.filter { periods.history.contains(CalendarDay(number: $0)) }.sorted()
    let now = covered.filter { periods.now.contains(CalendarDay(number: $0)) }.sorted()
    days = before + now
    firstBefore = before.count { $0 < periods.before.lowerBound.number }
    firstNow = before.count
    positions = Dictionary(zip(days, days.indices)) { first, _ in first }
    firstDay = days.min() ?? 0
    let span = (days.max() ?? 0).subtractingClamped(firstDay)
    var dense: [Int32] = []
    if span < Self.mostDense {
      dense = [Int32](repeating: -1, count: Int(span) + 1)
      for (position, day) in days.enumerated() { dense[Int(day - firstDay)] = Int32(truncatingIfNeeded: position) }
    }
    self.dense = dense
  }

  /// The number of days with reports.
  package var daysBefore: Int { firstNow - firstBefore }
  package var daysNow: Int { days.count - firstNow }

  /// Whether both periods have reports for enough days.
  package var canCompare: Bool { daysBefore >= Self.fewestDays && daysNow >= 1 }

  /// The position of a day; nil if it has no reports.
  package func position(_ day: Int64) -> Int? {
    guard !dense.isEmpty else { return positions[day] }
    let offset = day.subtractingClamped(firstDay)
    guard offset >= 0, offset < Int64(dense.count), dense[Int(offset)] >= 0 else { return nil }
    return Int(dense[Int(offset)])
  }

  /// Days beside the border of two periods that do not follow each other. What is first seen on one of them happened between the periods.
  private static let border = 7

  /// The day since which something is so; nil if that is only known to lie between two periods that do not follow each other.
  func since(_ position: Int) -> CalendarDay? {
    let isAtBorder = abs(position - firstNow) < Self.border
    return isAtBorder && !periods.areAdjacent ? nil : CalendarDay(number: days[position])
  }

  func day(_ position: Int) -> CalendarDay { CalendarDay(number: days[position]) }

  /// Whether a change that was noticed at a position belongs to this period.
  func isNow(_ position: Int) -> Bool { position >= firstNow }

  /// Messages by position.
  func series(_ parts: [DayMessages], where isIncluded: (Int) -> Bool = { _ in true }) -> [Int64] {
    var series = [Int64](repeating: 0, count: days.count)
    for part in parts where isIncluded(part.reporter) {
      if let position = position(part.day) { series[position].addClamped(part.messages) }
    }
    return series
  }

  /// Messages before and in this period.
  func sums(_ series: [Int64]) -> (before: Int64, now: Int64) {
    (series[firstBefore..<firstNow].clampedSum, series[firstNow...].clampedSum)
  }
}

extension Sequence<Int64> {
  /// The sum, clamped to the representable range.
  var clampedSum: Int64 { reduce(0) { $0.addingClamped($1) } }
}
