package import DMARC
import GRDB

/// A DKIM key that mail was signed with. Domain and selector are untrusted text from reports.
package struct SigningKey: Sendable, Hashable {
  package var domain, selector: String
}

extension ReportDatabase {
  /// How many months before the newest one count as recent.
  private static let recentMonths: Int64 = 3
  private static let mostKeys = 100_000

  /// The keys that signed mail in the last months with reports, those with the most messages first, followed by all
  /// other keys that were looked up before.
  /// - Parameter now: epoch seconds. Reports about later months do not count.
  /// - Throws: ``StoreError``.
  package func signingKeys(at now: Int64) throws(StoreError) -> [SigningKey] {
    try read { db in
      let today = try Int64.fetchOne(
        db, sql: "SELECT strftime('%Y', ?1, 'unixepoch') * 12 + strftime('%m', ?1, 'unixepoch') - 1", arguments: [now])
      let newest = try Int64.fetchOne(
        db, sql: "SELECT max(month) FROM flow_month WHERE month <= ?", arguments: [today ?? .max])
      let rows = try Row.fetchAll(
        db,
        sql: """
          WITH used AS (
            SELECT outcome_id, sum(min(messages, 1000000000000)) AS messages FROM flow_month
            WHERE month BETWEEN ?1 - ?2 AND ?1 GROUP BY outcome_id)
          SELECT json_extract(entry.value, '$.domain') AS domain, json_extract(entry.value, '$.selector') AS selector,
            sum(min(messages, 1000000000000)) AS messages
          FROM used JOIN outcome ON outcome.id = outcome_id, json_each(outcome.dkim_results) AS entry
          WHERE json_extract(entry.value, '$.result') = 'pass' AND domain <> '' AND selector <> ''
          GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?3
          """, arguments: [newest ?? 0, Self.recentMonths, Self.mostKeys])
      let known = try Row.fetchAll(
        db, sql: "SELECT DISTINCT domain, owner FROM record_snapshot WHERE kind = 'dkim' ORDER BY last_seen DESC, owner"
      )
      return rows.map { SigningKey(domain: $0[0], selector: $0[1]) }
        + known.compactMap { row in
          let (domain, owner): (String, String) = (row[0], row[1])
          let suffix = "._domainkey.\(domain)"
          return owner.hasSuffix(suffix)
            ? SigningKey(domain: domain, selector: String(owner.dropLast(suffix.count))) : nil
        }
    }
  }

  /// The policy domains, starting with those whose DMARC record was looked up longest ago. Domains that no name server
  /// has ever answered for alternate with the others, because forged reports may name any number of them.
  /// - Throws: ``StoreError``.
  package func policyDomainsByLookUp() throws(StoreError) -> [DomainName] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT name, max(last_seen) IS NULL FROM domain
            LEFT JOIN record_snapshot ON record_snapshot.domain = name AND kind = 'dmarc'
          WHERE domain.id IN (SELECT policy_domain_id FROM report) GROUP BY name ORDER BY max(last_seen), name
          """)
      let (new, known) = (rows.filter { $0[1] }, rows.filter { !$0[1] })
      let inTurn = (0..<max(new.count, known.count)).flatMap { [known.dropFirst($0).first, new.dropFirst($0).first] }
      return inTurn.compactMap { $0.map { $0[0] as String } }.compactMap(DomainName.init)
    }
  }

  /// The names of the policy domains that a filter covers.
  /// - Throws: ``StoreError``.
  package func policyNames(_ filter: RecordFilter) throws(StoreError) -> [String] {
    try read { db in
      guard let ids = try filter.domainIDs(db) else {
        return try String.fetchAll(db, sql: "SELECT name FROM domain WHERE id IN (SELECT domain_id FROM policy)")
      }
      return try ids.compactMap { id in
        try String.fetchOne(db, sql: "SELECT name FROM domain WHERE id = ?", arguments: [id])
      }
    }
  }
}
