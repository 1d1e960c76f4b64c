package import DMARC
import GRDB

extension ReportDatabase {
  /// Sources that need review, the most threatening first.
  /// - Parameters:
  ///   - severities: how serious each verdict is, 0 for those not named; and which make a campaign.
  ///   - newSince: only sources that were never seen before this day.
  ///   - today: reports of later days do not make other sources look old.
  ///   - isFolded: whether a campaign, and the addresses of one pool, become one line: an IPv6 /64, one operator's hosts, or three or more
  ///     of a /24 or an autonomous system.
  ///   - withAcknowledged: whether to include sources that were acknowledged.
  ///   - organisation: the organisational domain of a host name.
  ///   - asn: the autonomous system of an address.
  /// - Throws: ``StoreError``.
  package func unknownSenders(
    _ filter: RecordFilter, severities: [VerdictSeverity], newSince: CalendarDay? = nil, today: CalendarDay = .last,
    isFolded: Bool = true, withAcknowledged: Bool = false,
    organisation: (DomainName) -> DomainName? = { $0 }, asn: (IPAddress) -> UInt32? = { _ in nil }
  ) throws(StoreError) -> RankedSenders {
    try read { db in
      try withoutActuallyEscaping(organisation) { organisation in
        try withoutActuallyEscaping(asn) { asn in
          let owners = SourceOwners(organisation: organisation, asn: asn)
          var sources = try Self.flaggedSources(db, filter, severities)
          let acknowledgements = withAcknowledged ? [] : try Self.acknowledgements(db)
          let all = sources.count
          sources.removeAll { source in acknowledgements.contains { $0.covers(source) } }
          let acknowledged = all - sources.count
          if let newSince { sources.removeAll { $0.firstDay < newSince.number } }
          let newest = sources.lazy.map(\.lastDay).filter { $0 <= today.number }.max() ?? 0
          let pools = SenderPool.fold(sources, owners)
          let lines =
            isFolded ? try Self.lines(db, filter, sources, severities, owners) : sources.map { SenderPool($0) }
          let ranked = lines.map { (pool: $0, threat: $0.threat(newest)) }
            .sorted { ($1.threat, $1.pool.messages, $0.pool.name) < ($0.threat, $0.pool.messages, $1.pool.name) }
          let shown = ranked.prefix(filter.limit ?? ranked.count)
          let rest = ranked.dropFirst(shown.count)
          let poolOfSource = Dictionary(
            uniqueKeysWithValues: pools.flatMap { pool in pool.sources.map { ($0.id, pool) } })
          return RankedSenders(
            lines: try shown.map { line in
              let pool = line.pool.form == .campaign ? nil : line.pool.sources.first.flatMap { poolOfSource[$0.id] }
              return try Self.details(line.pool, line.threat, pool, db, filter)
            }, omittedLines: rest.count, omittedMessages: rest.reduce(0) { $0.addingClamped($1.pool.messages) },
            acknowledged: acknowledged)
        }
      }
    }
  }

  /// The pool that an address which needs review belongs to, as in ``unknownSenders(_:severities:newSince:today:isFolded:organisation:asn:)``;
  /// nil if it does not need review.
  /// - Throws: ``StoreError``.
  package func unknownPool(
    of address: IPAddress, _ filter: RecordFilter, severities: [VerdictSeverity],
    organisation: (DomainName) -> DomainName?
  ) throws(StoreError) -> UnknownSender.Pool? {
    try read { db in
      guard let network = CIDR(address, length: address.isIPv6 ? 64 : 24) else { return nil }
      let host = try String.fetchOne(
        db,
        sql: "SELECT host FROM source_host JOIN source ON source.id = source_id WHERE address = ?",
        arguments: [DatabaseBytes(address.networkBytes)])
      let owner = host.flatMap(DomainName.init).flatMap(organisation)
      let (first, last) = FlowStore.range(of: network)
      var condition: SQL =
        "source.address BETWEEN \(first) AND \(last) AND length(source.address) = \(network.network.networkBytes.count)"
      if let owner {
        let suffix = "." + owner.name
        condition =
          "(source_host.host = \(owner.name) OR substr(source_host.host, -\(suffix.unicodeScalars.count)) = \(suffix))"
      }
      return try withoutActuallyEscaping(organisation) { organisation in
        let owners = SourceOwners(organisation: organisation, asn: { _ in nil })
        let pools = SenderPool.fold(try Self.flaggedSources(db, filter, severities, only: condition), owners)
        let pool = pools.first { $0.sources.contains { $0.address == address } }
        return try pool.map { try Self.poolDetails($0, db, filter) }
      }
    }
  }

