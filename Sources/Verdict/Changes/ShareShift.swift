import DMARC

/// A day since which the share of messages that pass is another one.
///
/// Messages of one day or one report are not independent, so days are compared, not messages: the variance is that of a binomial
/// distribution times the dispersion that the days show. The largest of all possible first days counts, so the bounds are stricter than
/// those of a single comparison.
struct ShareShift: Equatable {
  /// Positions on the timeline: the first of the days before that were compared, the first day of the new share, and the one with which
  /// it was certain.
  var start, since, noticed: Int
  /// The shares, 0...1.
  var before, after: Double

  /// Days with messages on both sides.
  private static let fewestDaysBefore = 7
  private static let fewestDaysAfter = 3
  /// Days before that are compared, and after which a shift must be certain: what is longer ago does not count again.
  private static let mostDaysBefore = 28
  private static let mostDaysAfter = 21
  /// Messages on both sides.
  private static let fewestMessages = 30.0
  /// The least change of the share, and of messages.
  private static let leastChange = 0.05
  private static let leastMessages = 10.0
  /// Standard errors.
  private static let leastErrors = 5.0
  /// The share of days on each side that must be on its side of the middle between both shares.
  private static let leastAgreement = 0.75

  /// Finds the shifts in the order of time.
  static func find(passed: [Int64], failed: [Int64]) -> [ShareShift] {
    // Most senders have one result only, and thousands of them are looked at.
    guard Double(min(passed.clampedSum, failed.clampedSum)) >= leastMessages else { return [] }
    let sums = Sums(passed, failed)
    var shifts: [ShareShift] = []
    var start = 0
    for end in passed.indices where end - start >= fewestDaysBefore + fewestDaysAfter - 1 {
      guard sums.hasMessages(end) else { continue }
      var best: (shift: ShareShift, errors: Double)?
      let first = max(start + fewestDaysBefore, end - mostDaysAfter + 1)
      for since in first...(end - fewestDaysAfter + 1) where sums.hasMessages(since) {
        let left = max(start, since - mostDaysBefore)..<since
        guard let found = sums.shift(left, since..<(end + 1)) else { continue }
        if best.map({ $0.errors < found.errors }) ?? true { best = found }
      }
      guard let best else { continue }
      shifts.append(best.shift)
      start = best.shift.since
    }
    return shifts
  }

  /// Sums from the first day, so that those of any days are differences.
  private struct Sums {
    private let passed, all: [Double]
    private var passedBefore, allBefore, squaresBefore: [Double]
    private var daysBefore: [Int]

    init(_ passed: [Int64], _ failed: [Int64]) {
      self.passed = passed.map(Double.init)
      all = zip(passed, failed).map { Double($0) + Double($1) }
      (passedBefore, allBefore, squaresBefore, daysBefore) = ([0], [0], [0], [0])
      for (passed, all) in zip(self.passed, all) {
        passedBefore.append((passedBefore.last ?? 0) + passed)
        allBefore.append((allBefore.last ?? 0) + all)
        squaresBefore.append((squaresBefore.last ?? 0) + (all > 0 ? passed * passed / all : 0))
        daysBefore.append((daysBefore.last ?? 0) + (all > 0 ? 1 : 0))
      }
    }

    func hasMessages(_ position: Int) -> Bool { all[position] > 0 }

    private struct Side {
      var days: Int
      var passed, all, squares: Double
      var share: Double { passed / all }
      /// The squared deviations of the days from the share, each divided by its number of messages.
      var deviations: Double { max(0, squares - passed * share) }
    }

    private func side(_ range: Range<Int>) -> Side {
      let (first, end) = (range.lowerBound, range.upperBound)
      return Side(
        days: daysBefore[end] - daysBefore[first], passed: passedBefore[end] - passedBefore[first],
        all: allBefore[end] - allBefore[first], squares: squaresBefore[end] - squaresBefore[first])
    }

    func shift(_ left: Range<Int>, _ right: Range<Int>) -> (shift: ShareShift, errors: Double)? {
      let (before, after) = (side(left), side(right))
      guard before.days >= fewestDaysBefore, after.days >= fewestDaysAfter, before.all >= fewestMessages,
        after.all >= fewestMessages
      else { return nil }
      let change = abs(after.share - before.share)
      guard change >= leastChange, change * after.all >= leastMessages else { return nil }
      let common = (before.passed + after.passed) / (before.all + after.all)
      let variance = common * (1 - common)
      guard variance > 0 else { return nil }
      // Never below that of independent messages.
      let freedom = Double(before.days + after.days - 2)
      let dispersion = max(1, (before.deviations + after.deviations) / variance / freedom)
      let error = (variance * dispersion * (1 / before.all + 1 / after.all)).squareRoot()
      // Of few days, the dispersion itself is uncertain.
      guard change >= leastErrors * (1 + 6 / freedom) * error else { return nil }
      let middle = (before.share + after.share) / 2
      let isFall = after.share < before.share
      guard agree(left, isFall ? { $0 > middle } : { $0 < middle }),
        agree(right, isFall ? { $0 < middle } : { $0 > middle })
      else { return nil }
      return (
        ShareShift(
          start: left.lowerBound, since: right.lowerBound, noticed: right.upperBound - 1, before: before.share,
          after: after.share),
        change / error
      )
    }

    private func agree(_ range: Range<Int>, _ isOnItsSide: (Double) -> Bool) -> Bool {
      var (days, agreeing) = (0, 0)
      for position in range where all[position] > 0 {
        days += 1
        if isOnItsSide(passed[position] / all[position]) { agreeing += 1 }
      }
      return Double(agreeing) >= Double(days) * leastAgreement
    }
  }
}
