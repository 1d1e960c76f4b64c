package import DMARC
import GRDB

extension ReportDatabase {
  /// The dated texts of all SPF records, by domain, the oldest first.
  /// - Throws: ``StoreError``.
  package func spfTexts() throws(StoreError) -> [RecordText] {
    try read { db in
      try Self.texts(
        db,
        """
        SELECT domain, record, taken_at, checked_at FROM spf_snapshot WHERE status <> 'temperror'
        ORDER BY domain, taken_at, id
        """)
    }
  }

  /// The dated texts of all DMARC records that were looked up, by domain, the oldest first.
  /// - Throws: ``StoreError``.
  package func dmarcTexts() throws(StoreError) -> [RecordText] {
    try read { db in
      // A reader may open a database of an older version.
      guard try db.tableExists("dmarc_snapshot") else { return [] }
      return try Self.texts(
        db, "SELECT domain, record, taken_at, checked_at FROM dmarc_snapshot ORDER BY domain, taken_at")
    }
  }

  private static func texts(_ db: Database, _ sql: String) throws -> [RecordText] {
    var texts: [RecordText] = []
    try RawStatement(db, sql).eachRow { row in
      texts.append(
        RecordText(
          domain: row.text(at: 0) ?? "", text: row.text(at: 1), takenAt: row.integer(at: 2),
          checkedAt: row.integer(at: 3)))
    }
    return texts
  }

  /// The most records of a domain that are kept; the oldest are deleted.
  private static let mostRecords = 100

  /// Stores DMARC records that were looked up at a time, epoch seconds: as new ones if they differ from the last, which are otherwise
  /// marked as checked again.
  /// - Parameter records: by domain; nil if there is none, or several.
  /// - Throws: ``StoreError``.
  package func keep(dmarcRecords records: [String: String?], at now: Int64) throws(StoreError) {
    guard !records.isEmpty else { return }
    try write { db in
      let last = try db.cachedStatement(
        sql: "SELECT taken_at, record FROM dmarc_snapshot WHERE domain = ? ORDER BY taken_at DESC LIMIT 1")
      for (domain, record) in records {
        let known = try Row.fetchOne(last, arguments: [domain])
        if let known, (known["record"] as String?) == record {
          try db.execute(
            sql: "UPDATE dmarc_snapshot SET checked_at = ? WHERE domain = ? AND taken_at = ?",
            arguments: [now, domain, known["taken_at"] as Int64])
          continue
        }
        try db.execute(
          sql: "INSERT OR REPLACE INTO dmarc_snapshot VALUES (?, ?, ?, ?)", arguments: [domain, now, now, record])
        try db.execute(
          sql: """
            DELETE FROM dmarc_snapshot WHERE domain = ?1 AND taken_at <=
              (SELECT taken_at FROM dmarc_snapshot WHERE domain = ?1 ORDER BY taken_at DESC LIMIT 1 OFFSET ?2)
            """, arguments: [domain, Self.mostRecords])
      }
    }
  }

  /// Calls `body` with the policies that each reporter saw on each day of a period, by domain and day; only for domains whose policy
  /// was not always the same.
  /// - Throws: ``StoreError``.
  package func policyDays(
    _ filter: RecordFilter, _ body: (ReportedPolicy) throws -> Void
  ) throws(StoreError) {
    try read { db in
      let chosen = try filter.domainIDs(db).map(Set.init)
      let several: SQLRequest<Row> = """
        SELECT policy.*, domain.name AS domain FROM policy JOIN domain ON domain.id = domain_id
        WHERE domain_id IN (SELECT domain_id FROM policy GROUP BY domain_id HAVING count(*) > 1) ORDER BY domain_id
        """
      var tags: [Int64: [StoredPolicy.Tag]] = [:]
      var domains: [(id: Int64, name: String)] = []
      let rows = try several.fetchCursor(db)
      while let row = try rows.next() {
        let domain: Int64 = row["domain_id"]
        guard chosen?.contains(domain) ?? true else { continue }
        tags[row["id"]] = Self.tags(row)
        if domains.last?.id != domain { domains.append((domain, row["domain"])) }
      }
      let statement = try RawStatement(
        db,
        """
        SELECT DISTINCT day, reporter_id, policy_id FROM report
        WHERE policy_domain_id = ? AND day BETWEEN ? AND ? AND NOT impossible AND NOT contested ORDER BY day
        """)
      statement.bind(filter.firstDay?.number ?? .min, at: 2)
      statement.bind(filter.lastDay?.number ?? .max, at: 3)
      for domain in domains {
        statement.bind(domain.id, at: 1)
        var days: [ReportedPolicy] = []
        try statement.eachRow { row in
          days.append(
            ReportedPolicy(
              domain: domain.name, day: row.integer(at: 0), reporter: row.integer(at: 1),
              tags: tags[row.integer(at: 2)] ?? []))
        }
        for day in days { try body(day) }
      }
    }
  }

  private static func tags(_ row: Row) -> [StoredPolicy.Tag] {
    [("p", "p"), ("sp", "sp"), ("np", "np"), ("adkim", "adkim"), ("aspf", "aspf"), ("pct", "pct"), ("t", "testing")]
      .compactMap { name, column in
        let value = (row[column] as DatabaseValue?).flatMap { value in
          value.isNull ? nil : String.fromDatabaseValue(value) ?? Int64.fromDatabaseValue(value).map { "\($0)" }
        }
        return value.map { StoredPolicy.Tag(name: name, value: $0) }
      }
  }

  /// The reports for a period that arrived after a day; nil if the database held none before that, so that nothing was restated.
  /// - Throws: ``StoreError``.
  package func lateReports(_ filter: RecordFilter, after day: CalendarDay) throws(StoreError) -> LateReports? {
    try read { db in
      let time = day.advanced(by: 1).number.multipliedClamped(by: 86_400)
      let first: SQLRequest<Int64> = "SELECT min(ingested_at) FROM report WHERE \(filter.condition)"
      guard let first = try first.fetchOne(db), first < time else { return nil }
      let request: SQLRequest<Row> = """
        SELECT count(*), coalesce(sum(min(messages, 1000000000000)), 0) FROM report
        WHERE ingested_at >= \(time) AND \(filter.condition)
        """
      return try request.fetchOne(db).map { LateReports(reports: $0[0], messages: $0[1]) }
    }
  }
}
