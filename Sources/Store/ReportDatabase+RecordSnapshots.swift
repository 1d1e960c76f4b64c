package import DMARC
import GRDB

extension ReportDatabase {
  /// Stores what domains publish, if it has changed.
  /// - Parameter now: the time of the lookups, in epoch seconds.
  /// - Returns: the places whose state a second lookup has to confirm.
  /// - Throws: ``StoreError``.
  @discardableResult package func keep(
    _ records: [ObservedRecord], at now: Int64
  ) throws(StoreError) -> Set<ObservedRecord.Place> {
    guard !records.isEmpty else { return [] }
    return try write { db in
      let writer = RecordSnapshotWriter(db: db, now: now)
      return Set(try records.filter { try writer.keep($0) }.map(\.place))
    }
  }

  /// All states of places whose state has changed, sorted by place, the oldest first.
  /// - Throws: ``StoreError``.
  package func changedRecords() throws(StoreError) -> [RecordSnapshot] {
    try read { db in
      try Self.snapshots(
        db,
        """
        FROM record_snapshot AS one WHERE EXISTS (SELECT 1 FROM record_snapshot AS other WHERE other.domain = one.domain
          AND other.kind = one.kind AND other.owner = one.owner AND other.id <> one.id)
        """)
    }
  }

  /// All states of records of a domain and its subdomains, sorted by place, the oldest first.
  /// - Throws: ``StoreError``.
  package func records(of domain: DomainName) throws(StoreError) -> [RecordSnapshot] {
    try read { db in
      try Self.snapshots(
        db, "FROM record_snapshot WHERE domain = ?1 OR substr(domain, -length(?1) - 1) = '.' || ?1", [domain.name])
    }
  }

  private static func snapshots(
    _ db: Database, _ source: String, _ arguments: StatementArguments = []
  ) throws -> [RecordSnapshot] {
    // A reader may open a database of an older version.
    guard try db.tableExists("record_snapshot") else { return [] }
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT domain, kind, owner, state, text, first_seen, last_seen, confirmed_at \(source)
        ORDER BY domain, kind, owner, first_seen, id
        """, arguments: arguments)
    return rows.map { row in
      RecordSnapshot(
        ObservedRecord.Place(domain: row[0], kind: row[1], owner: row[2]), state: row[3], text: row[4],
        firstSeen: row[5], lastSeen: row[6], confirmedAt: row[7])
    }
  }

  /// The row id of the newest state of any record; 0 if there is none.
  /// - Throws: ``StoreError``.
  package func newestRecord() throws(StoreError) -> Int64 {
    try read { db in try Int64.fetchOne(db, sql: "SELECT max(id) FROM record_snapshot") ?? 0 }
  }

  /// The policy domains whose records have states newer than a given one, by row id.
  /// - Parameter record: the row id of that state.
  /// - Throws: ``StoreError``.
  package func domains(ofRecordsAfter record: Int64) throws(StoreError) -> [Int64: String] {
    try read { db in
      let changed = try String.fetchAll(
        db, sql: "SELECT DISTINCT domain FROM record_snapshot WHERE id > ? AND confirmed_at IS NOT NULL",
        arguments: [record])
      let statement = try db.cachedStatement(
        sql: "SELECT id FROM domain WHERE name = ? AND EXISTS (SELECT 1 FROM report WHERE policy_domain_id = domain.id)"
      )
      var found: [Int64: String] = [:]
      for name in changed {
        var labels = name.split(separator: ".", omittingEmptySubsequences: false)
        while !labels.isEmpty {
          let parent = labels.joined(separator: ".")
          if let id = try Int64.fetchOne(statement, arguments: [parent]) { found[id] = parent }
          labels.removeFirst()
        }
      }
      return found
    }
  }
}
