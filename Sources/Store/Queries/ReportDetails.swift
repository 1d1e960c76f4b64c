import DMARC
import GRDB

/// A row of any query: named columns in order.
public struct StoredRow: Sendable, Hashable {
  /// Names of the values in each row.
  public let columns: [String]
  /// The values, one for each column.
  public let values: [StoredValue]

  /// A row; as many values as columns.
  public init(columns: [String], values: [StoredValue]) {
    self.columns = columns
    self.values = values
  }

  init(_ row: Row) {
    self.init(columns: Array(row.columnNames), values: row.databaseValues.map(StoredValue.init))
  }

  /// The value of a column; null where there is no such column.
  public subscript(_ column: String) -> StoredValue {
    columns.firstIndex(of: column).map { values[$0] } ?? .null
  }
}

/// Everything that is known about one thing, as named tables.
public struct ReportDetails: Sendable {
  /// One row with the main facts.
  public var facts: StoredRow
  /// Further tables by name, in the order in which they are shown.
  public var tables: [(name: String, rows: [StoredRow])]
}

extension ReportDatabase {
  /// Everything about one address; nil where it was never reported.
  /// - Throws: ``StoreError``.
  public func details(of address: IPAddress, _ filter: RecordFilter) throws(StoreError) -> ReportDetails? {
    try read { db in
      let bytes = DatabaseBytes(address.networkBytes)
      let scope: SQL = "source.address = \(bytes) AND \(filter.condition)"
      let joins: SQL = "\(RecordSource.joins) JOIN source ON source.id = flow.source_id"
      guard let facts = try Self.facts(db, joins, scope) else { return nil }
      let flows: SQLRequest<Row> = """
        SELECT flow.id AS flow_id, policy_domain.name AS policy_domain, header_from.name AS header_from,
          sum(record.messages) AS messages, flow.verdict, flow.subtype, flow.confidence, flow.rule, outcome.dmarc_pass,
          outcome.disposition, envelope_from.name AS envelope_from, outcome.dkim_results, outcome.spf_results,
          outcome.reasons, date(min(report.day) * 86400, 'unixepoch') AS first_day,
          date(max(report.day) * 86400, 'unixepoch') AS last_day
        FROM \(joins) JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
        LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id
        LEFT JOIN domain AS envelope_from ON envelope_from.id = outcome.envelope_from_id
        WHERE \(scope) GROUP BY flow.id ORDER BY messages DESC \(filter.limitClause)
        """
      let reports: SQLRequest<Row> = """
        SELECT report.id AS report_row_id, reporter.name AS reporter, report.report_id AS report_id,
          date(report.day * 86400, 'unixepoch') AS day, sum(record.messages) AS messages,
          sum(record.messages * outcome.dmarc_pass) AS passed
        FROM \(joins) JOIN reporter ON reporter.id = report.reporter_id
        WHERE \(scope) GROUP BY report.id ORDER BY report.day DESC, report.id \(filter.limitClause)
        """
      return ReportDetails(
        facts: facts, tables: [("flows", try Self.rows(db, flows)), ("reports", try Self.rows(db, reports))])
    }
  }

  private static func facts(_ db: Database, _ joins: SQL, _ scope: SQL) throws -> StoredRow? {
    let request: SQLRequest<Row> = """
      SELECT source.text AS source_ip, max(known_sender.name) AS known_sender, sum(record.messages) AS messages,
        sum(record.messages * dmarc_pass) AS passed, sum(record.messages * dkim_aligned) AS dkim_aligned,
        sum(record.messages * spf_aligned) AS spf_aligned, count(DISTINCT report.reporter_id) AS reporters,
        date(min(report.day) * 86400, 'unixepoch') AS first_day, date(max(report.day) * 86400, 'unixepoch') AS last_day
      FROM \(joins) LEFT JOIN known_sender ON known_sender.id = flow.known_sender_id
      WHERE \(scope) GROUP BY source.id
      """
    return try request.fetchOne(db).map(StoredRow.init)
  }

  /// Everything about one policy domain; nil where no report is about it.
  /// - Throws: ``StoreError``.
  public func details(of domain: DomainName, _ filter: RecordFilter) throws(StoreError) -> ReportDetails? {
    try read { db in
      let scope: SQL = "policy_domain.name = \(domain.name) AND \(filter.condition)"
      let joins: SQL =
        "\(RecordSource.joins) JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id"
      let facts: SQLRequest<Row> = """
        SELECT policy_domain.name AS policy_domain, sum(record.messages) AS messages,
          sum(record.messages * dmarc_pass) AS passed, sum(record.messages * dkim_aligned) AS dkim_aligned,
          sum(record.messages * spf_aligned) AS spf_aligned, count(DISTINCT flow.source_id) AS source_count,
          count(DISTINCT report.reporter_id) AS reporter_count, date(min(report.day) * 86400, 'unixepoch') AS first_day,
          date(max(report.day) * 86400, 'unixepoch') AS last_day
        FROM \(joins) WHERE \(scope) GROUP BY policy_domain.id
        """
      guard let row = try facts.fetchOne(db) else { return nil }
      return ReportDetails(facts: StoredRow(row), tables: try Self.domainTables(db, joins, scope, filter))
    }
  }

