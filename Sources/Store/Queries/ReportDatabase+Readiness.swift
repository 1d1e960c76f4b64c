package import DMARC
import GRDB

/// The sums of one policy domain and the domains below it, for the ranking of `readiness --all`.
package struct DomainReadiness: Sendable {
  /// The policy domain.
  package var domain: String
  /// The period: the first and last UTC day.
  package var firstDay, lastDay: CalendarDay
  /// Messages, and those that passed DMARC.
  package var messages, passed: Int64
  /// UTC days with reports, and reporters.
  package var days, reporters: Int64
  /// Whether an SPF snapshot of the domain is stored.
  package var hasSnapshot: Bool
  /// The failing messages, those of flows that are alike as one sum.
  package var failing: [FailingFlow] = []
}

/// The failing messages of flows with one verdict and the same number of days in a period.
package struct FailingFlow: Sendable, Hashable {
  /// The stored verdict.
  package var verdict, subtype, confidence: String
  /// Whether the source needs review, and whether it is a known sender.
  package var isUnknownIP, isDeclared: Bool
  /// UTC days on which it was reported.
  package var days: Int64
  /// Messages.
  package var messages: Int64

  /// Creates the sums of a flow.
  package init(
    verdict: String, subtype: String, confidence: String, isUnknownIP: Bool, isDeclared: Bool, days: Int64,
    messages: Int64
  ) {
    self.verdict = verdict
    self.subtype = subtype
    self.confidence = confidence
    self.isUnknownIP = isUnknownIP
    self.isDeclared = isDeclared
    self.days = days
    self.messages = messages
  }
}

extension ReportDatabase {
  /// The number of reporters in the filter.
  /// - Throws: ``StoreError``.
  package func countReporters(_ filter: RecordFilter) throws(StoreError) -> Int64 {
    try read { db in
      let reader = try SumReader(db, filter)
      var reporters = ReporterSet()
      try reader.forEachReportSum { _, _, facts in
        if facts.isSelected { reporters.insert(facts.reporterIndex) }
      }
      return Int64(reporters.count)
    }
  }

  /// The sums of every policy domain with the domains below it, in one pass over the reports.
  /// - Parameters:
  ///   - filter: the period; without one, the 30 days up to the newest report of each domain. Its domains do not count.
  ///   - today: reports for later days do not count, unless the filter names such days.
  /// - Throws: ``StoreError``.
  package func readiness(_ filter: RecordFilter, today: CalendarDay) throws(StoreError) -> [DomainReadiness] {
    let isGiven = filter.firstDay != nil || filter.lastDay != nil
    let limit = filter.lastDay ?? max(today, filter.firstDay ?? today)
    return try read { db in
      // Reports for days after the limit, and those with impossible periods, do not count.
      let reader = try SumReader(db, RecordFilter(lastDay: limit))
      let families = try DomainFamilies(db)
      var newest: [Int64: Int64] = [:]
      try reader.forEachReportSum { domain, _, facts in
        if facts.isSelected, !facts.isImpossible { newest[domain] = max(newest[domain] ?? .min, facts.day) }
      }
      let declared = try DeclaredFlows(reader)
      return try families.heads.compactMap { head in
        guard let last = head.members.compactMap({ newest[$0] }).max() else { return nil }
        let first = isGiven ? filter.firstDay?.number ?? -1_000_000_000 : last - 29
        guard last >= first else { return nil }
        return try Self.readiness(head, first...last, reader, declared)
      }
    }
  }

