package import DMARC
package import Store
package import Verdict

/// A matter that is told now.
package struct ToldMatter: Sendable, Hashable {
  /// The same for every attempt to tell it: ASCII letters, digits, `-` and `:`.
  package var identifier: String
  package var matter: Matter
  /// Whether it is told that it ended.
  package var isEnd: Bool
}

/// Looks for news once, and hands what is to be told to a sink.
///
/// What is to be told is stored first, then handed over, then noted as told. A run that is killed in between hands it over again, with
/// the same identifier.
package struct AlertRun {
  /// What a run found.
  package struct Findings: Sendable {
    package var told: [ToldMatter] = []
    /// Matters that are only listed, because enough was told today.
    package var held = 0

    /// Creates findings without any.
    package init() {}
  }

  private let database: ReportDatabase
  private let context: ClassificationContext
  private let settings: AlertSettings
  private let today: CalendarDay
  /// Epoch seconds.
  private let now: Int64

  /// More domains than these are looked at together with all others.
  private static let mostTouched = 200
  /// Days for which ended matters are remembered: longer than what can be seen again.
  private static let memory: Int64 = 90
  /// Days after which they are not even listed.
  private static let longestMemory: Int64 = 400

  /// Creates a run.
  /// - Parameters:
  ///   - today: the day in UTC.
  ///   - now: epoch seconds.
  package init(
    _ database: ReportDatabase, _ context: ClassificationContext, _ settings: AlertSettings, today: CalendarDay,
    now: Int64
  ) {
    (self.database, self.context, self.settings) = (database, context, settings)
    (self.today, self.now) = (today, now)
  }

  /// Looks for news, and hands them to `sink`.
  /// - Parameter isDry: whether nothing is stored.
  /// - Throws: ``StoreError``, or what `sink` throws: the same matters are then told by the next run.
  package func run(isDry: Bool = false, sink: ([ToldMatter]) throws -> Void) throws -> Findings {
    let facts = try database.intakeFacts(rejectedSince: now.subtractingClamped(IntakeSightings.rejectedSpan))
    let before = try database.matterProgress()
    // Without any report there is nothing that could be usual.
    guard let report = facts.newestReport else { return Findings() }
    let record = try database.newestRecord()
    let activity = try activity(before, report)
    let alerted = try database.alertedDomains()
    var book = try makeBook((before.firstDay ?? today.number) == today.number, activity?.found, alerted)
    if let found = activity?.found { enter(found, &book) }
    IntakeSightings(facts, settings, today: today, now: now)
      .enter(&book, days: activity.flatMap { $0.isFull ? $0.found.days : nil })
    let decided = book.decide()
    var findings = Findings()
    findings.held = book.entries.count {
      $0.isChanged && $0.matter.begun.telling == .held && $0.matter.begun.day == today.number
    }
    if isDry {
      findings.told = decided.map { told(book.entries[$0.index].matter, $0.isEnd, id: book.entries[$0.index].id ?? 0) }
      return findings
    }
    var after = before
    after.firstDay = before.firstDay ?? today.number
    if activity?.isFull ?? false { after.fullDay = today.number }
    (after.report, after.record) = (report, record)
    let newDomains = (activity?.found.domains.keys.filter { alerted[$0] == nil } ?? []).sorted()
    guard
      let ids = try store(book, (after, before), newDomains)
    else { return Findings() }
    if activity?.isFull ?? false {
      try database.forgetMatters(endedBefore: today.number.subtractingClamped(Self.longestMemory))
    }
    findings.told = decided.map { told(book.entries[$0.index].matter, $0.isEnd, id: ids[$0.index] ?? 0) }
    guard !findings.told.isEmpty else { return findings }
    try sink(findings.told)
    // Somebody may have acknowledged one of these matters in the meantime.
    try database.changeMatters(decided.compactMap { ids[$0.index] }) { stored in
      guard var matter = stored.matter else { return nil }
      matter.noteTold(today)
      return StoredMatter(matter, id: stored.id)
    }
    return findings
  }

  /// Looks for changes in all domains once a day, and otherwise only in domains with new reports or records; nil if
  /// there are none.
  private func activity(
    _ before: MatterProgress, _ report: Int64
  ) throws(StoreError) -> (found: AlertedActivity, isFull: Bool)? {
    var touched: [Int64: String] = [:]
    if before.fullDay == today.number {
      touched = try database.domains(ofReportsAfter: before.report)
      touched.merge(try database.domains(ofRecordsAfter: before.record)) { $1 }
    }
    let isFull = before.fullDay != today.number || touched.count > Self.mostTouched
    guard isFull || !touched.isEmpty else { return nil }
    guard let newest = try database.newestDay(RecordFilter(lastDay: today)) else { return nil }
    let periods = AlertPeriods(newest: newest, today: today).periods
    return (try database.alertedActivity(periods, context, only: isFull ? nil : touched), isFull)
  }

  private func makeBook(
    _ isFirstDay: Bool, _ found: AlertedActivity?, _ alerted: [Int64: Int64]
  ) throws(StoreError) -> MatterBook {
    let known = try database.matters(endedSince: today.number.subtractingClamped(Self.memory)).compactMap { stored in
      stored.matter.map { MatterBook.Entry(id: stored.id, matter: $0) }
    }
    var quiet: Set<String> = []
    for (id, name) in found?.domains ?? [:] where (alerted[id] ?? today.number) == today.number { quiet.insert(name) }
    let (isQuietAtFirst, isQuietNow) = (settings.isQuietAtFirst, settings.isQuietAtFirst && isFirstDay)
    let domains = quiet
    return MatterBook(
      known, settings, mutes: try database.mutes().compactMap(AlertMute.init), today: today,
      isQuiet: { isQuietNow || (isQuietAtFirst && domains.contains($0)) })
  }

  private func enter(_ found: AlertedActivity, _ book: inout MatterBook) {
    let organisations = context.ruleContext.organisations
    book.take(
      Change.sightings(found.changes) { name in
        DomainName(name).flatMap { organisations.domain(of: $0) }?.name ?? name
      })
    // `changes` does not mention a reporter that resumes, so its last day with reports decides.
    book.settle(
      .reporterSilent,
      seen: Set(book.entries.map(\.matter).filter { $0.rule == .reporterSilent && isSilent($0, found) }.map(\.subject))
    ) { matter in
      let day = found.lastDays[matter.subject] ?? today
      return .over(
        .reporterSilent, subject: matter.subject, since: day, values: ["name": matter.subject, "day": "\(day)"])
    }
  }

  private func isSilent(_ matter: Matter, _ found: AlertedActivity) -> Bool {
    found.lastDays[matter.subject].map { $0 <= matter.since } ?? true
  }

  /// Stores what has changed, and returns row ids by the positions of entries.
  private func store(
    _ book: MatterBook, _ progress: (now: MatterProgress, before: MatterProgress), _ newDomains: [Int64]
  ) throws(StoreError) -> [Int: Int64]? {
    var ids: [Int: Int64] = [:]
    for (index, entry) in book.entries.enumerated() { ids[index] = entry.id }
    let changed = book.entries.indices.filter { book.entries[$0].isChanged }
    guard !changed.isEmpty || progress.now != progress.before || !newDomains.isEmpty else { return ids }
    var progress = progress
    progress.now.runs.addClamped(1)
    let stored = try database.store(
      changed.map { StoredMatter(book.entries[$0].matter, id: book.entries[$0].id) }, progress: progress,
      newDomains: (newDomains, today.number))
    guard let stored else { return nil }
    for (index, id) in zip(changed, stored) { ids[index] = id }
    return ids
  }

  private func told(_ matter: Matter, _ isEnd: Bool, id: Int64) -> ToldMatter {
    ToldMatter(
      identifier: "\(matter.rule.rawValue):\(id):\(matter.occurrence):\(isEnd ? "ended" : "begun")", matter: matter,
      isEnd: isEnd)
  }
}
