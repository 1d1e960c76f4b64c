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
    let scope: SQL = "policy_domain.name = \(domain.name) AND \(filter.condition)"
    return try read { db in
      let facts: SQLRequest<Row> = """
        SELECT policy_domain.name AS policy_domain, \(Aggregate.messages), \(Aggregate.passed), \(Aggregate.aligned),
          count(DISTINCT flow.source_id) AS source_count, count(DISTINCT report.reporter_id) AS reporter_count,
          \(Aggregate.dates)
        FROM \(Join.record) \(Join.policyDomain) WHERE \(scope) GROUP BY policy_domain.id
        """
      guard let row = try facts.fetchOne(db) else { return nil }
      func grouped(_ columns: SQL, _ join: SQL = "", by key: SQL) throws -> [StoredRow] {
        let request: SQLRequest<Row> = """
          SELECT \(columns), \(Aggregate.messages), \(Aggregate.passed), \(Aggregate.dates)
          FROM \(Join.record) \(Join.policyDomain) \(join)
          WHERE \(scope) GROUP BY \(key) ORDER BY messages DESC \(filter.limitClause)
          """
        return try request.storedRows(db)
      }
      return DomainDetails(
        facts: StoredRow(row), verdicts: try grouped("flow.verdict, flow.subtype", by: "flow.verdict, flow.subtype"),
        policies: try grouped(
          """
          policy.p, policy.sp, policy.np, policy.adkim, policy.aspf, policy.pct, policy.fo, policy.testing,
          policy.discovery_method
          """,
          "JOIN policy ON policy.id = report.policy_id", by: "policy.id"),
        sources: try grouped("source.text AS source_ip", Join.source, by: "source.id"),
        headerFroms: try grouped("header_from.name AS header_from", Join.headerFrom, by: "header_from.id"),
        reporters: try grouped("reporter.name AS reporter", Join.reporter, by: "reporter.id"),
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
