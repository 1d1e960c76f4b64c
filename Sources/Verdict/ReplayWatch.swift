import DMARC

/// Finds days on which copies of signed mail from unusual places outnumber all that was ever sent in a day.
///
/// Forwarded mail is a thinned copy of what was sent; a replay is more than that.
public struct ReplayWatch: Sendable {
  /// Fewer copies a day are never called a replay.
  public static let minimumCopies: Int64 = 100

  private struct Key: Hashable {
    var selector: Int
    var day: Int64
  }

  private var copies: [Key: Int64] = [:]
  private var originals: [Key: Int64] = [:]
  /// By selector.
  private var bestDay: [Int: Int64] = [:]

  /// A watch that has seen nothing.
  public init() {}

  /// Whether any day has enough copies to be called a replay, whatever was sent on other days.
  public var hasCandidates: Bool { copies.contains { $0.value >= Self.minimumCopies } }

  /// Whether any day is a replay. Right only once all days have been taken in.
  public var hasReplay: Bool {
    copies.contains { $0.value >= Self.minimumCopies && $0.value >= bestDay[$0.key.selector] ?? 0 }
  }

  /// Takes in messages of one day.
  public mutating func add(_ stream: SignedStream, day: Int64, messages: Int64) {
    for selector in stream.selectors {
      let key = Key(selector: selector, day: day)
      switch stream.origin {
      case .usual:
        let total = originals[key, default: 0] + messages
        originals[key] = total
        bestDay[selector] = max(bestDay[selector] ?? 0, total)
      case .elsewhere: copies[key, default: 0] += messages
      }
    }
  }

  /// The replay that a stream takes part in by its mail of this day, if any.
  public func replay(of stream: SignedStream, day: Int64) -> HistoryFacts.Replay? {
    for selector in stream.selectors {
      let count = copies[Key(selector: selector, day: day)] ?? 0
      let best = bestDay[selector] ?? 0
      if count >= Self.minimumCopies, count >= best {
        return HistoryFacts.Replay(day: CalendarDay(number: day), copies: count, bestOriginDay: best)
      }
    }
    return nil
  }
}
