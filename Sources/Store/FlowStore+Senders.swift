package import DMARC
import GRDB

/// The flows that declarations match.
extension FlowStore {
  /// Row ids of the From domains of messages from a network; 0 stands for records without one.
  package func headerFroms(from network: CIDR) throws -> Set<Int64> {
    let (first, last) = Self.range(of: network)
    return try headerFroms(
      "source.address BETWEEN \(first) AND \(last) AND length(source.address) = \(network.network.networkBytes.count)")
  }

  /// Row ids of the From domains of messages from hosts with a forward-confirmed name under a domain.
  package func headerFroms(fromHostsUnder domain: DomainName) throws -> Set<Int64> {
    let suffix = "." + domain.name
    return try headerFroms(
      """
      source.id IN (SELECT source_id FROM source_host
        WHERE host = \(domain.name) OR substr(host, -\(suffix.unicodeScalars.count)) = \(suffix))
      """)
  }

  /// Row ids of the From domains of messages from addresses for which a condition holds.
  package func headerFroms(where isMatch: (IPAddress) -> Bool) throws -> Set<Int64> {
    var ids: [Int64] = []
    let rows = try Row.fetchCursor(db, sql: "SELECT id, address FROM source")
    while let row = try rows.next() {
      let address = try row.withUnsafeData(atIndex: 1) { $0.flatMap { IPAddress(networkBytes: $0) } }
      if let address, isMatch(address) { ids.append(row[0]) }
    }
    return try headerFroms("source.id IN \(SQL.list(ids))")
  }

  /// Row ids of the From domains of flows that these known senders match.
  package func headerFroms(ofKnownSenders ids: Set<Int64>) throws -> Set<Int64> {
    try headerFroms("flow.known_sender_id IN \(SQL.list(ids))")
  }

  /// Row ids of the From domains of flows.
  package func headerFroms(ofFlows ids: Set<Int64>) throws -> Set<Int64> {
    try headerFroms("flow.id IN \(SQL.list(ids))")
  }

  /// Row ids of the From domains of outcomes in which DKIM or SPF passes for a domain or a name under it.
  package func headerFroms(passing domain: DomainName) throws -> Set<Int64> {
    try Set(outcomes(passing: domain).map(\.headerFrom))
  }

  /// Row ids of the From domains of outcomes whose reasons name the first host of an ARC chain.
  package func headerFromsWithFirstHops() throws -> Set<Int64> {
    let request: SQLRequest<Int64> =
      "SELECT DISTINCT coalesce(header_from_id, 0) FROM outcome WHERE reasons LIKE '%-ip[1]=%'"
    return try request.fetchSet(db)
  }

  /// Outcomes in which DKIM or SPF passes for a domain or a name under it.
  package func outcomes(passing domain: DomainName) throws -> [(id: Int64, headerFrom: Int64)] {
    // Names are stored as reported. Only ASCII letters are compared without case here, so texts with others are decoded, too.
    let isPlain = domain.name.utf8.allSatisfy { byte in
      (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d || byte == 0x2e
    }
    let pattern = isPlain && !domain.name.contains("xn--") ? "%\(domain.name)%" : "%"
    let request: SQLRequest<Row> = """
      SELECT id, coalesce(header_from_id, 0), dkim_results, spf_results FROM outcome
      WHERE dkim_results LIKE \(pattern) OR spf_results LIKE \(pattern)
        OR length(dkim_results) <> length(CAST(dkim_results AS BLOB))
        OR length(spf_results) <> length(CAST(spf_results AS BLOB))
      """
    var found: [(Int64, Int64)] = []
    let rows = try request.fetchCursor(db)
    while let row = try rows.next() {
      var outcome = AuthenticationOutcome()
      outcome.dkim = try OutcomeColumns.dkim(row[2])
      outcome.spf = try OutcomeColumns.spf(row[3])
      if outcome.passingDomains.contains(where: { $0.isEqualOrUnder(domain) }) { found.append((row[0], row[1])) }
    }
    return found
  }

  private func headerFroms(_ condition: SQL) throws -> Set<Int64> {
    let request: SQLRequest<Int64> = """
      SELECT DISTINCT coalesce(outcome.header_from_id, 0) FROM source JOIN flow ON flow.source_id = source.id
      JOIN outcome ON outcome.id = flow.outcome_id WHERE \(condition)
      """
    return try request.fetchSet(db)
  }

  /// The first and the last address of a network, as stored.
  static func range(of network: CIDR) -> (first: DatabaseBytes, last: DatabaseBytes) {
    let first = network.network.networkBytes
    var last = first
    for index in last.indices {
      let fixed = min(8, max(0, network.length - index * 8))
      last[index] |= UInt8(truncatingIfNeeded: 0xff >> fixed)
    }
    return (DatabaseBytes(first), DatabaseBytes(last))
  }
}

/// What a known sender matches among the stored flows.
package struct SenderMatches: Sendable, Hashable {
  /// Distinct addresses.
  package var addresses: Int64
  /// Messages.
  package var messages: Int64
  /// From domains, sorted.
  package var headerFroms: [String]
}

extension ReportDatabase {
  /// The judged flows that a known sender matches; nil if the name is unknown.
  /// - Throws: ``StoreError``.
  package func matches(ofSender name: String) throws(StoreError) -> SenderMatches? {
    try read { db in
      guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM known_sender WHERE name = ?", arguments: [name])
      else { return nil }
      let request: SQLRequest<Row> = """
        SELECT count(DISTINCT flow.source_id) AS addresses,
          coalesce(sum((SELECT sum(messages) FROM record WHERE record.flow_id = flow.id)), 0) AS messages,
          \(Aggregate.list("header_from.name", as: "header_froms"))
        FROM flow JOIN outcome ON outcome.id = flow.outcome_id \(Join.headerFrom)
        WHERE flow.known_sender_id = \(id)
        """
      return try request.fetchOne(db).map { row in
        SenderMatches(addresses: row["addresses"], messages: row["messages"], headerFroms: row.list("header_froms"))
      }
    }
  }
}
