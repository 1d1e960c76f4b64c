import Classification
import DMARC
import Store
import Verdict

extension SetupMail {
  private static let period: Int64 = 30
  private static let mostStreams = 20

  /// What reports of the 30 days up to the newest one say about a domain and its subdomains, counted as in `readiness`.
  /// - Returns: nil if no report is about the domain.
  static func read(
    _ domain: DomainName, _ snapshot: SPFSnapshot?, today: CalendarDay, _ database: ReportDatabase,
    _ context: ClassificationContext, _ advice: ReviewAdvice
  ) throws -> SetupMail? {
    var filter = RecordFilter(domains: [domain], lastDay: today)
    guard let newest = try database.newestDay(filter) else { return nil }
    (filter.firstDay, filter.lastDay) = (newest.advanced(by: 1 - period), newest)
    let days = try database.coveredPeriod(filter).days
    let spf = snapshot.map { StoredSPFSnapshot(snapshot: $0, isShared: [], takenAt: 0, checkedAt: 0) }
    var report = ReadinessReport(context, spf: try spf ?? database.spfSnapshots(of: domain).last, days: days)
    try database.streamFlows(filter, trustedHosts: context.trustedHosts, isSpread: true) { report.add($0) }
    let streams = report.streams.filter { $0.effect == .yours || $0.effect == .undecided }
    return SetupMail(
      figures: report.figures(reporters: try database.countReporters(filter)),
      period: newest.advanced(by: 1 - period)...newest,
      policy: try database.policies(of: domain, today: today)[domain.name].map { stored in
        PolicyRecord(reported: stored.reported.map { ($0.name, $0.value) })
      }, policySince: try policySince(domain, today, database),
      streams: streams.prefix(mostStreams).map { stream in
        Stream(
          name: stream.name, verdict: "\(stream.verdict)/\(stream.subtype)", effect: stream.effect,
          messages: stream.messages, advice: advice.text(stream.largestFlow))
      })
  }

  /// The day since which all reports show the current policy; nil if it never changed.
  private static func policySince(
    _ domain: DomainName, _ today: CalendarDay, _ database: ReportDatabase
  ) throws -> CalendarDay? {
    var days: [(day: Int64, policy: String)] = []
    try database.policyDays(RecordFilter(domains: [domain], lastDay: today)) { seen in
      guard seen.domain == domain.name else { return }
      let tags = seen.tags.filter { ["p", "pct", "t"].contains($0.name) }.map { "\($0.name)=\($0.value)" }
      days.append((seen.day, tags.joined(separator: " ")))
    }
    days.sort { ($0.day, $0.policy) < ($1.day, $1.policy) }
    guard let last = days.last else { return nil }
    let before = days.last { $0.policy != last.policy }
    return before.map { CalendarDay(number: $0.day).advanced(by: 1) }
  }
}
