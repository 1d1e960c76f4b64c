import DMARC

/// The sums of each policy domain in a period.
struct DomainTotals {
  /// The sums of one policy domain. Numbers are messages unless they say otherwise.
  struct Total {
    var messages: Int64 = 0
    var passed: Int64 = 0
    var notEvaluated: Int64 = 0
    var dkimAligned: Int64 = 0
    var spfAligned: Int64 = 0
    var bothAligned: Int64 = 0
    var delivered: Int64 = 0
    var quarantined: Int64 = 0
    var rejected: Int64 = 0
    /// From sources that need review.
    var unknown: Int64 = 0
    /// Reports.
    var reports: Int64 = 0
    /// Rows.
    var droppedRows: Int64 = 0
    var reporters = ReporterSet()
    /// Days that reports cover, even if they only reach into the period.
    var range = DayRange()
    /// Newest day with a report of the period that is possible.
    var newestDay: Int64?
    /// What the part of longer reports within the period adds to the sums of whole reports; nil if no report crosses a bound.
    var outside: (messages: Double, passed: Double)?
  }

  /// By the row id of the policy domain.
  private(set) var byDomain: [Int64: Total] = [:]

  init(_ reader: SumReader) throws {
    try reader.forEachReportSum { domain, entry, facts in
      guard facts.isSelected || facts.isReaching else { return }
      byDomain[domain, default: Total()].note(entry, facts)
    }
    let crossed = reader.groups.crossedMonths
    func addRow(_ row: SumReader.SumRow) {
      if let messages = row.messages { byDomain[row.domain, default: Total()].add(messages, row.kind) }
      guard crossed.contains(row.month) else { return }
      row.forEachEntry { entry, facts in
        guard facts.isCrossing else { return }
        let part = Double(entry.messages) * (facts.share - (facts.isSelected ? 1 : 0))
        let before = byDomain[row.domain]?.outside ?? (0, 0)
        byDomain[row.domain, default: Total()].outside = (
          before.messages + part, before.passed + (row.kind.passesDMARC ? part : 0)
        )
      }
    }
    try reader.forEachDomain { addRow($0) }
    try reader.forEachNeighbour { addRow($0) }
  }
}

extension DomainTotals.Total {
  /// Adds reports of a group.
  mutating func note(_ entry: SumDetail.Entry, _ facts: PeriodGroups.Facts) {
    range.add(facts.firstDay, facts.lastDay, isImpossible: facts.isImpossible)
    guard facts.isSelected else { return }
    reports.addClamped(entry.rows)
    droppedRows.addClamped(entry.messages)
    reporters.insert(facts.reporterIndex)
    if !facts.isImpossible { newestDay = max(newestDay ?? .min, facts.day) }
  }

  /// Adds messages of a kind of flow.
  mutating func add(_ count: Int64, _ kind: FlowKind) {
    messages.addClamped(count)
    if kind.passesDMARC { passed.addClamped(count) }
    if kind.isNotEvaluated { notEvaluated.addClamped(count) }
    if kind.isDKIMAligned { dkimAligned.addClamped(count) }
    if kind.isSPFAligned { spfAligned.addClamped(count) }
    if kind.isDKIMAligned && kind.isSPFAligned { bothAligned.addClamped(count) }
    if kind.isUnknownIP { unknown.addClamped(count) }
    switch kind.disposition {
    case "none", "pass": delivered.addClamped(count)
    case "quarantine": quarantined.addClamped(count)
    case "reject": rejected.addClamped(count)
    default: break
    }
  }
}
