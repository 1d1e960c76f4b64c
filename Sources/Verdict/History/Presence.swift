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
  /// Whether enough messages are known, and hardly any of them were sent on Saturdays and Sundays (UTC).
  fileprivate(set) var isOnWorkingDays = false

  /// The number of days from the first to the last.
  var span: Int64 { last >= first ? Int64(last) - Int64(first) : 0 }

  fileprivate mutating func add(_ day: Int32, _ messages: Int64) {
    first = min(first, day)
    last = max(last, day)
    days += 1
    busiest = max(busiest, messages)
  }
}

/// Messages of one key, to find out whether they were sent on working days only.
private struct WeekdaySums {
  private var messages: Int64 = 0
  private var weekendMessages: Int64 = 0

  /// Whether messages are many enough, and hardly any of them were sent on Saturdays and Sundays: two days of seven are 29 %.
  var areOnWorkingDays: Bool {
    messages >= 60 && weekendMessages.multipliedClamped(by: 100) <= messages.multipliedClamped(by: 15)
  }

  mutating func add(_ day: Int32, _ messages: Int64) {
    self.messages.addClamped(messages)
    if Self.isWeekend(day) { weekendMessages.addClamped(messages) }
  }

  /// Whether a day, counted from 1970-01-01, a Thursday, is a Saturday or Sunday.
  private static func isWeekend(_ day: Int32) -> Bool { ((Int64(day) + 3) % 7 + 7) % 7 >= 5 }
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
    eachPresence { result[Int($0)] = $1 }
    return result
  }

  /// Calls `body` with each key that has messages. Takes the sums apart.
  mutating func eachPresence(_ body: (_ key: Int32, Presence) -> Void) {
    var current: (key: Int32, presence: Presence, sums: WeekdaySums)?
    func close() {
      guard var done = current else { return }
      done.presence.isOnWorkingDays = done.sums.areOnWorkingDays
      body(done.key, done.presence)
    }
    eachSum { key, day, messages in
      if current?.key != key {
        close()
        current = (key, Presence(), WeekdaySums())
      }
      current?.presence.add(day, messages)
      current?.sums.add(day, messages)
    }
    close()
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
