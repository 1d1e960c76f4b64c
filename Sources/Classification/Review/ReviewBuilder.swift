package import DMARC
package import Settings
package import Store
package import Verdict

/// Asks the database for what a review shows.
package struct ReviewBuilder {
  let database: ReportDatabase
  let classifier: Classifier
  let thresholds: ReadinessThresholds
  let phrasebook: Phrasebook
  let today: CalendarDay

  var context: ClassificationContext { classifier.context }

  /// - Parameters:
  ///   - phrasebook: for the sentences of verdicts.
  ///   - today: the current UTC day: reports for later days do not count as the newest.
  package init(
    _ database: ReportDatabase, _ classifier: Classifier, _ thresholds: ReadinessThresholds, _ phrasebook: Phrasebook,
    today: CalendarDay
  ) {
    (self.database, self.classifier, self.thresholds) = (database, classifier, thresholds)
    (self.phrasebook, self.today) = (phrasebook, today)
  }

  /// The most inputs that could not be read.
  private static let mostRejected = 10
  /// The days before the month that decide which reporters are expected.
  private static let daysBefore: Int64 = 91

  /// The review of a month.
  /// - Parameters:
  ///   - filter: the domains and the month.
  ///   - sections: the most domains with a section of their own.
  /// - Returns: nil if the filter is open at either end.
  package func review(_ filter: RecordFilter, sections: Int) throws -> Review? {
    guard let days = PeriodDays(filter), let last = filter.lastDay else { return nil }
    let isComparable = try isComparable(filter)
    let lines = try lines(filter, isComparable: isComparable)
    let changes = try changes(filter)
    let rejected = filter.coversSomeDomains ? nil : try database.rejects(limit: nil)
    return Review(
      days: days, isOver: last < today, lines: lines, changes: changes, trend: try trend(filter, days),
      sections: try lines.prefix(sections).map { line in
        let own = changes?.changes.filter { $0.domains.contains(line.domain) || lines.count == 1 } ?? []
        return try section(line, own, filter, days)
      },
      reporters: try database.reporterCoverage(filter, before: Self.daysBefore), intake: try database.intake(filter),
      rejected: Array((rejected ?? []).prefix(Self.mostRejected)), rejectedCount: rejected?.count,
      matters: try matters(filter, lines.map(\.domain)), isComparable: isComparable)
  }

  /// The matters of the month. A review of selected domains has only those that concern no other domain.
  private func matters(_ filter: RecordFilter, _ domains: [String]) throws -> [Matter] {
    guard let first = filter.firstDay, let last = filter.lastDay else { return [] }
    let chosen = filter.coversSomeDomains ? Set(domains) : nil
    return try database.matters(endedSince: first.number).compactMap(\.matter)
      .filter { matter in
        guard let chosen else { return true }
        return !matter.domains.isEmpty && chosen.isSuperset(of: matter.domains)
      }
      .filter { $0.concerns(first...last) }
      .sorted { ($0.since, $0.name) < ($1.since, $1.name) }
  }

  private func changes(_ filter: RecordFilter) throws -> ChangeAnswer? {
    guard let first = filter.firstDay, let last = filter.lastDay, let before = filter.before,
      let start = before.firstDay, let end = before.lastDay
    else { return nil }
    return try database.changes(filter, ChangePeriods(before: start...end, now: first...last), context)
  }

  /// Whether the first report is from the first quarter of the month before, or older.
  private func isComparable(_ filter: RecordFilter) throws -> Bool {
    guard let before = filter.before, let first = before.firstDay, let last = before.lastDay else { return false }
    var all = filter
    (all.firstDay, all.lastDay) = (nil, nil)
    guard let earliest = try database.coveredDays(all)?.lowerBound else { return false }
    return earliest <= first.advanced(by: (last.number - first.number) / 4)
  }

  private func lines(_ filter: RecordFilter, isComparable: Bool) throws -> [DomainLine] {
    let kinds = try database.messagesByKind(filter)
    let summaries = try database.summary(filter, today: today, withSources: false)
    let lines = summaries.map { summary -> DomainLine in
      var line = DomainLine(domain: summary.domain)
      line.now = .init(messages: summary.messages, passed: summary.passed, notEvaluated: summary.notEvaluated)
      if isComparable {
        line.before = .init(
          messages: summary.messagesBefore ?? 0, passed: summary.passedBefore ?? 0,
          notEvaluated: summary.notEvaluatedBefore ?? 0)
      }
      line.policy = summary.policy
      let own = kinds[summary.domain] ?? [:]
      line.classes = MessageClass.sums(own)
      for (kind, messages) in own where MessageClass(kind) == .unknown && kind.isUnknownIP && !kind.isBlocked {
        line.toReview.addClamped(messages)
      }
      return line
    }
    return lines.sorted {
      ($1.toDecide, $1.now.messages, $0.domain) < ($0.toDecide, $0.now.messages, $1.domain)
    }
  }

  private func trend(_ filter: RecordFilter, _ days: PeriodDays) throws -> Trend {
    let daily = try database.dailyMessages(filter) ?? DailyMessages(days: days)
    var classes: [MessageClass: [Double]] = [:]
    for (kind, messages) in daily.messages {
      let sum = classes[MessageClass(kind)] ?? Array(repeating: 0, count: days.count)
      classes[MessageClass(kind)] = zip(sum, messages).map(+)
    }
    var year = filter
    let starts = Self.months(upTo: days.first)
    year.firstDay = starts.first
    let sums = Dictionary(
      try database.messagesByMonth(year).map { ($0.start, $0) }, uniquingKeysWith: { first, _ in first })
    return Trend(
      classes: classes, reported: daily.reported, estimated: daily.estimated,
      months: starts.map { ($0, sums[$0]) })
  }

  /// The first days of thirteen months.
  private static func months(upTo last: CalendarDay) -> [CalendarDay] {
    let (year, month, _) = last.components
    return (0...12).reversed().compactMap { back in
      let number = year * 12 + month - 1 - back
      return CalendarDay(year: number / 12, month: number % 12 + 1, day: 1)
    }
  }

  private func section(
    _ line: DomainLine, _ changes: [Change], _ filter: RecordFilter, _ days: PeriodDays
  ) throws -> DomainReview {
    var filter = filter
    filter.domains = []
    filter.exactDomains = [line.domain]
    let readiness = try readiness(line.domain, filter)
    let decisions = try ReviewDecisions(self, line, filter, readiness)
    let senders = try Dictionary(grouping: database.senderGroups(filter, naming)) {
      SenderClass(rawValue: $0.label) ?? .unknown
    }
    return DomainReview(
      line: line, changes: changes, trend: try trend(filter, days), decisions: decisions.list,
      settled: decisions.settled,
      senders: senders, readiness: readiness,
      reporters: try database.reporterCoverage(filter, before: Self.daysBefore))
  }

  private func readiness(_ domain: String, _ filter: RecordFilter) throws -> DomainReview.Readiness {
    let name = DomainName(domain)
    let reported = try database.coveredPeriod(filter)
    var report = ReadinessReport(
      context, spf: try name.flatMap { try database.spfSnapshots(of: $0).last }, days: reported.days)
    try database.streamFlows(filter, trustedHosts: context.trustedHosts, isSpread: true) { report.add($0) }
    let figures = report.figures(reporters: try database.countReporters(filter))
    let policy = try name.flatMap { try database.policies(of: $0, today: today)[$0.name] }
    return DomainReview.Readiness(
      report: report, figures: figures, answer: figures.answer(thresholds), policy: policy.map(PublishedPolicy.init),
      days: reported.days, isEstimated: reported.isEstimated)
  }

  /// Senders by declared name, by whom they authenticate as, by the owner of their hosts, or by network.
  private var naming: SenderNaming {
    let (organisations, table) = (context.ruleContext.organisations, context.ruleContext.table)
    return SenderNaming(
      signer: { outcome in
        let from = outcome.headerFrom.flatMap(DomainName.init)
        let foreign = outcome.passingDomains.first { name in
          from.map { !organisations.areRelated(name, $0) } ?? true
        }
        return foreign.map { (organisations.domain(of: $0) ?? $0).name }
      },
      place: { address, host in
        if let host { return (organisations.domain(of: host) ?? host).name }
        if let entry = table.entry(for: address) { return entry.operatorName }
        return CIDR(address, length: address.isIPv6 ? 64 : 24).map { "\($0)" } ?? "\(address)"
      },
      label: { SenderClass($0).rawValue })
  }
}

extension Matter {
  /// Whether the matter was open on one of these days, and an alert about it was sent, is pending, or was muted, held
  /// back or left out because the matter was brief.
  fileprivate func concerns(_ days: ClosedRange<CalendarDay>) -> Bool {
    switch begun.telling {
    case .known, .late, .silent: return false
    case .pending, .told, .muted, .held, .brief:
      return since <= days.upperBound && (endedOn ?? since) >= days.lowerBound
    }
  }
}
