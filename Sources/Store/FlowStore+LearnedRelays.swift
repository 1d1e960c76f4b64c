package import DMARC
import Foundation
import GRDB

/// Relays that mail in the name of one organisation shows, which are evidence for all others.
extension FlowStore {
  /// Replaces the relays that the mail of an organisation shows.
  package func setRelays(_ relays: [(key: String, isSteady: Bool)], shownBy organisation: String) throws {
    try db.cachedStatement(sql: "DELETE FROM learned_relay WHERE organisation = ?").execute(arguments: [organisation])
    let statement = try db.cachedStatement(
      sql: "INSERT INTO learned_relay (key, organisation, steady) VALUES (?, ?, ?)")
    for relay in relays { try statement.execute(arguments: [relay.key, organisation, relay.isSteady]) }
  }

  /// Forgets what organisations have shown that are not among these.
  package func forgetRelays(except organisations: [String]) throws {
    try db.execute(literal: "DELETE FROM learned_relay WHERE organisation NOT IN \(SQL.list(organisations))")
  }

  /// The number of organisations whose mail shows any relay.
  package func teachers() throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(DISTINCT organisation) FROM learned_relay") ?? 0
  }

  /// The relays that the mail of this many organisations shows, or of fewer for weeks, with the number of organisations.
  package func relays(shownBy least: Int, orForWeeksBy leastSteady: Int) throws -> [String: Int] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT key, count(*) FROM learned_relay GROUP BY key HAVING count(*) >= ? OR sum(steady) >= ?",
      arguments: [least, leastSteady])
    return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as Int) })
  }

  /// The row ids of the From domains of messages from these addresses.
  package func headerFroms(from addresses: Set<IPAddress>) throws -> Set<Int64> {
    let statement = try db.cachedStatement(
      sql: """
        SELECT DISTINCT coalesce(outcome.header_from_id, 0) FROM source CROSS JOIN flow ON flow.source_id = source.id
        CROSS JOIN outcome ON outcome.id = flow.outcome_id WHERE source.address = ?
        """)
    return try addresses.reduce(into: []) { found, address in
      found.formUnion(try Int64.fetchSet(statement, arguments: [DatabaseBytes(address.networkBytes)]))
    }
  }

  /// Calls `body` with each source address and its forward-confirmed name.
  package func forEachSource(_ body: (IPAddress, _ host: String?) -> Void) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: "SELECT address, host FROM source LEFT JOIN source_host ON source_host.source_id = source.id")
    while let row = try rows.next() {
      if let address = try row.withUnsafeData(atIndex: 0, { $0.flatMap { IPAddress(networkBytes: $0) } }) {
        body(address, row[1])
      }
    }
  }
}
