import DMARC

/// The reports of one organisation by reporter name and policy domain. A genuine reporter keeps both for years, so reports under a new
/// name or about a new domain are not attributed to the organisation yet.
struct ReportStreams {
  private struct Stream: Hashable {
    var reporter, policyDomain: Int64
  }

  private var byStream: [Stream: [ReportProvenance]]
  /// When a report arrived, epoch seconds, if known; and whether that was soon enough after its period.
  private let arrival: (ReportProvenance) -> Int64?
  private let isTimely: (ReportProvenance) -> Bool

  init(
    _ reports: [ReportProvenance], arrival: @escaping (ReportProvenance) -> Int64?,
    isTimely: @escaping (ReportProvenance) -> Bool
  ) {
    byStream = Dictionary(grouping: reports) { Stream(reporter: $0.reporter, policyDomain: $0.policyDomain) }
    self.arrival = arrival
    self.isTimely = isTimely
  }

  /// Reports that are not attributed to the organisation. Those that a trusted host authenticated always are.
  func contested() -> Set<Int64> {
    var contested: Set<Int64> = []
    var isAnyEstablished = false
    var others: [[ReportProvenance]] = []
    for reports in byStream.values {
      let overlapping = overlapping(reports)
      contested.formUnion(overlapping)
      if isEstablished(reports.filter { !overlapping.contains($0.report) }) {
        isAnyEstablished = true
        others.append(reports.filter { !isTimely($0) && $0.receivedAt != nil })
      } else {
        others.append(reports)
      }
    }
    guard isAnyEstablished else { return contested }
    contested.formUnion(others.joined().lazy.filter { $0.cameByMail && !$0.isAuthenticated }.map(\.report))
    return contested
  }

  private func isEstablished(_ reports: [ReportProvenance]) -> Bool {
    var days = ReportDays()
    for report in reports where isTimely(report) { days.add(report, arrival: arrival(report)) }
    return days.covers(ReporterTrust.usualDays, ReporterTrust.usualSpan)
  }

  /// Several reports about one day that arrived in messages, unless that is usual: one may be forged, and it is unknown which. It is
  /// usual only if such days arrived one by one, since one message may contain any number of reports.
  private func overlapping(_ reports: [ReportProvenance]) -> Set<Int64> {
    let groups = Dictionary(grouping: reports, by: \.day)
    let multiple = groups.values.filter { $0.count > 1 && $0.contains { $0.cameByMail && !$0.isAuthenticated } }
    guard !multiple.isEmpty else { return [] }
    var days = ReportDays()
    for group in multiple where group.allSatisfy(isTimely) {
      guard let latest = group.max(by: { arrival($0) ?? .min < arrival($1) ?? .min }) else { continue }
      days.add(latest, arrival: arrival(latest))
    }
    guard days.count < ReporterTrust.usualDays || days.count * 2 < groups.count else { return [] }
    return Set(multiple.joined().filter { !$0.isAuthenticated }.map(\.report))
  }
}

/// The distinct days that were reported, and the distinct days of arrival. Reported days may be made up, so as many must have passed.
struct ReportDays {
  private var reported: Set<Int64> = []
  private var arrived: Set<Int64> = []

  /// The number of days that count: no more than there were days of arrival.
  var count: Int { min(reported.count, arrived.count) }

  /// Adds a report. If its arrival is unknown, it is assumed to have arrived on its day.
  mutating func add(_ report: ReportProvenance, arrival: Int64?) {
    reported.insert(report.day)
    arrived.insert(arrival.map { $0 / 86_400 } ?? report.day)
  }

  /// Whether there are `count` days over a span of `span` days. Arrivals may span one day less.
  func covers(_ count: Int, _ span: Int64) -> Bool {
    Self.covers(reported, count, span) && Self.covers(arrived, count, span - 1)
  }

  private static func covers(_ days: Set<Int64>, _ count: Int, _ span: Int64) -> Bool {
    guard days.count >= count, let first = days.min(), let last = days.max() else { return false }
    return last >= first.addingClamped(span - 1)
  }
}
