import DMARC

/// On which days messages of one kind were reported for a key.
struct Presence {
  /// The first and the last day; the range is empty if there is none.
  private(set) var first = Int32.max
  private(set) var last = Int32.min
  /// The number of days.
  private(set) var days: Int32 = 0
  /// The number of messages on the busiest day.
  private(set) var busiest: Int64 = 0
  private var messages: Int64 = 0
  private var weekendMessages: Int64 = 0

  /// The number of days from the first to the last.
  var span: Int64 { last >= first ? Int64(last) - Int64(first) : 0 }

  /// Whether enough messages are known, and hardly any of them were sent on Saturdays and Sundays (UTC): two days of seven are 29 %.
  var isOnWorkingDays: Bool {
    messages >= 60 && weekendMessages.multipliedClamped(by: 100) <= messages.multipliedClamped(by: 15)
  }

  /// Whether a day, counted from 1970-01-01, a Thursday, is a Saturday or Sunday.
  private static func isWeekend(_ day: Int32) -> Bool { ((Int64(day) + 3) % 7 + 7) % 7 >= 5 }

  fileprivate mutating func add(_ day: Int32, _ messages: Int64) {
    first = min(first, day)
    last = max(last, day)
    days += 1
    busiest = max(busiest, messages)
    self.messages.addClamped(messages)
    if Self.isWeekend(day) { weekendMessages.addClamped(messages) }
  }
}

/// Sums messages by key and day.
struct PresenceCounter {
  private var entries: [(pair: UInt64, messages: Int64)] = []

  mutating func add(_ key: Int32, _ day: Int32, _ messages: Int64) {
    entries.append((DistinctCounts.pair(key, day), messages))
  }

  /// The presence of each key from 0 to `keys`.
  func presences(keys: Int) -> [Presence] {
    var result = [Presence](repeating: Presence(), count: keys)
    var current: (pair: UInt64, messages: Int64)?
    func flush(_ entry: (pair: UInt64, messages: Int64)?) {
      guard let entry else { return }
      result[Int(entry.pair >> 32)].add(Int32(truncatingIfNeeded: entry.pair), entry.messages)
    }
    for entry in entries.sorted(by: { $0.pair < $1.pair }) {
      guard entry.pair == current?.pair, let messages = current?.messages else {
        flush(current)
        current = entry
        continue
      }
      current?.messages = messages.addingClamped(entry.messages)
    }
    flush(current)
    return result
  }
}
