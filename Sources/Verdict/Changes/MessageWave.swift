import DMARC

/// A day since which something is so, and the day with which that was certain, as positions on a timeline.
struct Turn: Equatable {
  var since, noticed: Int
}

/// A wave of messages that rises far above what there was before, such as a campaign of spoofing, and ends.
struct MessageWave: Equatable {
  /// Positions on the timeline: its first day, and the one with which it was certain; nil if it was there from the beginning.
  var begin: Turn?
  /// The first day after it, and the one with which that was certain; nil if it goes on.
  var end: Turn?
  /// Its messages.
  var messages: Int64 = 0

  /// Days before the first that can be part of a new wave.
  private static let fewestDaysBefore = 7
  /// Days that show what is usual.
  private static let usualDays = 28
  /// Days on which a wave has to gather enough messages.
  private static let window = 3
  /// Quiet days that end it.
  private static let quietDays = 7
  /// The factor above what is usual.
  private static let factor = 5.0

  /// Finds the waves in the order of time.
  /// - Parameter least: the fewest messages of a wave.
  static func find(_ series: [Int64], least: Int64) -> [MessageWave] {
    var waves: [MessageWave] = []
    var current: MessageWave?
    var (usual, peak) = (0.0, Int64(0))
    var start = 0
    if series.count > fewestDaysBefore {
      let first = median(series[..<fewestDaysBefore])
      if first * Double(window) >= Double(least) {
        (current, peak) = (MessageWave(), series[..<fewestDaysBefore].max() ?? 0)
      }
    }
    for position in series.indices {
      if var wave = current {
        wave.messages.addClamped(series[position])
        peak = max(peak, series[position])
        let limit = max(2 * usual, Double(peak) / 20)
        let quiet = (position - quietDays + 1)...position
        if quiet.lowerBound > (wave.begin?.since ?? 0), quiet.allSatisfy({ Double(series[$0]) <= limit }) {
          wave.end = Turn(since: quiet.lowerBound, noticed: position)
          waves.append(wave)
          (current, start) = (nil, quiet.lowerBound)
        } else {
          current = wave
        }
      } else if position - start >= fewestDaysBefore {
        let before = max(start, position - usualDays)..<max(start, position - window + 1)
        let recent = (position - window + 1)...position
        let sum = recent.reduce(Int64(0)) { $0.addingClamped(series[$1]) }
        // The median is at most this: counting is cheaper than sorting.
        let most = Double(sum) / (factor * Double(window)) - 1
        guard sum >= least, before.count(where: { Double(series[$0]) <= most }) > (before.count - 1) / 2 else {
          continue
        }
        usual = median(series[before])
        let since = recent.first { Double(series[$0]) > 3 * usual + 1 } ?? position
        current = MessageWave(begin: Turn(since: since, noticed: position), messages: sum)
        peak = recent.map { series[$0] }.max() ?? 0
      }
    }
    return waves + (current.map { [$0] } ?? [])
  }

  private static func median(_ numbers: ArraySlice<Int64>) -> Double {
    guard !numbers.isEmpty else { return 0 }
    let sorted = numbers.sorted()
    return Double(sorted[(sorted.count - 1) / 2])
  }
}
