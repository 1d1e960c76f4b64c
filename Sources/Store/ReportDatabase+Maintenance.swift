import DMARC
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
        path: path, bytes: fileBytes,
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
        firstDay: try day("SELECT min(day) FROM report"), lastDay: try day("SELECT max(day) FROM report"),
        freeBytes: try count("PRAGMA freelist_count").multipliedClamped(by: count("PRAGMA page_size")))
    }
  }

  /// Bytes of the file and its write-ahead log.
  var fileBytes: Int64 { Self.size(path).addingClamped(Self.size(path + "-wal")) }

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
      return integrity + references + rollUps
        + sums.map { "report \($0) does not have the records that its counts say" }
    }
  }

  /// Builds the roll-ups again from the records.
  /// - Parameter progress: takes the completed share, 0 to 1.
  /// - Throws: ``StoreError``.
  package func repair(progress: (Double) -> Void = { _ in }) throws(StoreError) {
    try write { try RollUpFill.reset($0) }
    do { try RollUpFill.run(queue, progress: progress) } catch { throw Self.explain(error, path, .readWrite) }
  }
}
