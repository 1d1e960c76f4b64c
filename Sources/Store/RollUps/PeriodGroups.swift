import DMARC
import GRDB

/// The report groups of a period: which of them a question covers, and what it needs to know about each.
final class PeriodGroups {
  /// What questions need to know about a group.
  struct Facts {
    /// UTC day that holds the middle of the period, and its place in the month.
    var day: Int64
    var dayIndex: Int
    var firstDay, lastDay: Int64
    /// Row id of the reporter, and its position in ``PeriodGroups/reporters``.
    var reporter: Int64
    var reporterIndex: Int
    var isImpossible: Bool
    /// Row id of the organisation that the reports came from; 0 if it is not known.
    var organisation: Int64
    var isContested: Bool
    var cameByMail: Bool
    /// The position in ``PeriodGroups/hosts`` of the host that authenticated the messages with the reports.
    var authenticatedBy: Int
    /// Whether the question covers the reports of the group.
    var isSelected: Bool
    /// The part of the days that the group covers that is within the period, 0...1.
    var share: Double

    /// Whether the reports cover days within the period although they belong to a day outside it.
    var isReaching: Bool { !isSelected && lastDay > firstDay && share > 0 }
    /// Whether only a part of the reports' days is within the period.
    var isCrossing: Bool { lastDay > firstDay && (isSelected ? share < 1 : share > 0) }
  }

  /// Months with groups that a question covers, in order, and whether it covers all groups of the month.
  private(set) var months: [(month: ReportMonth, isWhole: Bool)] = []
  /// Months with groups that cover any day of the period, and are not in ``months``.
  private(set) var neighbours: [ReportMonth] = []
  /// Months with groups of which only a part is within the period.
  private(set) var crossedMonths: Set<ReportMonth> = []
  /// Whether any group is of reports over several days.
  private(set) var areAnyLong = false
  /// Row ids of the reporters of all groups.
  private(set) var reporters: [Int64] = []
  /// The hosts that authenticated messages with reports; the first one is empty and stands for none.
  private(set) var hosts = [""]
  /// By position.
  private(set) var facts: [Facts] = []
  private var positions: [Int64: Int] = [:]
  private var dense: (first: Int64, positions: [Int32])?

