package import DMARC
import GRDB
import Glibc

extension ReportDatabase {
  /// The size and the contents of the database.
  /// - Throws: ``StoreError``.
  package func info() throws(StoreError) -> DatabaseInfo {
    try read { db in
      func count(_ sql: String) throws -> Int64 { try Int64.fetchOne(db, sql: sql) ?? 0 }
      func day(_ sql: String) throws -> CalendarDay? {
        try Int64.fetchOne(db, sql: sql).map { CalendarDay(number: $0) }
      }
      return DatabaseInfo(
        path: path, bytes: Self.size(path) + Self.size(path + "-wal"),
        reports: try count("SELECT count(*) FROM report"),
        records: try count("SELECT sum(row_count) FROM report"),
        messages: try count("SELECT sum(messages) FROM report"),
        sources: try count("SELECT count(*) FROM source"),
        policyDomains: try count("SELECT count(DISTINCT policy_domain_id) FROM report"),
        reporters: try count("SELECT count(*) FROM reporter"), flows: try count("SELECT count(*) FROM flow"),
        flowsNotJudged: try count("SELECT count(*) FROM flow WHERE verdict IS NULL"),
        inputs: try count("SELECT count(*) FROM input"),
        rejected: try count("SELECT count(*) FROM input_item WHERE outcome = 'rejected'"),
        warnings: try count("SELECT sum(warning_count) FROM report"),
        conflicts: try count("SELECT count(*) FROM conflict WHERE decision IS NULL"),
        firstDay: try day("SELECT min(day) FROM report"), lastDay: try day("SELECT max(day) FROM report"))
    }
  }

  private static func size(_ path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Checks for damage with SQLite's own check, and for broken references and sums that do not add up.
  /// - Returns: a sentence for each problem.
  /// - Throws: ``StoreError`` if the check itself cannot run.
  package func check() throws(StoreError) -> [String] {
    try read { db in
      let integrity = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
      let references = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { row in
        "table \(row["table"] as String? ?? "?") refers to a missing row of \(row["parent"] as String? ?? "?")"
      }
      let sums = try Int64.fetchAll(
        db,
        sql: """
          SELECT id FROM report LEFT JOIN
            (SELECT report_id, count(*) AS n, sum(messages) AS m FROM record GROUP BY report_id) AS r ON r.report_id = report.id
          WHERE row_count <> coalesce(n, 0) OR messages <> coalesce(m, 0)
          """)
      let rollUps = try RollUpCheck(db).problems()
      return integrity + references + rollUps + sums.map { "report \($0) does not have the records that its counts say" }
    }
  }

  /// Builds the roll-ups again from the records.
  /// - Parameter progress: takes the completed share, 0 to 1.
  /// - Throws: ``StoreError``.
  package func repair(progress: (Double) -> Void = { _ in }) throws(StoreError) {
    try write { try RollUpFill.reset($0) }
    do { try RollUpFill.run(queue, progress: progress) } catch { throw Self.explain(error, path, .readWrite) }
  }

  /// The reports that pruning concerns.
  package struct Pruned: Sendable, Hashable {
    /// The reports that were deleted, or would be in a dry run.
    package var removed: Int
    /// The reports for days before the given one that are kept, because their period is not possible and they arrived later.
    package var kept: Int
  }

  /// Deletes the reports whose last day is before the given one, and everything that only they referred to. A report with an impossible
  /// period counts as one of the day on which it arrived. The ledger keeps their inputs, so that they are not read again.
  /// - Throws: ``StoreError``.
  package func prune(before day: CalendarDay, isDryRun: Bool) throws(StoreError) -> Pruned {
    let old: SQL = "CASE WHEN impossible THEN ingested_at / 86400 ELSE last_day END < \(day.number)"
    func count(_ db: Database) throws -> Pruned {
      let removed: SQLRequest<Int> = "SELECT count(*) FROM report WHERE \(old)"
      let kept: SQLRequest<Int> =
        "SELECT count(*) FROM report WHERE impossible AND last_day < \(day.number) AND NOT \(old)"
      return Pruned(removed: try removed.fetchOne(db) ?? 0, kept: try kept.fetchOne(db) ?? 0)
    }
    if isDryRun { return try read(count) }
    let pruned = try write { db in
      let pruned = try count(db)
      let rollUps = try RollUpWriter(db)
      let request: SQLRequest<Int64> = "SELECT id FROM report WHERE \(old)"
      for report in try request.fetchAll(db) {
        try rollUps.remove(report)
        if rollUps.isFull { try rollUps.flush() }
      }
      try rollUps.flush()
      try db.execute(literal: "DELETE FROM report WHERE \(old)")
      try db.execute(literal: Self.pruneSetAside(before: day.number))
      try db.execute(sql: Self.sweep)
      return pruned
    }
    do { try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)") } } catch {
      throw Self.explain(error, path, .readWrite)
    }
    return pruned
  }

  /// What remains of removed and ignored reports is their identity, so that they stay out.
  private static func pruneSetAside(before day: Int64) -> SQL {
    """
    UPDATE set_aside SET content = NULL WHERE day < \(day) AND kind <> 'conflict';
    DELETE FROM set_aside WHERE day < \(day) AND kind = 'conflict';
    DELETE FROM conflict WHERE report_id NOT IN (SELECT id FROM report)
      AND report_id NOT IN (SELECT report_row_id FROM set_aside WHERE content IS NOT NULL AND report_row_id IS NOT NULL);
    """
  }

  static let sweep = """
    DELETE FROM flow WHERE NOT EXISTS (SELECT * FROM record WHERE flow_id = flow.id);
    DELETE FROM source WHERE NOT EXISTS (SELECT * FROM flow WHERE source_id = source.id);
    DELETE FROM outcome WHERE NOT EXISTS (SELECT * FROM flow WHERE outcome_id = outcome.id);
    DELETE FROM policy WHERE id NOT IN (SELECT policy_id FROM report) AND id NOT IN (SELECT policy_id FROM flow);
    DELETE FROM reporter WHERE id NOT IN (SELECT reporter_id FROM report);
    DELETE FROM domain WHERE id NOT IN (
      SELECT policy_domain_id FROM report UNION SELECT domain_id FROM policy
      UNION SELECT header_from_id FROM outcome WHERE header_from_id IS NOT NULL
      UNION SELECT envelope_from_id FROM outcome WHERE envelope_from_id IS NOT NULL
      UNION SELECT envelope_to_id FROM record WHERE envelope_to_id IS NOT NULL
    );
    """
}