  private static func readiness(
    _ head: DomainFamilies.Head, _ days: ClosedRange<Int64>, _ reader: SumReader, _ declared: DeclaredFlows
  ) throws -> DomainReadiness {
    let hasSnapshot = try Bool.fetchOne(
      reader.db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM spf_snapshot WHERE domain = ?)"),
      arguments: [head.name])
    var result = DomainReadiness(
      domain: head.name, firstDay: CalendarDay(number: days.lowerBound), lastDay: CalendarDay(number: days.upperBound),
      messages: 0, passed: 0, days: 0, reporters: 0, hasSnapshot: hasSnapshot ?? false)
    func isCovered(_ facts: PeriodGroups.Facts) -> Bool { days.contains(facts.day) }
    var (reported, reporters): (Set<Int64>, ReporterSet) = ([], ReporterSet())
    var failing: [FailingKind: Int64] = [:]
    let months = ReportMonth(of: days.lowerBound)...ReportMonth(of: days.upperBound)
    for member in head.members {
      try reader.forEachReportSum(ofDomain: member, in: months) { _, facts in
        guard isCovered(facts) else { return }
        reported.insert(facts.day)
        reporters.insert(facts.reporterIndex)
      }
      try reader.forEachDomain(member, in: months) { row in
        guard !row.kind.isNotEvaluated else { return }
        row.forEachEntry { entry, facts in
          guard isCovered(facts) else { return }
          result.messages.addClamped(entry.messages)
          if row.kind.passesDMARC { result.passed.addClamped(entry.messages) }
        }
      }
      var flows: [Int64: (kind: Int64, days: DaySet, messages: Int64)] = [:]
      try reader.forEachFlow(ofDomain: member, in: months, where: \.fails) { row in
        var sum = PeriodSum()
        row.forEachEntry { entry, facts in
          if isCovered(facts) { sum.add(entry, facts, of: row.month) }
        }
        guard sum.rows > 0 else { return }
        let flow = row.flow
        guard var known = flows[flow] else {
          flows[flow] = (row.kindID, sum.days, sum.messages)
          return
        }
        known.days.formUnion(sum.days)
        known.messages.addClamped(sum.messages)
        flows[flow] = known
      }
      for (id, flow) in flows {
        let kind = FailingKind(
          kind: flow.kind, isDeclared: try declared.contains(id), days: Int64(flow.days.count))
        failing[kind, default: 0].addClamped(flow.messages)
      }
    }
    result.days = Int64(reported.count)
    result.reporters = Int64(reporters.count)
    result.failing = failing.sorted { $0.key < $1.key }.compactMap { key, messages in
      reader.kinds.byID[key.kind].map { kind in
        FailingFlow(
          verdict: kind.verdict, subtype: kind.subtype, confidence: kind.confidence, isUnknownIP: kind.isUnknownIP,
          isDeclared: key.isDeclared, days: key.days, messages: messages)
      }
    }
    return result
  }
}

/// What failing flows are alike in.
private struct FailingKind: Hashable, Comparable {
  /// Row id of the kind of flow.
  var kind: Int64
  var isDeclared: Bool
  var days: Int64

  static func < (left: FailingKind, right: FailingKind) -> Bool {
    (left.kind, left.isDeclared ? 1 : 0, left.days) < (right.kind, right.isDeclared ? 1 : 0, right.days)
  }
}

/// Looks up whether flows are from known senders.
private struct DeclaredFlows {
  private let statement: RawStatement
  private let areAny: Bool

  init(_ reader: SumReader) throws {
    statement = try RawStatement(reader.db, "SELECT known_sender_id FROM flow WHERE id = ?")
    areAny = reader.hasKnownSenders
  }

  func contains(_ flow: Int64) throws -> Bool {
    guard areAny else { return false }
    statement.bind(flow, at: 1)
    return try statement.firstInteger() != nil
  }
}

/// The policy domains, each with itself and those below it.
private struct DomainFamilies {
  struct Head {
    var name: String
    /// Row ids.
    var members: [Int64]
  }

  /// By name.
  private(set) var heads: [Head] = []

  init(_ db: Database) throws {
    let names = try Row.fetchAll(db, sql: "SELECT id, name FROM domain WHERE id IN (SELECT domain_id FROM policy)")
      .map { (id: $0["id"] as Int64, name: $0["name"] as String) }
    var members: [String: [Int64]] = Dictionary(names.map { ($0.name, []) }) { first, _ in first }
    for (id, name) in names {
      var rest = name[...]
      while true {
        if members[String(rest)] != nil { members[String(rest)]?.append(id) }
        guard let dot = rest.firstIndex(of: ".") else { break }
        rest = rest[rest.index(after: dot)...]
      }
    }
    heads = members.sorted { $0.key < $1.key }.map { Head(name: $0.key, members: $0.value) }
  }
}
