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
    let pair = DistinctCounts.pair(key, day)
    if let last = entries.last, last.pair == pair {
      entries[entries.count - 1].messages = last.messages.addingClamped(messages)
    } else {
      entries.append((pair, messages))
    }
  }

  /// The presence of each key from 0 to `keys`. Takes the sums apart.
  mutating func presences(keys: Int) -> [Presence] {
    var result = [Presence](repeating: Presence(), count: keys)
    eachSum { result[Int($0)].add($1, $2) }
    return result
  }

  /// Calls `body` with the messages of each key on each day, in order.
  mutating func eachSum(_ body: (_ key: Int32, _ day: Int32, _ messages: Int64) -> Void) {
    RadixSort.sort(&entries) { $0.pair }
    var index = 0
    while index < entries.count {
      let pair = entries[index].pair
      var messages = entries[index].messages
      index += 1
      while index < entries.count, entries[index].pair == pair {
        messages = messages.addingClamped(entries[index].messages)
        index += 1
      }
      body(Int32(truncatingIfNeeded: pair >> 32), Int32(truncatingIfNeeded: pair), messages)
    }
    entries = []
  }
}
