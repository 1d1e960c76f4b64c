package import DMARC
import GRDB

extension ReportDatabase {
  /// When an input was last read, in epoch seconds; nil if none was.
  /// - Throws: ``StoreError``.
  package func lastReading() throws(StoreError) -> Int64? {
    try read { try Int64.fetchOne($0, sql: "SELECT max(tried_at) FROM input") }
  }

  /// The last UTC day with a report for each policy domain, sorted by name.
  /// - Throws: ``StoreError``.
  package func lastReportDays() throws(StoreError) -> [(domain: DomainName, day: CalendarDay)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT name, max(day) FROM report JOIN domain ON domain.id = policy_domain_id GROUP BY policy_domain_id ORDER BY name
          """
      ).compactMap { row in DomainName(row[0]).map { ($0, CalendarDay(number: row[1])) } }
    }
  }

  /// SQLite's quick check: damaged pages, but not indexes that do not fit.
  /// - Returns: the first problem; nil if there is none.
  /// - Throws: ``StoreError`` if the check itself cannot run.
  package func quickCheck() throws(StoreError) -> String? {
    try read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }.flatMap { $0 == "ok" ? nil : $0 }
  }
}

extension ReportDatabase {
  /// The first policy domains, in the order of their names, whose names begin with a text.
  /// - Throws: ``StoreError``.
  package func policyDomains(startingWith start: String, limit: Int) throws(StoreError) -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT name FROM domain WHERE substr(name, 1, length(?1)) = ?1
            AND EXISTS (SELECT * FROM report WHERE policy_domain_id = domain.id) ORDER BY name LIMIT ?2
          """, arguments: [start, limit])
    }
  }

  /// The first and last UTC day with a report; nil if there is none.
  /// - Throws: ``StoreError``.
  package func reportDays() throws(StoreError) -> ClosedRange<CalendarDay>? {
    try read { db in
      guard let first = try Int64.fetchOne(db, sql: "SELECT min(day) FROM report"),
        let last = try Int64.fetchOne(db, sql: "SELECT max(day) FROM report")
      else { return nil }
      return CalendarDay(number: first)...CalendarDay(number: last)
    }
  }

  /// The number of reports.
  /// - Throws: ``StoreError``.
  package func reportCount() throws(StoreError) -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT count(*) FROM report") ?? 0 }
  }
}
