package import DMARC
import GRDB

/// Everything about one policy domain in a period. Rows are in order of messages unless they say otherwise.
package struct DomainDetails: Sendable {
  /// One row with the sums.
  package var facts: StoredRow
  /// Messages by verdict.
  package var verdicts: [StoredRow]
  /// Messages by published policy.
  package var policies: [StoredRow]
  /// Messages by source address.
  package var sources: [StoredRow]
  /// Messages by From domain.
  package var headerFroms: [StoredRow]
  /// Messages by reporter.
  package var reporters: [StoredRow]
  /// Warnings by kind, the most frequent first.
  package var warnings: [StoredRow]
}

extension ReportDatabase {
  /// Everything about one policy domain; nil if no report in the filter is about it.
  /// - Throws: ``StoreError``.
  package func details(of domain: DomainName, _ filter: RecordFilter) throws(StoreError) -> DomainDetails? {
    try read { db in
      let id = try Int64.fetchOne(db, sql: "SELECT id FROM domain WHERE name = ?", arguments: [domain.name])
      guard let id else { return nil }
      let reader = try SumReader(db, filter)
      guard reader.domains?.contains(id) ?? true else { return nil }
      var sums = DomainSums(reader)
      try sums.read(id)
      guard sums.total.rows > 0 else { return nil }
      let scope: SQL = "policy_domain.name = \(domain.name) AND \(filter.condition)"
      return DomainDetails(
        facts: sums.facts(domain.name), verdicts: sums.verdictRows(filter.limit),
        policies: try sums.policyRows(filter.limit), sources: try sums.sourceRows(filter.limit),
        headerFroms: try sums.headerFromRows(filter.limit), reporters: try sums.reporterRows(filter.limit),
        warnings: try Self.warnings(db, scope))
    }
  }

  private static func warnings(_ db: Database, _ scope: SQL) throws -> [StoredRow] {
    let request: SQLRequest<Row> = """
      SELECT warning.code, count(*) AS count, count(DISTINCT report.id) AS reports, min(warning.message) AS example
      FROM warning JOIN report ON report.id = warning.report_id \(Join.policyDomain)
      WHERE \(scope) GROUP BY warning.code ORDER BY count DESC
      """
    return try request.storedRows(db)
  }
}