  /// Reads the groups of a period.
  /// - Parameter isSpread: whether groups that only reach into the period are read, too.
  init(_ db: Database, _ filter: RecordFilter, isSpread: Bool = false) throws {
    var wholeMonths: [ReportMonth: Bool] = [:]
    var others: Set<ReportMonth> = []
    var reporterIndexes: [Int64: Int] = [:]
    var hostIndexes = ["": 0]
    var ids: [Int64] = []
    let statement = try RawStatement(
      db,
      """
      SELECT id, day, first_day, last_day, reporter_id, impossible, arrival_day, organisation_id,
        contested, by_mail, authenticated_by
      FROM report_group WHERE day BETWEEN ? AND ?
      """)
    let (first, last) = (filter.firstDay.map(\.number) ?? .min, filter.lastDay.map(\.number) ?? .max)
    // Groups of a whole month decide whether its sums can be taken as they are.
    let (from, to) = (
      filter.firstDay.map { ReportMonth(of: $0.number).days.lowerBound } ?? .min,
      filter.lastDay.map { ReportMonth(of: $0.number).days.upperBound } ?? .max
    )
    statement.bind(from, at: 1)
    statement.bind(to, at: 2)
    func add(_ row: RawStatement, isReaching: Bool) {
      let (day, firstDay, lastDay) = (row.integer(at: 1), row.integer(at: 2), row.integer(at: 3))
      let isImpossible = row.integer(at: 5) != 0
      let isSelected = day >= first && day <= last && filter.covers(day, isImpossible, arrival: row.integer(at: 6))
      let month = ReportMonth(of: day)
      wholeMonths[month] = (wholeMonths[month] ?? true) && isSelected
      let overlap = min(lastDay, last).subtractingClamped(max(firstDay, first)).addingClamped(1)
      let reporter = row.integer(at: 4)
      let index = reporterIndexes[reporter] ?? reporters.count
      if reporterIndexes.updateValue(index, forKey: reporter) == nil { reporters.append(reporter) }
      let host = row.text(at: 10) ?? ""
      let hostIndex = hostIndexes[host] ?? hosts.count
      if hostIndexes.updateValue(hostIndex, forKey: host) == nil { hosts.append(host) }
      if !isSelected, isReaching { others.insert(month) }
      ids.append(row.integer(at: 0))
      facts.append(
        Facts(
          day: day, dayIndex: ReportMonth.place(of: day).index, firstDay: firstDay, lastDay: lastDay,
          reporter: reporter, reporterIndex: index, isImpossible: isImpossible,
          organisation: row.integer(at: 7), isContested: row.integer(at: 8) != 0, cameByMail: row.integer(at: 9) != 0,
          authenticatedBy: hostIndex, isSelected: isSelected,
          share: Double(max(0, overlap)) / Double(max(1, lastDay.subtractingClamped(firstDay).addingClamped(1)))))
    }
    try statement.eachRow { row in
      let isReaching =
        isSpread && row.integer(at: 3) > row.integer(at: 2)
        && row.integer(at: 3) >= first && row.integer(at: 2) <= last
      add(row, isReaching: isReaching)
    }
    if isSpread, first != .min || last != .max {
      let reaching = try RawStatement(
        db,
        """
        SELECT id, day, first_day, last_day, reporter_id, impossible, arrival_day, organisation_id, contested, by_mail,
          authenticated_by
        FROM report_group
        WHERE last_day > first_day AND first_day <= ? AND last_day >= ? AND NOT day BETWEEN ? AND ?
        """)
      for (index, value) in [last, first, from, to].enumerated() { reaching.bind(value, at: Int32(index + 1)) }
      try reaching.eachRow { add($0, isReaching: true) }
    }
    let selected = Set(zip(facts, ids).lazy.filter(\.0.isSelected).map { ReportMonth(of: $0.0.day) })
    months = selected.sorted().map { ($0, wholeMonths[$0] ?? false) }
    crossedMonths = Set(facts.lazy.filter(\.isCrossing).map { ReportMonth(of: $0.day) })
    areAnyLong = facts.contains { $0.lastDay > $0.firstDay }
    neighbours = others.subtracting(selected).sorted()
    index(ids)
  }

  private func index(_ ids: [Int64]) {
    guard let least = ids.min(), let most = ids.max() else { return }
    let span = most.subtractingClamped(least)
    if span < Int64(ids.count) * 8 + 4_096 {
      var list = [Int32](repeating: -1, count: Int(span) + 1)
      for (position, id) in ids.enumerated() { list[Int(id - least)] = Int32(truncatingIfNeeded: position) }
      dense = (least, list)
    } else {
      positions = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    }
  }

  /// The facts of a group; nil for one outside the months of the period.
  subscript(_ group: Int64) -> Facts? { position(of: group).map { facts[Int($0)] } }

  /// The position of a group in ``facts``; nil for one outside the months of the period.
  func position(of group: Int64) -> Int32? {
    if let dense {
      let offset = group.subtractingClamped(dense.first)
      guard offset >= 0, offset < Int64(dense.positions.count) else { return nil }
      let position = dense.positions[Int(offset)]
      return position >= 0 ? position : nil
    }
    return positions[group].map { Int32(truncatingIfNeeded: $0) }
  }
}

extension RecordFilter {
  /// Whether a question that covers a day covers a report for it. An open period leaves out reports for days after they arrived, unless it
  /// begins after that, too. Otherwise, they would be new for ever.
  func covers(_ day: Int64, _ isImpossible: Bool, arrival: Int64) -> Bool {
    guard let firstDay, lastDay == nil, isImpossible else { return true }
    let limit = arrival.addingClamped(2)
    return day <= limit || firstDay.number > limit
  }
}
