package import DMARC
import GRDB

/// Everything about one address in a period.
package struct SourceDetails: Sendable {
  /// One row with the sums.
  package var facts: StoredRow
  /// Its flows, with the most messages first.
  package var flows: [SourceFlow]
  /// The reports that mention it, newest first.
  package var reports: [StoredRow]
}

/// Messages of one address with one outcome under one policy, in a period.
package struct SourceFlow: Sendable, Hashable {
  /// Row id.
  package var id: Int64
  /// The address.
  package var source: IPAddress
  /// The forward-confirmed reverse DNS name of the address; nil if none is known.
  package var host: String?
  /// The policy domain.
  package var policyDomain: String
  /// The From domain; nil if it was not reported.
  package var headerFrom: String?
  /// The MAIL FROM domain; empty for a null sender, nil if it was not reported.
  package var envelopeFrom: String?
  /// Messages.
  package var messages: Int64
  /// The stored verdict, its subtype, its confidence and the rule that decided; nil before the flow has been judged.
  package var verdict, subtype, confidence, rule: String?
  /// Whether DMARC passed, as reported.
  package var passedDMARC: Bool
  /// Where that result comes from.
  package var evaluation: Evaluation
  /// What the receiver did.
  package var disposition: String?
  /// The raw results and override reasons: JSON arrays, as stored.
  package var dkimResults, spfResults, reasons: String
  /// The first and last UTC day with a report of it.
  package var firstDay, lastDay: CalendarDay
  /// The UTC days with a report of it.
  package var days: Set<Int64>

  fileprivate init(_ row: Row, _ sum: PeriodSum) throws {
    id = row["flow_id"]
    guard let source = IPAddress(row["source"] as String) else {
      throw StoreError(
        "\(row["source"] as String) is stored as an address, but is not a valid one", remedy: .checkDatabase)
    }
    self.source = source
    host = row["host"]
    days = Set(sum.days.numbers)
    policyDomain = row["policy_domain"]
    headerFrom = row["header_from"]
    envelopeFrom = row["envelope_from"]
    messages = sum.messages
    verdict = row["verdict"]
    subtype = row["subtype"]
    confidence = row["confidence"]
    rule = row["rule"]
    passedDMARC = row["dmarc_pass"]
    evaluation = Evaluation(rawValue: row["evaluation"]) ?? .reported
    disposition = row["disposition"]
    dkimResults = row["dkim_results"]
    spfResults = row["spf_results"]
    reasons = row["reasons"]
    firstDay = CalendarDay(number: sum.range.first)
    lastDay = CalendarDay(number: sum.range.last)
  }
}

extension ReportDatabase {
  /// Everything about one address; nil if no report in the filter mentions it.
  /// - Throws: ``StoreError``.
  package func details(of address: IPAddress, _ filter: RecordFilter) throws(StoreError) -> SourceDetails? {
    let scope: SQL = "source.address = \(DatabaseBytes(address.networkBytes))"
    return try read { db in
      let reader = try SumReader(db, filter)
      let flows = try Self.sums(of: FlowSums.places(db, scope), reader)
      guard !flows.isEmpty else { return nil }
      let reports: SQLRequest<Row> = """
        SELECT report.id AS report_row_id, reporter.name AS reporter, report.report_id AS report_id,
          date(report.day * 86400, 'unixepoch') AS day, \(Aggregate.messages), \(Aggregate.passed)
        FROM \(Join.record) \(Join.source) \(Join.reporter)
        WHERE \(scope) AND \(filter.condition) GROUP BY report.id ORDER BY report.day DESC, report.id \(filter.limitClause)
        """
      return SourceDetails(
        facts: try Self.sourceFacts(address, flows, reader), flows: try Self.details(of: flows, reader),
        reports: try reports.storedRows(db))
    }
  }

  /// The flows of something that people ask about, those with the most messages first.
  /// - Throws: ``StoreError``.
  package func flows(of scope: FlowScope, _ filter: RecordFilter) throws(StoreError) -> [SourceFlow] {
    try read { db in
      let reader = try SumReader(db, filter)
      return try Self.details(of: Self.sums(of: Self.places(of: scope, reader), reader), reader)
    }
  }

  private typealias Sums = [(place: FlowPlace, sum: PeriodSum)]

  /// The flows that reports of the period mention, those with the most messages first.
  private static func sums(of places: some Sequence<FlowPlace>, _ reader: SumReader) throws -> Sums {
    let sums = try FlowSums(reader)
    return try places.compactMap { place in try sums.sum(place).map { (place, $0) } }
      .sorted { ($1.sum.messages, $0.place.flow) < ($0.sum.messages, $1.place.flow) }
  }

  private static func details(of sums: Sums, _ reader: SumReader) throws -> [SourceFlow] {
    let statement = try reader.db.cachedStatement(
      sql: """
        SELECT flow.id AS flow_id, source.text AS source, source_host.host AS host, policy_domain.name AS policy_domain,
          header_from.name AS header_from, envelope_from.name AS envelope_from, flow.verdict, flow.subtype,
          flow.confidence, flow.rule, outcome.dmarc_pass, outcome.evaluation, outcome.disposition, outcome.dkim_results,
          outcome.spf_results, outcome.reasons
        FROM flow JOIN source ON source.id = flow.source_id JOIN outcome ON outcome.id = flow.outcome_id
        JOIN policy ON policy.id = flow.policy_id JOIN domain AS policy_domain ON policy_domain.id = policy.domain_id
        LEFT JOIN source_host ON source_host.source_id = source.id
        LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
        LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id
        WHERE flow.id = ?
        """)
    return try sums.prefix(reader.filter.limit ?? sums.count).compactMap { place, sum in
      try Row.fetchOne(statement, arguments: [place.flow]).map { try SourceFlow($0, sum) }
    }
  }

