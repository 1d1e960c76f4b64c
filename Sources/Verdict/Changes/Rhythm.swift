import DMARC

/// The days on which a sender or reporter is seen, as positions on a timeline, and when it came or went.
struct Rhythm {
  private let series: [Int64]
  private let present: [Int]

  init(_ series: [Int64]) {
    self.series = series
    present = series.indices.filter { series[$0] > 0 }
  }

  /// Days that must have passed without it before it is new.
  private static let fewestDaysBefore = 7
  /// Days on which it must be seen to be missed.
  private static let fewestRegularDays = 5

  /// When it came: its first day, and the one with which it is more than a stray message.
  /// - Parameters:
  ///   - least: the fewest messages.
  ///   - fewest: the fewest days.
  func arrival(least: Int64, days fewest: Int) -> Turn? {
    guard let first = present.first, first >= Self.fewestDaysBefore else { return nil }
    var (days, messages) = (0, Int64(0))
    for position in present {
      days += 1
      messages.addClamped(series[position])
      if days >= fewest, messages >= least { return Turn(since: first, noticed: position) }
    }
    return nil
  }

  /// When it went: the first day without it, and the one with which its absence is longer than its rhythm explains.
  ///
  /// What is seen every day is missed after a week; anything else after two, or three of its longest pauses. Half of the days between
  /// its first and its last are needed for a rhythm, or one in each week.
  /// - Parameters:
  ///   - least: the fewest messages.
  ///   - fewest: the fewest days.that are missing.
  func departure(least: Int64) -> Turn? {
    guard present.count >= Self.fewestRegularDays, let first = present.first, let last = present.last,
      last < series.count - 1
    else { return nil }
    let pause = zip(present.dropFirst(), present).map { $0 - $1 }.max() ?? 1
    guard pause <= 7 || (last - first + 1) <= present.count * 2, last - first >= Self.fewestDaysBefore else {
      return nil
    }
    let quiet = pause <= 1 ? 7 : max(14, 3 * pause)
    let noticed = last + quiet
    guard noticed < series.count else { return nil }
    let perDay = Double(series[first...last].clampedSum) / Double(last - first + 1)
    guard perDay * Double(quiet) >= Double(least) else { return nil }
    return Turn(since: last + 1, noticed: noticed)
  }
}
