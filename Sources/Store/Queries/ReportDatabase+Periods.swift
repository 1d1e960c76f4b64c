package import DMARC
import GRDB

/// The results of all chosen domains in one day, week or month. All counts are messages unless stated otherwise.
package struct PeriodSummary: Sendable, Hashable {
  /// The first UTC day of the day, week or month, even if the question begins later.
  package var start: CalendarDay
  /// Messages.
  package var messages: Int64
  /// Messages that passed DMARC.
  package var passed: Int64
  /// Messages with an aligned DKIM pass, with an aligned SPF pass, and with both.
  package var dkimAligned, spfAligned, bothAligned: Int64
  /// Messages by disposition: `none` or `pass`, `quarantine`, `reject`.
  package var delivered, quarantined, rejected: Int64
  /// Messages from sources that need review.
  package var unknown: Int64
  /// Messages that the receiver did not evaluate.
  package var notEvaluated: Int64
  /// Distinct source addresses.
  package var sources: Int64
  /// Numbers of policy domains, reporters and reports.
  package var domains, reporters, reports: Int64
  /// Records that were dropped because they could not be read.
  package var droppedRows: Int64

  /// Messages that failed DMARC.
  package var failed: Int64 { messages - passed - notEvaluated }
  /// Share of the evaluated messages that passed, 0...1; nil if there were none.
  package var passRate: Double? {
    messages > notEvaluated ? Double(passed) / Double(messages - notEvaluated) : nil
  }
}

extension ReportDatabase {
  /// The sums of the chosen domains for each day, week or month with reports, the earliest first. The limit of the filter does not count.
  /// - Throws: ``StoreError``.
  package func summary(
    per length: PeriodLength, _ filter: RecordFilter, withSources: Bool = true
  ) throws(StoreError) -> [PeriodSummary] {
    try read { db in
      let reader = try SumReader(db, filter)
      var totals: [Int64: PeriodTotals] = [:]
      try reader.forEachReportSum { domain, entry, facts in
        guard facts.isSelected else { return }
        totals[length.start(of: facts.day), default: PeriodTotals()].add(domain, entry, facts)
      }
      try reader.forEachDomain { row in
        row.forEachEntry { entry, facts in
          guard facts.isSelected else { return }
          totals[length.start(of: facts.day), default: PeriodTotals()].total.add(entry.messages, row.kind)
        }
      }
      if withSources {
        try reader.forEachFlow(where: { _ in true }) { row in
          let source = row.source
          row.forEachEntry { _, facts in
            if facts.isSelected { totals[length.start(of: facts.day), default: PeriodTotals()].sources.insert(source) }
          }
        }
      }
      return totals.sorted { $0.key < $1.key }.map { $0.value.summary(start: CalendarDay(number: $0.key)) }
    }
  }

  /// The failing messages of each day, week or month with any, the earliest first: its first day, and the group with its name as the
  /// key. The limit of the filter does not count.
  /// - Throws: ``StoreError``.
  package func failures(
    per length: PeriodLength, _ filter: RecordFilter
  ) throws(StoreError) -> [(start: CalendarDay, group: FailureGroup)] {
    try read { db in
      let reader = try SumReader(db, filter)
      var details: [Int64: FailureDetails] = [:]
      try reader.forEachFlow(where: \.fails) { row in
        var sums: [Int64: PeriodSum] = [:]
        row.forEachEntry { entry, facts in
          guard facts.isSelected else { return }
          sums[length.start(of: facts.day), default: PeriodSum()].add(entry, facts, of: row.month)
        }
        for (start, sum) in sums {
          details[start, default: FailureDetails()].add(row.kindID, sum, row.columns, row.flow, reader)
        }
      }
      return try details.sorted { $0.key < $1.key }.map { start, details in
        let start = CalendarDay(number: start)
        return (start, try details.result(length.name(start: start), reader))
      }
    }
  }
}

/// The sums of one day, week or month.
private struct PeriodTotals {
  var total = DomainTotals.Total()
  var sources = RowSet()
  private var domains: Set<Int64> = []

  mutating func add(_ domain: Int64, _ reports: SumDetail.Entry, _ facts: PeriodGroups.Facts) {
    total.note(reports, facts)
    domains.insert(domain)
  }

  func summary(start: CalendarDay) -> PeriodSummary {
    PeriodSummary(
      start: start, messages: total.messages, passed: total.passed, dkimAligned: total.dkimAligned,
      spfAligned: total.spfAligned, bothAligned: total.bothAligned, delivered: total.delivered,
      quarantined: total.quarantined, rejected: total.rejected, unknown: total.unknown,
      notEvaluated: total.notEvaluated, sources: Int64(sources.count), domains: Int64(domains.count),
      reporters: Int64(total.reporters.count), reports: total.reports, droppedRows: total.droppedRows)
  }
}
