package import DMARC

/// The days of a bounded period by their positions, so that sums can be arrays.
package struct PeriodDays: Sendable, Hashable {
  /// The first day.
  package let first: CalendarDay
  /// The number of days; never 0.
  package let count: Int

  /// More days than a review ever shows.
  private static let most: Int64 = 400

  /// The days of a filter, or its last ones; nil if it is open at either end.
  package init?(_ filter: RecordFilter) {
    guard let first = filter.firstDay, let last = filter.lastDay, first <= last else { return nil }
    let length = last.number.subtractingClamped(first.number).addingClamped(1)
    count = Int(min(length, Self.most))
    self.first = last.advanced(by: Int64(1 - count))
  }

  /// The day at a position.
  package func day(_ index: Int) -> CalendarDay { first.advanced(by: Int64(index)) }

  /// The position of a day; nil if it is not one of them.
  package func index(of day: Int64) -> Int? {
    let offset = day.subtractingClamped(first.number)
    return offset >= 0 && offset < Int64(count) ? Int(offset) : nil
  }

  /// The positions of days from `first` to `last`.
  func indexes(from first: Int64, to last: Int64) -> Range<Int> {
    let low = max(0, first.subtractingClamped(self.first.number))
    let high = min(Int64(count), last.subtractingClamped(self.first.number).addingClamped(1))
    return low < high ? Int(low)..<Int(high) : 0..<0
  }

  /// Adds the messages of reports to the days that they cover. Those of reports over several days are spread evenly.
  func add(_ messages: Int64, _ facts: PeriodGroups.Facts, to sums: inout [Double]) {
    guard facts.lastDay > facts.firstDay else {
      if facts.isSelected, let index = index(of: facts.day) { sums[index] += Double(messages) }
      return
    }
    let length = Double(facts.lastDay.subtractingClamped(facts.firstDay).addingClamped(1))
    for index in indexes(from: facts.firstDay, to: facts.lastDay) { sums[index] += Double(messages) / length }
  }
}

/// The messages of each day of a period by kind.
package struct DailyMessages: Sendable, Hashable {
  package var days: PeriodDays
  /// Positions of the days that reports cover.
  package var reported: Set<Int> = []
  /// Positions of the days that reports over several days cover: their numbers are estimated.
  package var estimated: Set<Int> = []
  /// Messages by kind, at the positions of the days.
  package var messages: [MessageKind: [Double]] = [:]

  /// Creates sums.
  package init(days: PeriodDays) { self.days = days }
}

extension ReportDatabase {
  /// The messages of each day of a bounded period; nil if the filter is open at either end.
  /// - Throws: ``StoreError``.
  package func dailyMessages(_ filter: RecordFilter) throws(StoreError) -> DailyMessages? {
    guard let days = PeriodDays(filter) else { return nil }
    return try read { db in
      let reader = try SumReader(db, filter, isSpread: true)
      var daily = DailyMessages(days: days)
      try reader.forEachReportSum { _, _, facts in
        guard facts.isSelected || facts.isReaching else { return }
        let covered = days.indexes(from: facts.firstDay, to: facts.lastDay)
        daily.reported.formUnion(covered)
        if facts.lastDay > facts.firstDay { daily.estimated.formUnion(covered) }
      }
      func add(_ row: SumReader.SumRow) {
        var sums = daily.messages.removeValue(forKey: MessageKind(row.kind)) ?? Array(repeating: 0, count: days.count)
        row.forEachEntry { days.add($0.messages, $1, to: &sums) }
        daily.messages[MessageKind(row.kind)] = sums
      }
      try reader.forEachDomain { add($0) }
      try reader.forEachNeighbour { add($0) }
      return daily
    }
  }
}
