import DMARC
import GRDB

extension SumReader {
  /// Forward-confirmed host names by the row id of the source.
  func hosts() throws -> [Int64: String] {
    let statement = try RawStatement(db, "SELECT source_id, host FROM source_host WHERE host IS NOT NULL")
    var hosts: [Int64: String] = [:]
    try statement.eachRow { hosts[$0.integer(at: 0)] = $0.text(at: 1) }
    return hosts
  }

  /// Whether any host name has been looked up.
  func haveHosts() throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM source_host)") ?? false
  }

  /// Calls `body` with the address of each source; the row ids must be in ascending order.
  func forEachAddress(of sources: [Int64], _ body: (Int64, IPAddress) throws -> Void) throws {
    let statement = try RawStatement(db, "SELECT id, address, NULL FROM source WHERE id >= ? ORDER BY id")
    try forEach(sources, statement) { id, address, _ in try body(id, address) }
  }

  /// Calls `body` with the address and the forward-confirmed host name of each source; the row ids must be in ascending order.
  func forEachHost(of sources: [Int64], _ body: (Int64, IPAddress, String?) throws -> Void) throws {
    guard try haveHosts() else { return try forEachAddress(of: sources) { try body($0, $1, nil) } }
    let statement = try RawStatement(
      db,
      """
      SELECT source.id, address, host FROM source LEFT JOIN source_host ON source_host.source_id = source.id
      WHERE source.id >= ? ORDER BY source.id
      """)
    try forEach(sources, statement, body)
  }

  /// Other sources that are stepped over before the next one is looked up instead.
  private static let mostForeign = 8

  private func forEach(
    _ sources: [Int64], _ statement: RawStatement, _ body: (Int64, IPAddress, String?) throws -> Void
  ) throws {
    var position = 0
    while position < sources.count {
      var foreign = 0
      var isAtEnd = true
      statement.bind(sources[position], at: 1)
      try statement.forEachWhile { row in
        let id = row.integer(at: 0)
        while position < sources.count, sources[position] < id { position += 1 }
        guard position < sources.count else { return false }
        guard sources[position] == id else {
          foreign += 1
          if foreign > Self.mostForeign { isAtEnd = false }
          return isAtEnd
        }
        foreign = 0
        position += 1
        guard let address = row.address(at: 1) else {
          throw StoreError("a source address in the database is not valid", remedy: .checkDatabase)
        }
        try body(id, address, row.text(at: 2))
        return true
      }
      if isAtEnd { return }
    }
  }
}
