package import DMARC
package import Store
package import Verdict

extension DomainUse {
  /// The length of the period, in days.
  private static let period = 90
  /// The maximum number of keys. Selectors come from reports, which anyone can write.
  private static let mostSelectors = 40
  /// The maximum number of senders that are named for an include.
  private static let mostSenders = 5

  /// What reports of the last 90 days, up to the newest one, say about the mail of a domain and those below it.
  /// - Parameters:
  ///   - snapshot: what its SPF record authorises now.
  ///   - names: the domains that reports are about.
  /// - Returns: nil if no report is about the domain.
  /// - Throws: `StoreError`.
  package static func read(
    _ domain: DomainName, _ snapshot: SPFSnapshot?, among names: [DomainName], today: CalendarDay,
    _ database: ReportDatabase, _ context: ClassificationContext
  ) throws -> DomainUse? {
    var filter = RecordFilter(domains: [domain], lastDay: today)
    guard let newest = try database.newestDay(filter) else { return nil }
    (filter.firstDay, filter.lastDay) = (newest.advanced(by: Int64(1 - period)), newest)
    let days = try database.coveredPeriod(filter).days
    let spf = snapshot.map { StoredSPFSnapshot(snapshot: $0, isShared: [], takenAt: 0, checkedAt: 0) }
    var report = ReadinessReport(context, spf: spf, days: days)
    try database.streamFlows(filter, isSpread: true) { report.add($0) }
    return DomainUse(
      days: period, messages: report.messages, reportedDays: days,
      includes: report.includes.map(include),
      selectors: try selectors(domain, filter, among: names, database))
  }

  private static func include(_ include: ReadinessReport.Include) -> Include {
    let senders = include.dependent.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return Include(
      name: include.name, messages: include.messages, onlySPF: include.onlySPF,
      senders: senders.prefix(mostSenders).map(\.key))
  }

  private static func selectors(
    _ domain: DomainName, _ filter: RecordFilter, among names: [DomainName], _ database: ReportDatabase
  ) throws -> [Selector] {
    var byKey: [String: Selector] = [:]
    let policies = Set(names.filter { $0.isEqualOrUnder(domain) }.map(\.name))
    try database.signatures(filter, of: policies) { day in
      for result in day.outcome.dkim {
        guard let selector = result.selector, !selector.isEmpty, let signer = result.domain.flatMap(DomainName.init),
          signer.isEqualOrUnder(domain)
        else { continue }
        let key = "\(selector.lowercased()) \(signer.name)"
        var use = byKey[key] ?? Selector(domain: signer.name, selector: selector)
        if result.result == .pass {
          use.messages.addClamped(day.messages)
          use.lastDay = max(use.lastDay ?? CalendarDay(number: day.day), CalendarDay(number: day.day))
        } else {
          use.failed.addClamped(day.messages)
        }
        byKey[key] = use
      }
    }
    let sorted = byKey.values.sorted { ($1.messages, $0.selector, $0.domain) < ($0.messages, $1.selector, $1.domain) }
    return Array(sorted.prefix(mostSelectors))
  }
}
