package import DMARC
import GRDB

extension ReportDatabase {
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