  private static func places(of scope: FlowScope, _ reader: SumReader) throws -> Set<FlowPlace> {
    var places = Set(try FlowSums.places(reader.db, condition(scope, reader.db)))
    if case .headerFrom(let domain) = scope {
      for id in try RecordFilter(domains: [domain]).domainIDs(reader.db) ?? [] {
        try reader.forEachFlow(ofDomain: id) {
          places.insert(FlowPlace(flow: $0.flow, kind: $0.kindID, domain: id))
        }
      }
    }
    return places
  }

  private static func condition(_ scope: FlowScope, _ db: Database) throws -> SQL {
    func names(_ domain: DomainName) -> SQL {
      let suffix = "." + domain.name
      return """
        (SELECT id FROM domain WHERE name = \(domain.name)
          OR substr(name, -\(suffix.unicodeScalars.count)) = \(suffix))
        """
    }
    switch scope {
    case .network(let network):
      let (first, last) = FlowStore.range(of: network)
      return """
        source.address BETWEEN \(first) AND \(last) AND length(source.address) = \(network.network.networkBytes.count)
        """
    case .flow(let id): return "flow.id = \(id)"
    case .sender(let id): return "flow.known_sender_id = \(id)"
    case .headerFrom(let domain):
      return "outcome.header_from_id IN \(names(domain))"
    case .service(let domain):
      let outcomes = try FlowStore(db).outcomes(passing: domain).map(\.id)
      let suffix = "." + domain.name
      return """
        (flow.outcome_id IN \(SQL.list(outcomes)) OR source_host.host = \(domain.name)
          OR substr(source_host.host, -\(suffix.unicodeScalars.count)) = \(suffix))
        """
    }
  }

  private static func sourceFacts(_ address: IPAddress, _ flows: Sums, _ reader: SumReader) throws -> StoredRow {
    var total = PeriodSum()
    var (passed, dkimAligned, spfAligned) = (Int64(0), Int64(0), Int64(0))
    for (place, sum) in flows {
      total.add(sum)
      guard let kind = reader.kinds.byID[place.kind] else { continue }
      if kind.passesDMARC { passed.addClamped(sum.messages) }
      if kind.isDKIMAligned { dkimAligned.addClamped(sum.messages) }
      if kind.isSPFAligned { spfAligned.addClamped(sum.messages) }
    }
    let sender = try reader.knownSenders(ofFlows: Set(flows.map(\.place.flow))).last
    return StoredRow(
      columns: [
        "source_ip", "known_sender", "messages", "passed", "dkim_aligned", "spf_aligned", "reporters", "first_day",
        "last_day",
      ],
      values: [
        .text(address.description), sender.map { .text($0) } ?? .null, .integer(total.messages), .integer(passed),
        .integer(dkimAligned), .integer(spfAligned), .integer(Int64(total.reporters.count)),
        DomainSums.day(total.range.first), DomainSums.day(total.range.last),
      ])
  }

  /// Row id and source of the flow that a row of a report belongs to; nil if there is no such row.
  /// - Parameters:
  ///   - report: row id of the report.
  ///   - row: position in the report, from 0.
  /// - Throws: ``StoreError``.
  package func flow(ofReport report: Int64, row: Int64) throws(StoreError) -> (id: Int64, source: IPAddress)? {
    try read { db in
      let found = try Row.fetchOne(
        db,
        sql: """
          SELECT flow.id, source.address FROM record JOIN flow ON flow.id = record.flow_id
          JOIN source ON source.id = flow.source_id WHERE record.report_id = ? AND record.ordinal = ?
          """, arguments: [report, row])
      return try found.flatMap { row in
        try row.withUnsafeData(atIndex: 1) { $0.flatMap { IPAddress(networkBytes: $0) } }.map { (row[0], $0) }
      }
    }
  }
}

/// What people ask about.
package enum FlowScope: Sendable, Hashable {
  /// An address or a network.
  case network(CIDR)
  /// One flow, by its row id.
  case flow(Int64)
  /// A known sender, by its row id.
  case sender(Int64)
  /// A From or policy domain, with the domains below it.
  case headerFrom(DomainName)
  /// A domain for which messages pass, or the domain of hosts, with the names below it.
  case service(DomainName)
}

extension ReportDatabase {
  /// Addresses in a network that were reported.
  /// - Throws: ``StoreError``.
  package func addresses(in network: CIDR, limit: Int) throws(StoreError) -> [String] {
    try read { db in
      let (first, last) = FlowStore.range(of: network)
      let request: SQLRequest<String> = """
        SELECT text FROM source WHERE address BETWEEN \(first) AND \(last)
          AND length(address) = \(network.network.networkBytes.count) ORDER BY address LIMIT \(limit)
        """
      return try request.fetchAll(db)
    }
  }

  /// The From and policy domains, the host names of sources, and the names of known senders.
  /// - Throws: ``StoreError``.
  package func knownNames() throws(StoreError) -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT name FROM domain WHERE id IN (SELECT policy_domain_id FROM report)
            OR id IN (SELECT header_from_id FROM outcome)
          UNION SELECT host FROM source_host WHERE host IS NOT NULL UNION SELECT name FROM known_sender
          """)
    }
  }
}
