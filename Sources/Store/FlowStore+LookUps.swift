package import DMARC
import GRDB

extension FlowStore {
  /// A text that changes whenever the result of a DNS lookup changes.
  package func lookUpState() throws -> String {
    try String.fetchOne(
      db,
      sql: """
        SELECT (SELECT coalesce(max(id), 0) FROM spf_snapshot) || ' ' || (SELECT count(*) FROM source_host) || ' '
          || (SELECT coalesce(max(looked_up_at), 0) FROM source_host) || ' ' || (SELECT count(*) FROM own_host) || ' '
          || (SELECT coalesce(max(changed_at), 0) FROM own_host)
        """) ?? ""
  }

  /// The hosts that the DNS of any of these domains names.
  package func ownHosts(of domains: [String]) throws -> [IPAddress: NamedHost] {
    let statement = try statement(
      """
      SELECT address, name, type FROM own_host WHERE domain IN (SELECT value FROM json_each(?)) ORDER BY type, domain
      """)
    statement.bind(OutcomeColumns.list(domains), at: 1)
    var hosts: [IPAddress: NamedHost] = [:]
    try statement.eachRow { row in
      guard let address = row.withBytes(at: 0, { IPAddress(networkBytes: $0) }),
        let name = row.text(at: 1).flatMap(DomainName.init)
      else { return }
      hosts[address] = NamedHost(name: name, type: row.text(at: 2) ?? "")
    }
    return hosts
  }

  /// Domains with at least one SPF snapshot.
  package func domainsWithSPFSnapshots() throws -> Set<String> {
    let statement = try statement("SELECT DISTINCT domain FROM spf_snapshot")
    var domains: Set<String> = []
    try statement.eachRow { domains.insert($0.text(at: 0) ?? "") }
    return domains
  }

  /// The dated snapshots of a domain, or of all, oldest first.
  package func spfSnapshots(of domain: DomainName? = nil) throws -> [StoredSPFSnapshot] {
    let condition: SQL = domain.map { "domain = \($0.name)" } ?? "1"
    let request: SQLRequest<Row> = "SELECT * FROM spf_snapshot WHERE \(condition) ORDER BY taken_at, id"
    let ranges = try db.cachedStatement(
      sql:
        "SELECT network, path, term, everybody, shared, only_meant FROM spf_range WHERE snapshot_id = ? ORDER BY ordinal"
    )
    return try request.fetchAll(db).compactMap { row in
      guard let name = DomainName(row["domain"]) else { return nil }
      let rows = try Row.fetchAll(ranges, arguments: [row["id"] as Int64])
      let status = SPFSnapshot.Status(rawValue: row["status"] as String) ?? .temperror
      let errors = try OutcomeColumns.strings(row["errors"] as String)
      let dynamicTerms = try OutcomeColumns.strings(row["dynamic_terms"] as String)
      let snapshot = SPFSnapshot(
        domain: name, status: status, errors: errors, ranges: rows.compactMap(Self.range), dynamicTerms: dynamicTerms,
        lookUps: row["look_ups"], voidLookUps: row["void_look_ups"], record: row["record"])
      return StoredSPFSnapshot(
        snapshot: snapshot, isShared: rows.map { $0[4] }, takenAt: row["taken_at"], checkedAt: row["checked_at"])
    }
  }

  private static func range(_ row: Row) -> SPFSnapshot.Range? {
    guard let network = CIDR(row[0] as String) else { return nil }
    let path = (row[1] as String).split(separator: ">").compactMap { DomainName(String($0)) }
    return SPFSnapshot.Range(network: network, path: path, term: row[2], isEverybody: row[3], isOnlyMeant: row[5])
  }
}