  private static func domainTables(
    _ db: Database, _ joins: SQL, _ scope: SQL, _ filter: RecordFilter
  ) throws -> [(name: String, rows: [StoredRow])] {
    func grouped(_ columns: SQL, _ more: SQL, by key: SQL) throws -> [StoredRow] {
      try rows(
        db,
        """
        SELECT \(columns), sum(record.messages) AS messages, sum(record.messages * outcome.dmarc_pass) AS passed,
          date(min(report.day) * 86400, 'unixepoch') AS first_day, date(max(report.day) * 86400, 'unixepoch') AS last_day
        FROM \(joins) \(more) WHERE \(scope) GROUP BY \(key) ORDER BY messages DESC \(filter.limitClause)
        """)
    }
    let warnings: SQLRequest<Row> = """
      SELECT warning.code, count(*) AS count, count(DISTINCT report.id) AS reports, min(warning.message) AS example
      FROM warning JOIN report ON report.id = warning.report_id
      JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
      WHERE \(scope) GROUP BY warning.code ORDER BY count DESC
      """
    return [
      ("verdicts", try grouped("flow.verdict, flow.subtype", "", by: "flow.verdict, flow.subtype")),
      (
        "policies",
        try grouped(
          "policy.p, policy.sp, policy.np, policy.adkim, policy.aspf, policy.pct, policy.fo",
          "JOIN policy ON policy.id = report.policy_id", by: "policy.id")
      ),
      (
        "sources", try grouped("source.text AS source_ip", "JOIN source ON source.id = flow.source_id", by: "source.id")
      ),
      (
        "header_from",
        try grouped(
          "header_from.name AS header_from",
          "LEFT JOIN domain AS header_from ON header_from.id = outcome.header_from_id",
          by: "header_from.id")
      ),
      (
        "reporters",
        try grouped("reporter.name AS reporter", "JOIN reporter ON reporter.id = report.reporter_id", by: "reporter.id")
      ),
      ("warnings", try rows(db, warnings)),
    ]
  }

  /// Row ids of the reports that a person may mean: by row id, or by the id that the reporter gave.
  /// - Throws: ``StoreError``.
  public func reportRowIDs(_ name: String) throws(StoreError) -> [Int64] {
    try read { db in
      let byName = try Int64.fetchAll(
        db, sql: "SELECT id FROM report WHERE report_id = ? OR report_key = ? ORDER BY id", arguments: [name, name])
      if !byName.isEmpty { return byName }
      return try Int64.fetchAll(db, sql: "SELECT id FROM report WHERE id = ?", arguments: [Int64(name)])
    }
  }

  /// Everything about one report, its warnings and records included.
  /// - Throws: ``StoreError``.
  public func details(ofReport rowID: Int64, limit: Int?) throws(StoreError) -> ReportDetails? {
    try read { db in
      guard let facts = try Row.fetchOne(db, sql: "SELECT * FROM v_report WHERE report_row_id = ?", arguments: [rowID])
      else {
        return nil
      }
      func table(_ sql: String) throws -> [StoredRow] {
        try Row.fetchAll(db, sql: sql, arguments: [rowID]).map(StoredRow.init)
      }
      let bound = limit.map { " LIMIT \($0)" } ?? ""
      return ReportDetails(
        facts: StoredRow(facts),
        tables: [
          ("warnings", try table("SELECT code, line, message FROM warning WHERE report_id = ? ORDER BY ordinal")),
          (
            "records",
            try table(
              """
              SELECT source_ip, messages, disposition, dkim_aligned, spf_aligned, header_from, envelope_from, envelope_to,
                dkim_results, spf_results, reasons, verdict, subtype, known_sender
              FROM v_record WHERE report_row_id = ? ORDER BY ordinal\(bound)
              """)
          ),
          (
            "conflicts",
            try table(
              "SELECT origin, lower(hex(sha256)) AS sha256, seen_at, row_count, messages FROM conflict WHERE report_id = ?"
            )
          ),
          (
            "inputs",
            try table(
              """
              SELECT path, member, outcome, tried_at FROM input_item JOIN input ON input.id = input_id
              WHERE report_id = ? ORDER BY path
              """)
          ),
        ])
    }
  }

  private static func rows(_ db: Database, _ request: SQLRequest<Row>) throws -> [StoredRow] {
    try request.fetchAll(db).map(StoredRow.init)
  }
}

extension ReportDatabase {
  /// Row id and source of the flow that a row of a report belongs to; nil where there is no such row.
  /// - Parameters:
  ///   - report: row id of the report.
  ///   - row: position in the report, from 0.
  /// - Throws: ``StoreError``.
  public func flow(ofReport report: Int64, row: Int64) throws(StoreError) -> (id: Int64, source: IPAddress)? {
    try read { db in
      let found = try Row.fetchOne(
        db,
        sql: """
          SELECT flow.id, source.address FROM record JOIN flow ON flow.id = record.flow_id
          JOIN source ON source.id = flow.source_id WHERE record.report_id = ? AND record.ordinal = ?
          """, arguments: [report, row])
      return try found.flatMap { row in
        try row.withUnsafeData(atIndex: 1) { $0.flatMap { IPAddress(networkBytes: $0) } }.map { (row[0], $0) }
      }
    }
  }
}
