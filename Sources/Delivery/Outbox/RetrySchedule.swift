import DMARC

/// When a delivery that failed is tried again: soon at first, then less often, for three days.
package enum RetrySchedule {
  /// Seconds after each of the first attempts; the last one repeats.
  static let pauses: [Int64] = [60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200]
  /// Seconds after which the last attempt is made.
  package static let span: Int64 = 3 * 86_400
  /// The longest pause that a receiver may ask for.
  private static let longestPause: Int64 = 43_200

  /// The time of the next attempt, epoch seconds; nil if that was the last one.
  /// - Parameter attempts: those made, 1 or more.
  package static func next(createdAt: Int64, attempts: Int64, now: Int64, retryAfter: Int64? = nil) -> Int64? {
    let end = createdAt.addingClamped(span)
    guard now < end else { return nil }
    let pause = pauses[Int(clamping: min(max(0, attempts - 1), Int64(pauses.count - 1)))]
    let asked = min(max(0, retryAfter ?? 0), longestPause)
    return min(now.addingClamped(max(pause, asked)), end)
  }
}
