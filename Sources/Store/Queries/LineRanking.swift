import DMARC

/// Ranks lines by threat, messages and name.
struct LineRanking {
  private let pools: SenderPools
  private let names: SenderNames
  private let newest: Int64
  private let first: SourceFirstDays
  /// The entries that have not been taken yet, as a heap.
  private var entries: [Entry]
  /// Entries with the same threat and messages, the last one first.
  private var equals: [(place: SenderPlace, entry: Entry)] = []
  /// Lines that turned out not to be new, in order.
  private var demoted: [(place: SenderPlace, line: Int32)] = []
  /// The lines after the last one that is shown, and their messages.
  private(set) var omitted: (lines: Int, messages: Int64)

  private struct Entry {
    var threat: Double
    var messages: Int64
    var line: Int32
    var isNew: Bool

    func precedes(_ other: Entry) -> Bool { (other.threat, other.messages) < (threat, messages) }
    func isEqual(to other: Entry) -> Bool { threat == other.threat && messages == other.messages }
  }

  /// A line with its threat.
  struct Line {
    var pool: SenderPool
    var threat: Double
  }

  init(_ pools: SenderPools, _ names: SenderNames, _ newest: Int64, _ first: SourceFirstDays) throws {
    self.pools = pools
    self.names = names
    self.newest = newest
    self.first = first
    entries = pools.all.enumerated().map { index, pool in
      let isNew = pools.isNew(pool, newest)
      return Entry(
        threat: max(0, pools.threat(pool, isNew: isNew)), messages: pools.messages(pool),
        line: Int32(truncatingIfNeeded: index), isNew: isNew)
    }
    omitted = (pools.all.count, entries.reduce(0) { $0.addingClamped($1.messages) })
    for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  /// The lines of a page.
  mutating func first(_ limit: Int, after: SenderPlace?) throws -> [Line] {
    var shown: [Line] = []
    while shown.count < limit, let (place, line) = try next() {
      omitted.lines -= 1
      omitted.messages -= place.messages
      guard after?.precedes(place) ?? true else { continue }
      shown.append(Line(pool: pools.all[Int(line)], threat: place.threat))
    }
    return shown
  }

  private mutating func next() throws -> (place: SenderPlace, line: Int32)? {
    while true {
      if equals.isEmpty { try takeEquals() }
      guard let (place, entry) = equals.last else { return demoted.isEmpty ? nil : demoted.removeFirst() }
      if let known = demoted.first, known.place.precedes(place) { return demoted.removeFirst() }
      equals.removeLast()
      let pool = pools.all[Int(entry.line)]
      guard entry.isNew, try !isNew(pool) else { return (place, entry.line) }
      let lower = try names.place(pool, pools.threat(pool, isNew: false))
      let index = demoted.partitioningIndex { lower.precedes($0.place) }
      demoted.insert((lower, entry.line), at: index)
    }
  }

  private func isNew(_ pool: SenderPool) throws -> Bool {
    let least = newest.subtractingClamped(SenderPools.newDays - 1)
    return try pools.members(pool).allSatisfy { place in
      try pools.sources.firstDay(place) >= least && first.day(place, pools.sources) >= least
    }
  }

  /// Takes the first entries, which have the same threat and messages, in the order of their names.
  private mutating func takeEquals() throws {
    guard let top = entries.first else { return }
    while let entry = entries.first, entry.isEqual(to: top) {
      equals.append((try names.place(pools.all[Int(entry.line)], entry.threat), entry))
      entries[0] = entries[entries.count - 1]
      entries.removeLast()
      sink(0)
    }
    if equals.count > 1 { equals.sort { $1.place.precedes($0.place) } }
  }

  /// Moves an entry of the heap below those that precede it.
  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var child = 2 * index + 1
      guard child < entries.count else { return }
      if child + 1 < entries.count, entries[child + 1].precedes(entries[child]) { child += 1 }
      guard entries[child].precedes(entries[index]) else { return }
      entries.swapAt(index, child)
      index = child
    }
  }
}