  /// Each campaign as one line, and the other sources by pool.
  private static func lines(
    _ db: Database, _ filter: RecordFilter, _ sources: [FlaggedSource], _ severities: [VerdictSeverity],
    _ owners: SourceOwners
  ) throws -> [SenderPool] {
    let kinds = Dictionary(
      severities.compactMap { known in known.campaign.map { ("\(known.verdict)/\(known.subtype)", $0) } },
      uniquingKeysWith: { first, _ in first })
    var campaigns: [SenderPool] = []
    var taken: Set<Int64> = []
    // A host with a confirmed name of the domain owner may be theirs, even if it fails on the day of a campaign.
    let policyDomains = try String.fetchAll(
      db, sql: "SELECT name FROM domain WHERE id IN (SELECT policy_domain_id FROM report)")
    let own = Set(policyDomains.compactMap(DomainName.init).compactMap(owners.organisation))
    let candidates = sources.filter { source in
      !source.isSteady && !(owners.hostOwner(source).map(own.contains) ?? false)
    }
    let groups = Dictionary(grouping: candidates) { kinds[$0.kind] }
    for (kind, members) in groups.sorted(by: { ($0.key?.name ?? "") < ($1.key?.name ?? "") }) {
      guard let kind, members.count >= kind.least else { continue }
      let byID = Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0) })
      for campaign in SenderCampaigns.find(try appearances(db, filter, members), least: kind.least) {
        campaigns.append(SenderPool.campaign(campaign.compactMap { byID[$0] }, owners))
        taken.formUnion(campaign)
      }
    }
    return campaigns + SenderPool.fold(sources.filter { !taken.contains($0.id) }, owners)
  }

  private static func appearances(
    _ db: Database, _ filter: RecordFilter, _ sources: [FlaggedSource]
  ) throws -> [SenderCampaigns.Appearance] {
    let request: SQLRequest<Row> = """
      SELECT DISTINCT flow.source_id, report.policy_domain_id, report.day FROM \(Join.record)
      WHERE flow.unknown_ip AND flow.source_id IN \(SQL.list(sources.map(\.id))) AND \(filter.condition)
      """
    return try request.fetchAll(db).map { SenderCampaigns.Appearance(source: $0[0], domain: $0[1], day: $0[2]) }
  }

  /// `worst` is the most serious verdict after its severity.
  static func flaggedSources(
    _ db: Database, _ filter: RecordFilter, _ severities: [VerdictSeverity], only condition: SQL = "1"
  ) throws -> [FlaggedSource] {
    let cases = severities.filter { $0.severity != 0 }.map { known -> SQL in
      "WHEN flow.verdict = \(known.verdict) AND flow.subtype = \(known.subtype) THEN \(known.severity)"
    }
    let severity: SQL = cases.isEmpty ? "0" : "CASE \(cases.joined(separator: " ")) ELSE 0 END"
    let request: SQLRequest<Row> = """
      SELECT source.id AS id, source.text AS text, source_host.host AS host,
        \(Aggregate.messages), max(printf('%03d %s/%s', \(severity), flow.verdict, flow.subtype)) AS worst,
        count(DISTINCT report.reporter_id) AS reporters, count(DISTINCT report.policy_domain_id) AS domains,
        count(DISTINCT report.day) AS days, \(Aggregate.lastDay) AS last_day, min(report.day) AS start_day,
        (SELECT coalesce(min(CASE WHEN NOT r.impossible THEN r.first_day END), min(r.first_day))
          FROM flow f JOIN record ON record.flow_id = f.id JOIN report r ON r.id = record.report_id
          WHERE f.source_id = source.id) AS first_day
      FROM \(Join.record) \(Join.source) \(Join.sourceHost)
      WHERE flow.unknown_ip AND \(condition) AND \(filter.condition) GROUP BY source.id
      """
    return try request.fetchAll(db).map { try FlaggedSource($0) }
  }

  private static func details(
    _ line: SenderPool, _ threat: Double, _ pool: SenderPool?, _ db: Database, _ filter: RecordFilter
  ) throws -> UnknownSender {
    let request: SQLRequest<Row> = """
      SELECT \(Aggregate.messages), \(Aggregate.passed), \(Aggregate.blocked),
        count(DISTINCT report.reporter_id) AS reporters, count(DISTINCT report.day) AS days,
        \(Aggregate.list("policy_domain.name", as: "policy_domains")),
        \(Aggregate.list("header_from.name", as: "header_froms")), \(Aggregate.list("outcome.spf_results", as: "spf")),
        \(Aggregate.list("flow.verdict || '/' || flow.subtype", as: "verdicts"))
      FROM \(Join.record) \(Join.policyDomain) \(Join.headerFrom)
      WHERE flow.source_id IN \(SQL.list(line.sources.map(\.id))) AND flow.unknown_ip AND \(filter.condition)
      """
    guard let row = try request.fetchOne(db) else { throw StoreError("the sources are gone") }
    // A threat is a sum of a few logarithms of counts.
    return UnknownSender(
      source: line.name, form: line.form, addresses: Int64(line.sources.count),
      networks: Int64(Set(line.sources.map(\.network)).count), address: line.largest,
      threat: Int64(threat.rounded()), isSteady: line.sources.contains(where: \.isSteady),
      messages: row["messages"], passed: row["passed"], blocked: row["blocked"], reporters: row["reporters"],
      policyDomains: row.list("policy_domains"), headerFroms: row.list("header_froms"),
      spf: try row.list("spf").flatMap(OutcomeColumns.spf), verdicts: row.list("verdicts"),
      hosts: Set(line.sources.compactMap(\.host)).sorted(), days: row["days"],
      firstDay: CalendarDay(number: line.sources.map(\.firstDay).min() ?? 0),
      lastDay: CalendarDay(number: line.sources.map(\.lastDay).max() ?? 0),
      pool: try poolDetails(pool, db, filter))
  }

  /// The most outcomes of a pool that a proposal takes into account.
  private static let mostParts = 200

  private static func poolDetails(
    _ pool: SenderPool?, _ db: Database, _ filter: RecordFilter
  ) throws -> UnknownSender.Pool {
    guard let pool else { return UnknownSender.Pool(sources: [], parts: []) }
    let request: SQLRequest<Row> = """
      SELECT flow.outcome_id, flow.verdict, \(Aggregate.messages) FROM \(Join.record)
      WHERE flow.source_id IN \(SQL.list(pool.sources.map(\.id))) AND flow.unknown_ip AND \(filter.condition)
      GROUP BY flow.outcome_id, flow.verdict ORDER BY messages DESC, flow.outcome_id LIMIT \(mostParts)
      """
    let flows = FlowStore(db)
    return UnknownSender.Pool(
      sources: pool.sources.map { UnknownSender.Pool.Source(address: $0.address, host: $0.host) },
      parts: try request.fetchAll(db).map { row in
        UnknownSender.Pool.Part(outcome: try flows.outcome(row[0]), verdict: row[1] ?? "", messages: row[2])
      })
  }
}
