package import DMARC
import GRDB

/// What a domain published, according to reports and to DNS.
package struct StoredPolicy: Sendable, Hashable {
  /// A tag of the record.
  package struct Tag: Sendable, Hashable {
    package var name, value: String

    /// Creates a tag.
    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The policy domain.
  package var domain: String
  /// The tags in its newest report.
  package var reported: [Tag]
  /// The last TXT records that were looked up at `_dmarc`; nil if none were.
  package var lookedUp: [String]?

  /// Creates a policy.
  package init(domain: String, reported: [Tag], lookedUp: [String]?) {
    self.domain = domain
    self.reported = reported
    self.lookedUp = lookedUp
  }
}

extension ReportDatabase {
  /// The newest policy of each domain, by name.
  /// - Parameters:
  ///   - domain: only this one; nil for all.
  ///   - today: reports for later days do not count.
  /// - Throws: ``StoreError``.
  package func policies(of domain: DomainName? = nil, today: CalendarDay) throws(StoreError) -> [String: StoredPolicy] {
    try read { db in
      let reader = try SumReader(db, RecordFilter(lastDay: today))
      let newest = try NewestPolicies(reader, today: today)
      var days: [Int64: Int64] = [:]
      let only = try domain.map { name in
        try Int64.fetchOne(db, sql: "SELECT id FROM domain WHERE name = ?", arguments: [name.name]) ?? 0
      }
      func note(_ domain: Int64, _ facts: PeriodGroups.Facts) {
        if facts.isSelected, !facts.isImpossible { days[domain] = max(days[domain] ?? .min, facts.day) }
      }
      if let only {
        try reader.forEachReportSum(ofDomain: only) { note(only, $1) }
      } else {
        try reader.forEachReportSum { note($0, $2) }
      }
      let statement = try db.cachedStatement(
        sql: """
          SELECT domain.name AS domain, policy.p, policy.sp, policy.np, policy.adkim, policy.aspf, policy.pct, policy.fo,
            policy.testing AS t, dns_answer.answers
          FROM policy JOIN domain ON domain.id = policy.domain_id
          LEFT JOIN dns_answer ON dns_answer.name = '_dmarc.' || domain.name AND dns_answer.type = 'TXT'
          WHERE policy.id = ?
          """)
      var result: [String: StoredPolicy] = [:]
      for (domain, day) in days {
        guard let policy = try newest.policy(ofDomain: domain, newestDay: day),
          let row = try Row.fetchOne(statement, arguments: [policy])
        else { continue }
        let tags = ["p", "sp", "np", "adkim", "aspf", "pct", "fo", "t"].compactMap { name -> StoredPolicy.Tag? in
          let value = (row[name] as DatabaseValue?).flatMap {
            $0.isNull ? nil : String.fromDatabaseValue($0) ?? Int64.fromDatabaseValue($0).map { "\($0)" }
          }
          return value.map { StoredPolicy.Tag(name: name, value: $0) }
        }
        let answers: String? = row["answers"]
        let name: String = row["domain"]
        result[name] = StoredPolicy(
          domain: name, reported: tags, lookedUp: try answers.map { try OutcomeColumns.strings($0) })
      }
      return result
    }
  }
}
