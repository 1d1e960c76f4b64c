import DMARC
import Store
import Verdict

/// What changed lately, as far as matters are looked for.
struct AlertedActivity {
  /// The changes, each of one domain.
  var changes: [Change] = []
  /// The policy domains that were looked at, by their row ids.
  var domains: [Int64: String] = [:]
  /// The last day that reports of a reporter cover.
  var lastDays: [String: CalendarDay] = [:]
  /// The days with reports, as far as they were read.
  var days: [Int64] = []
}

extension ReportDatabase {
  /// What changed in some periods.
  /// - Parameter only: the policy domains to look at, by their row ids; nil for all of them, and for reporters.
  /// - Throws: ``StoreError``.
  func alertedActivity(
    _ periods: ChangePeriods, _ context: ClassificationContext, only: [Int64: String]?
  ) throws(StoreError) -> AlertedActivity {
    let range = periods.history.lowerBound...periods.now.upperBound
    var filter = RecordFilter(firstDay: range.lowerBound, lastDay: range.upperBound)
    filter.exactDomains = only.map { $0.values.sorted() }
    var records = RecordChanges(try changedRecords())
    try policyDays(filter) { records.add($0) }
    let names = try policyNames(RecordFilter())
    let keys = KeyChanges(try signatureFailures(filter, context), periods)
    return try activity(RecordFilter(), [range]) { reader in
      let reports = try reader.reporters()
      let timeline = Timeline(periods, covered: Set(reports.flatMap { $0.days.lazy.map(\.day) }))
      var found = AlertedActivity(days: timeline.days)
      for reporter in reports {
        found.lastDays[reporter.name] = reporter.days.last.map { CalendarDay(number: $0.day) }
      }
      let reading = ChangeReading(reader, reports, timeline, context)
      let present = Set(try reader.domains())
      var silent = Set(only.map { Array($0.values) } ?? names).intersection(records.domains)
      for domain in present.sorted() where only.map({ $0[domain] != nil }) ?? true {
        guard timeline.canCompare else {
          found.domains[domain] = try reader.name(ofDomain: domain)
          continue
        }
        var activity = try reading.activity(ofDomain: domain)
        silent.remove(activity.domain)
        found.domains[domain] = activity.domain
        activity.records = records.changes(of: activity.domain, periods)
        activity.keys = keys.changes(of: activity.domain)
        found.changes += try reading.changes(activity)
      }
      found.changes += silent.sorted().flatMap { records.activity(of: $0, periods).changes(timeline) }
      // Messages of reporters are only known if all domains were read.
      if only == nil, timeline.canCompare { found.changes += reading.reporterChanges }
      return found
    }
  }
}
