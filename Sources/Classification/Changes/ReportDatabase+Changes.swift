import DMARC
package import Store
package import Verdict

extension ReportDatabase {
  /// What changed in the chosen domains between two periods.
  /// - Parameters:
  ///   - filter: the domains; its period and its limit do not count.
  ///   - context: what verdicts rest on besides reports.
  /// - Throws: ``StoreError``.
  package func changes(
    _ filter: RecordFilter, _ periods: ChangePeriods, _ context: ClassificationContext
  ) throws(StoreError) -> ChangeAnswer {
    var whole = filter
    whole.limit = nil
    whole.firstDay = min(periods.history.lowerBound, periods.now.lowerBound)
    whole.lastDay = max(periods.before.upperBound, periods.now.upperBound)
    var earlier = whole
    (earlier.firstDay, earlier.lastDay) = (periods.before.lowerBound, periods.before.upperBound)
    let lateAfter = periods.before.upperBound.advanced(by: ChangeAnswer.grace)
    var records = RecordChanges(try changedRecords())
    try policyDays(whole) { records.add($0) }
    let keys = KeyChanges(try signatureFailures(whole, context), periods)
    let late = try lateReports(earlier, after: lateAfter)
    let names = Set(try policyNames(filter))
    let ranges =
      periods.areAdjacent
      ? [periods.history.lowerBound...periods.now.upperBound] : [periods.before, periods.now]
    return try activity(filter, ranges) { reader in
      let reports = try reader.reporters()
      let timeline = Timeline(periods, covered: Set(reports.flatMap { $0.days.lazy.map(\.day) }))
      var list = ChangeList()
      var silent = names.intersection(records.domains)
      if timeline.canCompare {
        let reading = ChangeReading(reader, reports, timeline, context)
        for domain in try reader.domains() {
          var activity = try reading.activity(ofDomain: domain)
          silent.remove(activity.domain)
          activity.records = records.changes(of: activity.domain, periods)
          activity.keys = keys.changes(of: activity.domain)
          for change in try reading.changes(activity) { list.add(change) }
        }
        for change in reading.reporterChanges { list.add(change) }
      }
      for domain in silent.sorted() {
        for change in records.activity(of: domain, periods).changes(timeline) { list.add(change) }
      }
      list.sort()
      return ChangeAnswer(changes: list.changes, timeline: timeline, late: late, lateAfter: lateAfter)
    }
  }
}
