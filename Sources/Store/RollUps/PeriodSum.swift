import DMARC

/// Reporters by their position in ``PeriodGroups/reporters``.
struct ReporterSet: Hashable {
  private var mask: UInt64 = 0
  private var others: Set<Int> = []

  /// The number of reporters.
  var count: Int { mask.nonzeroBitCount + others.count }

  mutating func insert(_ index: Int) {
    if index < 64 { mask |= 1 << UInt64(index) } else { others.insert(index) }
  }

  mutating func formUnion(_ other: ReporterSet) {
    mask |= other.mask
    if !other.others.isEmpty { others.formUnion(other.others) }
  }

  /// The positions, in no order.
  var indexes: [Int] { (0..<64).filter { mask & (1 << UInt64($0)) != 0 } + others }
}

/// Days with reports, by month. Most sums are about one month, which is stored in place.
struct DaySet: Hashable {
  private var firstMonth = Month(number: 0, days: 0)
  private var others: [Month] = []

  private struct Month: Hashable {
    var number: Int64
    var days: UInt32
  }

  /// The number of days.
  var count: Int { others.reduce(firstMonth.days.nonzeroBitCount) { $0 + $1.days.nonzeroBitCount } }

  /// Adds days of a month: bit n stands for day n + 1.
  mutating func insert(_ days: UInt32, of month: ReportMonth) {
    if firstMonth.days == 0 || firstMonth.number == month.number {
      firstMonth = Month(number: month.number, days: firstMonth.days | days)
    } else if let index = others.firstIndex(where: { $0.number == month.number }) {
      others[index].days |= days
    } else {
      others.append(Month(number: month.number, days: days))
    }
  }

  mutating func formUnion(_ other: DaySet) {
    if other.firstMonth.days != 0 {
      insert(other.firstMonth.days, of: ReportMonth(number: other.firstMonth.number))
    }
    for month in other.others { insert(month.days, of: ReportMonth(number: month.number)) }
  }

  /// The first day; the last representable one if there is none.
  var first: Int64 {
    ([firstMonth] + others).lazy.filter { $0.days != 0 }.map { month in
      ReportMonth(number: month.number).firstIndexedDay.addingClamped(Int64(month.days.trailingZeroBitCount))
    }.min() ?? .max
  }

  /// The numbers of the days, in no order.
  var numbers: [Int64] {
    ([firstMonth] + others).flatMap { month in
      let first = ReportMonth(number: month.number).firstIndexedDay
      return (0..<32).filter { month.days & (1 << UInt32($0)) != 0 }.map { first.addingClamped(Int64($0)) }
    }
  }
}

/// First and last day that reports cover. Impossible days count only if there are no others.
struct DayRange: Hashable {
  private(set) var first: Int64 = 0
  private(set) var last: Int64 = 0
  private var state = State.empty

  private enum State {
    case empty, impossible, possible
  }

  /// Whether any day was added.
  var isEmpty: Bool { state == .empty }

  mutating func add(_ first: Int64, _ last: Int64, isImpossible: Bool) {
    let new = isImpossible ? State.impossible : .possible
    if state == .empty || (state == .impossible && new == .possible) {
      (self.first, self.last, state) = (first, last, new)
    } else if state == new {
      self.first = min(self.first, first)
      self.last = max(self.last, last)
    }
  }

  mutating func formUnion(_ other: DayRange) {
    guard other.state != .empty else { return }
    add(other.first, other.last, isImpossible: other.state == .impossible)
  }
}

/// What the reports of a period say about a flow, a domain or anything else.
struct PeriodSum {
  /// Messages.
  var messages: Int64 = 0
  /// Rows; for `report_month`, reports.
  var rows: Int64 = 0
  var reporters = ReporterSet()
  var days = DaySet()
  var range = DayRange()

  mutating func add(_ other: PeriodSum) {
    messages.addClamped(other.messages)
    rows.addClamped(other.rows)
    reporters.formUnion(other.reporters)
    days.formUnion(other.days)
    range.formUnion(other.range)
  }

  /// Adds an entry of a row of a roll-up.
  mutating func add(_ entry: SumDetail.Entry, _ group: PeriodGroups.Facts, of month: ReportMonth) {
    messages.addClamped(entry.messages)
    rows.addClamped(entry.rows)
    reporters.insert(group.reporterIndex)
    days.insert(1 << UInt32(group.dayIndex), of: month)
    range.add(group.firstDay, group.lastDay, isImpossible: group.isImpossible)
  }

  /// Adds what a row of a roll-up says about the selected groups.
  mutating func add(_ bytes: UnsafeRawBufferPointer, of month: ReportMonth, _ groups: PeriodGroups) {
    var reader = SumDetail.Reader(bytes)
    var mask: UInt32 = 0
    while let entry = reader.next() {
      guard let group = groups[entry.group], group.isSelected else { continue }
      messages.addClamped(entry.messages)
      rows.addClamped(entry.rows)
      reporters.insert(group.reporterIndex)
      mask |= 1 << UInt32(group.dayIndex)
      range.add(group.firstDay, group.lastDay, isImpossible: group.isImpossible)
    }
    if mask != 0 { days.insert(mask, of: month) }
  }
}
