/// A day since which a domain sends far more or less.
///
/// Each day is compared with the same days of the week before, for two whole weeks, so that neither the rhythm of the week nor a
/// holiday is a change.
struct VolumeShift: Equatable {
  /// Positions on the timeline: the first day of the new volume, and the one with which it was certain.
  var since, noticed: Int
  /// Messages that were to be expected, and that came.
  var expected, messages: Double

  /// Days on each side.
  private static let fewestDays = 14
  /// Days before that are compared, and after which a shift must be certain.
  private static let mostDaysBefore = 28
  private static let mostDaysAfter = 21
  /// Messages to be expected, or that came.
  private static let fewestMessages = 200.0
  /// The factor by which the volume must rise or fall.
  private static let leastFactor = 2.0
  /// Standard errors.
  private static let leastErrors = 5.0
  /// The share of days that must be at least half of the way off.
  private static let leastAgreement = 0.8

  /// Finds the shifts in the order of time.
  /// - Parameter days: the days, for their places in the week.
  static func find(_ series: [Int64], days: [Int64]) -> [VolumeShift] {
    let numbers = series.map(Double.init)
    let sums = numbers.reduce(into: [0.0]) { $0.append(($0.last ?? 0) + $1) }
    /// Whether the means differ nearly enough, whatever the days of the week: this is cheap, and mostly false.
    func mayDiffer(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
      let before = (sums[left.upperBound] - sums[left.lowerBound]) / Double(left.count) * Double(right.count)
      let after = sums[right.upperBound] - sums[right.lowerBound]
      return max(before, after) >= fewestMessages / 2 && (after <= before * 0.7 || after >= before * 1.4)
    }
    var shifts: [VolumeShift] = []
    var start = 0
    for end in numbers.indices where end - start >= 2 * fewestDays - 1 {
      var best: (shift: VolumeShift, errors: Double)?
      for since in max(start + fewestDays, end - mostDaysAfter + 1)...(end - fewestDays + 1) {
        let left = max(start, since - mostDaysBefore)..<since
        let right = since..<(end + 1)
        guard mayDiffer(left, right), let found = shift(numbers, days, left, right) else { continue }
        if best.map({ $0.errors < found.errors }) ?? true { best = found }
      }
      guard let best else { continue }
      shifts.append(best.shift)
      start = best.shift.since
    }
    return shifts
  }

  private static func shift(
    _ numbers: [Double], _ days: [Int64], _ left: Range<Int>, _ right: Range<Int>
  ) -> (shift: VolumeShift, errors: Double)? {
    let week = Week(left.map { (days[$0], numbers[$0]) })
    let expected = right.map { week.mean(days[$0]) }
    let (sum, sumExpected) = (right.reduce(0) { $0 + numbers[$1] }, expected.reduce(0, +))
    guard max(sum, sumExpected) >= fewestMessages, sumExpected > 0 else { return nil }
    let isFall = sum < sumExpected
    guard isFall ? sum * leastFactor <= sumExpected : sum >= sumExpected * leastFactor else { return nil }
    let deviations = left.reduce(0) { total, position in
      let mean = week.mean(days[position])
      return total + (mean > 0 ? (numbers[position] - mean) * (numbers[position] - mean) / mean : 0)
    }
    let dispersion = max(1, deviations / Double(max(1, left.count - week.count)))
    let error = (dispersion * sumExpected).squareRoot()
    guard abs(sum - sumExpected) >= leastErrors * error else { return nil }
    func agrees(_ position: Int) -> Bool {
      let usual = week.mean(days[position])
      return isFall ? numbers[position] <= usual * 0.75 : numbers[position] >= usual * 1.5
    }
    guard Double(right.count(where: agrees)) >= Double(right.count) * leastAgreement else { return nil }
    // Two weeks are needed, so that they may begin with days that were still as before.
    let since = right.first(where: agrees) ?? right.lowerBound
    let shift = VolumeShift(since: since, noticed: right.upperBound - 1, expected: sumExpected, messages: sum)
    return (shift, abs(sum - sumExpected) / error)
  }

  /// The mean of each day of the week.
  private struct Week {
    private var sums = [Double](repeating: 0, count: 7)
    private var counts = [Double](repeating: 0, count: 7)
    private var all: Double

    init(_ days: [(day: Int64, number: Double)]) {
      for (day, number) in days {
        sums[Self.place(day)] += number
        counts[Self.place(day)] += 1
      }
      all = sums.reduce(0, +) / Double(max(1, days.count))
    }

    /// Days of the week that occur.
    var count: Int { counts.count { $0 > 0 } }

    func mean(_ day: Int64) -> Double {
      let place = Self.place(day)
      return counts[place] > 0 ? sums[place] / counts[place] : all
    }

    private static func place(_ day: Int64) -> Int { Int(((day % 7) + 7) % 7) }
  }
}
