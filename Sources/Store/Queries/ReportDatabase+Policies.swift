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
    let scope: SQL = domain.map { "domain.name = \($0.name)" } ?? "1"
    return try read { db in
      let request: SQLRequest<Row> = """
        WITH newest AS (
          SELECT report.policy_domain_id AS domain_id, max(report.end) AS end, report.policy_id AS policy_id
          FROM report JOIN domain ON domain.id = report.policy_domain_id
          WHERE \(scope) AND report.day <= \(today.number) AND \(RecordFilter.isPlausible)
          GROUP BY report.policy_domain_id
        )
        SELECT domain.name AS domain, policy.p, policy.sp, policy.np, policy.adkim, policy.aspf, policy.pct, policy.fo,
          policy.testing AS t, dns_answer.answers
        FROM newest JOIN domain ON domain.id = newest.domain_id JOIN policy ON policy.id = newest.policy_id
        LEFT JOIN dns_answer ON dns_answer.name = '_dmarc.' || domain.name AND dns_answer.type = 'TXT'
        """
      var result: [String: StoredPolicy] = [:]
      for row in try request.fetchAll(db) {
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
