import DMARC
import GRDB

extension ReportWriter {
  /// Maximum number of outcomes, and of names, whose hashes are cached while stored rows are read.
  private static let mostRemembered = 60_000

  /// The digest of the rows of a stored report.
  func storedRows(of reportID: Int64) throws -> RowDigest {
    let flows = FlowStore(db)
    var digest = RowDigest(policy: try policyText(of: reportID, flows))
    let domainName = try db.cachedStatement(sql: "SELECT name FROM domain WHERE id = ?")
    var (outcomes, domains): ([Int64: Int], [Int64: Int]) = ([:], [:])
    func hash(_ id: Int64, _ known: inout [Int64: Int], _ text: (Int64) throws -> String) throws -> Int {
      if let hash = known[id] { return hash }
      let hash = RowDigest.hash(try text(id))
      if known.count >= Self.mostRemembered { known.removeAll(keepingCapacity: true) }
      known[id] = hash
      return hash
    }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT address, outcome_id, envelope_to_id, messages
        FROM record JOIN flow ON flow.id = flow_id JOIN source ON source.id = source_id WHERE report_id = ?
        """, arguments: [reportID])
    while let row = try rows.next() {
      let address: DatabaseBytes = row["address"]
      guard let source = IPAddress(networkBytes: address.bytes) else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT)
      }
      let envelopeTo: Int64? = row["envelope_to_id"]
      digest.add(
        source: source, outcome: try hash(row["outcome_id"], &outcomes) { ComparedOutcome.text(try flows.outcome($0)) },
        envelopeTo: try envelopeTo.map { id in
          try hash(id, &domains) { try String.fetchOne(domainName, arguments: [$0]) ?? "" }
        }, messages: row["messages"])
    }
    return digest
  }

  private func policyText(of reportID: Int64, _ flows: FlowStore) throws -> String {
    let id = try Int64.fetchOne(db, sql: "SELECT policy_id FROM report WHERE id = ?", arguments: [reportID])
    guard let policy = try id.map({ try flows.policy($0) }), let domain = policy.domain.flatMap(DomainName.init) else {
      return ""
    }
    return policy.canonicalText(for: domain)
  }
}
