/// Who reports the messages of a flow on a day.
struct Provenance: Hashable {
  var reporter: Int32
  /// Whether the report covers several days, so that the messages were apportioned to them.
  var isEstimated: Bool
  /// The organisation that sent the report; -1 if it is not trusted.
  var trustedOrganisation: Int32
  /// The organisation that sent the report, trusted or not; -1 if the report is contested.
  var reportingOrganisation: Int32
}

/// The messages of a flow on one day according to one reporter.
struct Day {
  var flow: Int32
  var day: Int32
  var messages: Int64
  var provenance: Provenance

  var reporter: Int32 { provenance.reporter }
  var isEstimated: Bool { provenance.isEstimated }
  var trustedOrganisation: Int32 { provenance.trustedOrganisation }
  var reportingOrganisation: Int32 { provenance.reportingOrganisation }
}

/// The days of all flows. Compact, because there may be many millions, from few reporters.
struct HistoryDays: Sequence {
  private struct Entry {
    var flow: Int32
    var day: Int32
    var provenance: Int32
    var low: UInt32
    var high: Int32
  }

  private var entries: [Entry] = []
  private var provenances: [Provenance] = []
  private var numbers: [Provenance: Int32] = [:]
  private var last: Int32 = -1

  var underestimatedCount: Int { entries.count }

  /// The reporters, some of them several times.
  var reporters: some Sequence<Int32> { provenances.lazy.map(\.reporter) }

  mutating func append(_ day: Day) {
    // The days of a flow mostly follow each other.
    if last < 0 || provenances[Int(last)] != day.provenance {
      last = numbers[day.provenance] ?? Int32(provenances.count)
      if numbers.updateValue(last, forKey: day.provenance) == nil { provenances.append(day.provenance) }
    }
    entries.append(
      Entry(
        flow: day.flow, day: day.day, provenance: last, low: UInt32(truncatingIfNeeded: day.messages),
        high: Int32(truncatingIfNeeded: day.messages >> 32)))
  }

  func makeIterator() -> Iterator { Iterator(days: self) }

  struct Iterator: IteratorProtocol {
    fileprivate let days: HistoryDays
    private var position = 0

    fileprivate init(days: HistoryDays) { self.days = days }

    mutating func next() -> Day? {
      guard position < days.entries.count else { return nil }
      let entry = days.entries[position]
      position += 1
      return Day(
        flow: entry.flow, day: entry.day, messages: Int64(entry.high) << 32 | Int64(entry.low),
        provenance: days.provenances[Int(entry.provenance)])
    }
  }
}
