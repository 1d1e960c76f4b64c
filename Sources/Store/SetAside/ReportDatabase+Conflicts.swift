import DMARC
import GRDB

/// Listing conflicts.
extension ReportDatabase {
  /// The conflicts in the order of their numbers.
  /// - Parameters:
  ///   - numbers: only these, decided or not; nil for all undecided ones.
  ///   - isAll: whether decided ones are listed too.
  /// - Throws: ``StoreError``.
  package func conflicts(_ numbers: [Int64]? = nil, all isAll: Bool = false, limit: Int? = nil) throws(StoreError)
    -> [ReportConflict]
  {
    try read { db in
      let condition: SQL =
        numbers.map { "conflict.id IN \(SQL.list($0))" } ?? (isAll ? "1" : "conflict.decision IS NULL")
      let request: SQLRequest<Row> = """
        SELECT conflict.*, reporter.name AS reporter, report.report_id AS given_id, policy_domain.name AS policy_domain,
          report.begin AS begin, report.end AS end, report.row_count AS now_rows, report.messages AS now_messages,
          report.sha256 AS now_sha256, v_report.origin AS now_origin,
          v_report.sending_organisation AS now_organisation, v_report.standing AS now_standing,
          v_report.authenticated_domain IS NOT NULL AS now_authenticated,
          set_aside.row_count AS aside_rows, set_aside.messages AS aside_messages, set_aside.sha256 AS aside_sha256,
          set_aside.origin AS aside_origin, set_aside.organisation AS aside_organisation,
          set_aside.is_authenticated AS aside_authenticated,
          (SELECT standing FROM sending_organisation WHERE name = set_aside.organisation) AS aside_standing
        FROM conflict JOIN report ON report.id = conflict.report_id
        JOIN v_report ON v_report.report_row_id = report.id
        JOIN reporter ON reporter.id = report.reporter_id
        JOIN domain AS policy_domain ON policy_domain.id = report.policy_domain_id
        LEFT JOIN set_aside ON set_aside.id = conflict.aside_id
        WHERE \(condition) ORDER BY conflict.id LIMIT \(limit ?? -1)
        """
      return try request.fetchAll(db).map { try ReportConflict($0, db) }
    }
  }
}

extension ReportConflict {
  fileprivate init(_ row: Row, _ db: Database) throws {
    func side(_ prefix: String) -> Side {
      Side(
        rows: row[prefix + "_rows"], messages: row[prefix + "_messages"], origin: row[prefix + "_origin"],
        organisation: row[prefix + "_organisation"], isAuthenticated: row[prefix + "_authenticated"],
        standing: row[prefix + "_standing"], sha256: Self.hex(row[prefix + "_sha256"]))
    }
    let asideID: Int64? = row["aside_id"]
    let other =
      asideID == nil
      ? Side(
        rows: row["row_count"], messages: row["messages"], origin: row["origin"], organisation: nil,
        isAuthenticated: false, standing: nil, sha256: Self.hex(row["sha256"])) : side("aside")
    let decision = (row["decision"] as String?).flatMap(Decision.init)
    // After `take`, the content that came later is the one that counts.
    let isTaken = decision == .take
    self.init(
      number: row["id"], report: row["report_id"], reporter: row["reporter"], reportID: row["given_id"],
      policyDomain: row["policy_domain"], begin: row["begin"], end: row["end"], stored: isTaken ? other : side("now"),
      other: isTaken ? side("now") : other, seenAt: row["seen_at"], decision: decision, decidedAt: row["decided_at"])
    let aside = try SetAsideReports(db: db, decider: Decider(name: nil, now: 0), rollUps: RollUpWriter(db))
    guard let asideID, let kept = try aside.content(asideID) else { return }
    let now = try ReportContent(reading: report, db)
    comparison = ContentComparison(stored: isTaken ? kept : now, other: isTaken ? now : kept)
  }

  private static func hex(_ bytes: DatabaseBytes) -> String { StoredColumn.hex(bytes.bytes) }
}
