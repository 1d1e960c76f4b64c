package import DMARC
import GRDB

extension ReportDatabase {
  /// The days of a period that reports cover.
  package struct CoveredPeriod: Sendable, Hashable {
    /// The number of days.
    package var days: Int64
    /// Whether any of the reports covers several days, so that numbers per day are estimates.
    package var isEstimated: Bool
  }

  /// The days of the period that reports cover.
  /// - Throws: ``StoreError``.
  package func coveredPeriod(_ filter: RecordFilter) throws(StoreError) -> CoveredPeriod {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT DISTINCT report.first_day, report.last_day FROM report WHERE \(filter.overlapping) ORDER BY 1, 2
        """
      let (first, last) = (filter.firstDay?.number ?? .min, filter.lastDay?.number ?? .max)
      var covered = CoveredPeriod(days: 0, isEstimated: false)
      var next = first
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() {
        let (begin, end): (Int64, Int64) = (row[0], row[1])
        if end > begin { covered.isEstimated = true }
        let (start, stop) = (max(begin, next), min(end, last))
        guard start <= stop else { continue }
        covered.days += stop - start + 1
        next = stop + 1
      }
      return covered
    }
  }

  /// The newest day of the period that a report covers; nil if there is none. Impossible days count only if there are no others.
  /// - Throws: ``StoreError``.
  package func newestDay(_ filter: RecordFilter) throws(StoreError) -> CalendarDay? {
    try read { db in
      var range = DayRange()
      try SumReader(db, filter, isSpread: true).forEachReportSum { _, _, facts in
        guard facts.isSelected || facts.isReaching else { return }
        range.add(facts.firstDay, facts.lastDay, isImpossible: facts.isImpossible)
      }
      return range.isEmpty ? nil : min(CalendarDay(number: range.last), filter.lastDay ?? .last)
    }
  }

  /// The first and last day with a report in the filter; nil if there is none.
  /// - Throws: ``StoreError``.
  package func coveredDays(_ filter: RecordFilter) throws(StoreError) -> ClosedRange<CalendarDay>? {
    try read { db in
      // Two queries, because an index answers each, but not both at once.
      let first: SQLRequest<Int64> = "SELECT min(report.day) FROM report WHERE \(filter.condition)"
      let last: SQLRequest<Int64> = "SELECT max(report.day) FROM report WHERE \(filter.condition)"
      guard let first = try first.fetchOne(db), let last = try last.fetchOne(db) else { return nil }
      // The few reports over several days have an index of their own.
      let long: SQLRequest<Row> = """
        SELECT min(report.first_day), max(report.last_day) FROM report
        WHERE report.last_day > report.first_day AND NOT report.impossible AND \(filter.condition)
        """
      let row = try long.fetchOne(db)
      let start: Int64 = min(first, row?[0] ?? first)
      let end: Int64 = max(last, row?[1] ?? last)
      return CalendarDay(number: start)...CalendarDay(number: max(start, end))
    }
  }

  /// The domains that reports are about.
  /// - Throws: ``StoreError``.
  package func policyDomains() throws(StoreError) -> [DomainName] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT name FROM domain WHERE id IN (SELECT policy_domain_id FROM report) ORDER BY name"
      ).compactMap(DomainName.init)
    }
  }

  /// How many organisations send reports.
  package struct ReporterCounts: Sendable, Hashable {
    /// Organisations that have sent reports, and those of them that are trusted on their own.
    package var organisations, known: Int
    /// Whether most reports arrived by email.
    package var isMostlyMail: Bool
  }

  /// Counts the organisations that reports came from.
  /// - Throws: ``StoreError``.
  package func reporterCounts() throws(StoreError) -> ReporterCounts {
    try readFlows { flows in
      let organisations = try flows.sendingOrganisations()
      return ReporterCounts(
        organisations: organisations.count, known: organisations.filter { $0.standing != nil }.count,
        isMostlyMail: try flows.isMostlyMail())
    }
  }

  /// Calls `body` with each flow of a period, the largest first.
  /// - Parameters:
  ///   - trustedHosts: hosts whose authentication counts.
  ///   - isSpread: whether reports over several days count with the part that is within the period, in whole messages.
  ///   - withPlacing: whether to fill ``StreamFlow/placingOrganisations``, for which the message of each report is looked up.
  ///   - verdict: only flows with this verdict whose sources need no review; nil for all.
  /// - Throws: ``StoreError``, and what `body` throws, wrapped.
  package func streamFlows(
    _ filter: RecordFilter, trustedHosts: [String] = [], isSpread: Bool = false, withPlacing: Bool = false,
    verdict: String? = nil, _ body: (StreamFlow) throws -> Void
  ) throws(StoreError) {
    try read { db in
      let reader = try SumReader(db, filter, isSpread: isSpread)
      var streams = try StreamSums(reader, trustedHosts: trustedHosts, isSpread: isSpread, withPlacing: withPlacing)
      try streams.forEach(where: { kind in verdict.map { $0 == kind.verdict && !kind.isUnknownIP } ?? true }, body)
    }
  }

  /// The organisations that are trusted on their own and report about each policy domain, by row ids; contested reports do not count.
  /// - Throws: ``StoreError``.
  package func believedOrganisations(_ filter: RecordFilter) throws(StoreError) -> [String: Set<Int64>] {
    try read { db in
      let reader = try SumReader(db, filter)
      let trusted = Set(try FlowStore(db).sendingOrganisations().lazy.filter { $0.standing != nil }.map(\.id))
      var organisations: [Int64: Set<Int64>] = [:]
      try reader.forEachDomain { row in
        row.forEachEntry { _, facts in
          guard facts.isSelected, !facts.isContested, trusted.contains(facts.organisation) else { return }
          organisations[row.domain, default: []].insert(facts.organisation)
        }
      }
      let readName = try RawStatement(db, "SELECT name FROM domain WHERE id = ?")
      var byName: [String: Set<Int64>] = [:]
      for (domain, organisations) in organisations {
        readName.bind(domain, at: 1)
        if let name = try readName.first({ $0.text(at: 0) }) ?? nil { byName[name] = organisations }
      }
      return byName
    }
  }
}

/// Reads the flows of a period with everything that readiness and suggestions need, the largest first.
private struct StreamSums {
  private let reader: SumReader
  /// Whether the authentication of each of the hosts in ``PeriodGroups/hosts`` counts.
  private let isTrusted: [Bool]
  private let isSpread: Bool
  private let withPlacing: Bool
  private let trusted: Set<Int64>
  private let flows: FlowStore
  private let readFlow, readPolicy: RawStatement
  private var policies: [Int64: Policy] = [:]
  private var (all, believed, unauthenticated) = (Carry(), Carry(), Carry())

  private struct Policy {
    var domain: String
    var adkim, aspf: AlignmentMode?
  }

  init(_ reader: SumReader, trustedHosts: [String], isSpread: Bool, withPlacing: Bool) throws {
    self.reader = reader
    isTrusted = reader.groups.hosts.map { !$0.isEmpty && trustedHosts.contains($0) }
    self.isSpread = isSpread
    self.withPlacing = withPlacing
    flows = FlowStore(reader.db)
    trusted = Set(try flows.sendingOrganisations().lazy.filter { $0.standing != nil }.map(\.id))
    readFlow = try RawStatement(
      reader.db,
      """
      SELECT source.address, source_host.host, flow.outcome_id, flow.policy_id, flow.verdict, flow.subtype,
        flow.confidence, flow.rule, flow.unknown_ip, known_sender.name
      FROM flow JOIN source ON source.id = flow.source_id LEFT JOIN source_host ON source_host.source_id = source.id
      LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
      WHERE flow.id = ?
      """)
    readPolicy = try RawStatement(
      reader.db,
      "SELECT domain.name, adkim, aspf FROM policy JOIN domain ON domain.id = policy.domain_id WHERE policy.id = ?")
  }

  /// The messages of a group that count.
  private func weight(_ entry: SumDetail.Entry, _ facts: PeriodGroups.Facts) -> Double? {
    if isSpread { return facts.isSelected || facts.isReaching ? Double(entry.messages) * facts.share : nil }
    return facts.isSelected ? Double(entry.messages) : nil
  }

  mutating func forEach(
    where condition: (FlowKind) -> Bool, _ body: (StreamFlow) throws -> Void
  ) throws {
    var sums: [FlowPlace: Double] = [:]
    func add(_ row: SumReader.SumRow) {
      var sum: Double?
      row.forEachEntry { entry, facts in
        if let weight = weight(entry, facts) { sum = (sum ?? 0) + weight }
      }
      if let sum { sums[FlowPlace(flow: row.flow, kind: row.kindID, domain: row.domain), default: 0] += sum }
    }
    try reader.forEachFlow(where: condition, add)
    if isSpread { try reader.forEachNeighbourFlow { if condition($0.kind) { add($0) } } }
    let places = sums.sorted { ($1.value, $0.key.flow) < ($0.value, $1.key.flow) }.map(\.key)
    sums = [:]
    let reading = try FlowSums(reader)
    for place in places { try stream(place, reading).map(body) }
  }

  private mutating func stream(_ place: FlowPlace, _ reading: FlowSums) throws -> StreamFlow? {
    readFlow.bind(place.flow, at: 1)
    var policyID: Int64 = 0
    let found = try readFlow.first { row -> StreamFlow? in
      policyID = row.integer(at: 3)
      return try row.address(at: 0).map { source in
        StreamFlow(
          source: source, host: row.text(at: 1), messages: 0, days: [], reporters: [],
          believed: StreamFlow.Believed(messages: 0, days: [], organisations: []), unauthenticated: 0,
          organisations: [], placingOrganisations: [], outcome: try flows.outcome(row.integer(at: 2)),
          policyDomain: "", verdict: row.text(at: 4) ?? "", subtype: row.text(at: 5) ?? "",
          confidence: row.text(at: 6) ?? "", rule: row.text(at: 7) ?? "", isUnknownIP: row.integer(at: 8) != 0,
          knownSender: row.text(at: 9))
      }
    }
    guard var flow = found ?? nil, let policy = try policy(policyID) else { return nil }
    (flow.policyDomain, flow.adkim, flow.aspf) = (policy.domain, policy.adkim, policy.aspf)
    var parts = StreamParts()
    try reading.forEachEntry(place) { entry, facts, _ in
      guard let weight = weight(entry, facts) else { return }
      let isBelieved = !facts.isContested && trusted.contains(facts.organisation)
      let isAuthenticated = isTrusted[facts.authenticatedBy]
      parts.add(weight, facts, isBelieved: isBelieved, isAuthenticated: isAuthenticated)
    }
    flow.messages = all.take(parts.messages)
    (flow.days, flow.reporters, flow.organisations) = (parts.days, parts.reporters, parts.organisations)
    flow.believed = StreamFlow.Believed(
      messages: believed.take(parts.believed), days: parts.believedDays, organisations: parts.believedOrganisations)
    flow.unauthenticated = unauthenticated.take(parts.unauthenticated)
    if withPlacing { flow.placingOrganisations = parts.placingOrganisations }
    return flow
  }

  private mutating func policy(_ id: Int64) throws -> Policy? {
    if let known = policies[id] { return known }
    readPolicy.bind(id, at: 1)
    let policy = try readPolicy.first { row in
      Policy(
        domain: row.text(at: 0) ?? "", adkim: row.text(at: 1).flatMap(AlignmentMode.init),
        aspf: row.text(at: 2).flatMap(AlignmentMode.init))
    }
    policies[id] = policy
    return policy
  }
}

/// The sums of one flow.
private struct StreamParts {
  var messages = 0.0
  var believed = 0.0
  var unauthenticated = 0.0
  var days: Set<Int64> = []
  var believedDays: Set<Int64> = []
  var reporters: Set<Int64> = []
  var organisations: Set<Int64> = []
  var believedOrganisations: Set<Int64> = []
  var placingOrganisations: Set<Int64> = []

  mutating func add(_ weight: Double, _ facts: PeriodGroups.Facts, isBelieved: Bool, isAuthenticated: Bool) {
    messages += weight
    if !isAuthenticated { unauthenticated += weight }
    let covered = CoveredDays(first: facts.firstDay, last: facts.lastDay)
    for day in covered.first...covered.last { days.insert(day) }
    reporters.insert(facts.reporter)
    guard !facts.isContested, facts.organisation != 0 else { return }
    organisations.insert(facts.organisation)
    if !facts.cameByMail { placingOrganisations.insert(facts.organisation) }
    guard isBelieved else { return }
    believed += weight
    believedDays.formUnion(covered.first...covered.last)
    believedOrganisations.insert(facts.organisation)
  }
}

/// Rounds numbers of messages to whole ones, carrying what was cut or added, so that the sum stays right.
private struct Carry {
  private var rest = 0.0

  mutating func take(_ messages: Double) -> Int64 {
    let whole = Int64(clampedRounding: messages + rest)
    rest += messages - Double(whole)
    return whole
  }
}
