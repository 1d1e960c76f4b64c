import DMARC
import GRDB

/// Listing reports, and removing and restoring them.
extension ReportDatabase {
  /// The reports of a selection, latest day first.
  /// - Throws: ``StoreError``.
  package func reports(_ selection: ReportSelection) throws(StoreError) -> [StoredRow] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT v.report_row_id AS number, v.day AS day, v.reporter AS reporter, v.policy_domain AS policy_domain,
          v.report_id AS report_id, v.row_count AS row_count, v.messages AS messages, v.contested AS contested,
          v.begin AS begin, v.end AS end, v.sending_organisation AS sending_organisation, v.mail_from AS mail_from,
          v.origin AS origin
        FROM (SELECT report.id AS id FROM \(ReportSelection.tables) WHERE \(selection.condition)
          ORDER BY report.day DESC, report.id DESC \(selection.filter.limitClause)) AS selected
        JOIN v_report AS v ON v.report_row_id = selected.id
        ORDER BY v.day DESC, v.report_row_id DESC
        """
      return try request.storedRows(db)
    }
  }

  /// The sums of a selection.
  /// - Throws: ``StoreError``.
  package func sums(of selection: ReportSelection) throws(StoreError) -> ReportSums {
    try read { db in
      var sums = ReportSums()
      for row in try Self.selected(selection, db) { sums.add(rows: row["row_count"], messages: row["messages"]) }
      return sums
    }
  }

  private static func selected(_ selection: ReportSelection, _ db: Database) throws -> [Row] {
    let request: SQLRequest<Row> = """
      SELECT report.id AS id, report.row_count AS row_count, report.messages AS messages
      FROM \(ReportSelection.tables) WHERE \(selection.condition) ORDER BY report.id
      """
    return try request.fetchAll(db)
  }

  /// Sets the reports of a selection aside.
  /// - Returns: their sums.
  /// - Throws: ``StoreError``.
  package func removeReports(_ selection: ReportSelection, by decider: Decider) throws(StoreError) -> ReportSums {
    try write { db in
      let aside = try SetAsideReports(db: db, decider: decider, rollUps: RollUpWriter(db))
      var sums = ReportSums()
      for row in try Self.selected(selection, db) {
        sums.add(rows: row["row_count"], messages: row["messages"])
        try aside.note("remove", aside: aside.setAside(row["id"], .removed))
      }
      if sums.reports > 0 { try aside.finish() }
      return sums
    }
  }

  /// Puts removed reports back: those with these numbers, or all.
  /// - Returns: the sums of the restored ones, and the numbers that cannot be restored.
  /// - Throws: ``StoreError``.
  package func restoreReports(
    _ numbers: [Int64]?, by decider: Decider
  ) throws(StoreError) -> (sums: ReportSums, failed: [Int64]) {
    try write { db in
      let aside = try SetAsideReports(db: db, decider: decider, rollUps: RollUpWriter(db))
      var (sums, failed) = (ReportSums(), numbers ?? [])
      let condition: SQL = numbers.map { "report_row_id IN \(SQL.list($0))" } ?? "1"
      let request: SQLRequest<Row> = """
        SELECT id, report_row_id, row_count, messages FROM set_aside WHERE kind = 'removed' AND \(condition) ORDER BY id
        """
      for row in try request.fetchAll(db) {
        let (id, number): (Int64, Int64?) = (row["id"], row["report_row_id"])
        let isKept = try Bool.fetchOne(
          db, sql: "SELECT content IS NOT NULL FROM set_aside WHERE id = ?", arguments: [id])
        guard isKept == true else { continue }
        try aside.note("restore", aside: id)
        guard try aside.restore(id) != nil else { continue }
        sums.add(rows: row["row_count"], messages: row["messages"])
        failed.removeAll { $0 == number }
      }
      if sums.reports > 0 { try aside.finish() }
      return (sums, failed)
    }
  }

  /// The reports that were removed or are ignored, latest decision first.
  /// - Throws: ``StoreError``.
  package func setAsideReports(_ kind: SetAsideKind, limit: Int?) throws(StoreError) -> [StoredRow] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT report_row_id AS number, date(day * 86400, 'unixepoch') AS day, reporter, policy_domain, report_id, row_count,
          messages, set_aside_at, set_aside_by, reason, content IS NOT NULL AS is_kept, begin, end,
          organisation AS sending_organisation, sender AS mail_from, origin, lower(hex(sha256)) AS sha256
        FROM set_aside WHERE kind = \(kind.rawValue) ORDER BY set_aside_at DESC, id DESC LIMIT \(limit ?? -1)
        """
      return try request.storedRows(db)
    }
  }

  /// What was decided about reports, latest first.
  /// - Throws: ``StoreError``.
  package func decisions(limit: Int?) throws(StoreError) -> [StoredRow] {
    try read { db in
      let request: SQLRequest<Row> = """
        SELECT decided_at, decided_by, action, reporter, policy_domain, report_id, row_count, messages, reason, begin, end,
          lower(hex(sha256)) AS sha256, lower(hex(other_sha256)) AS other_sha256
        FROM decision ORDER BY id DESC LIMIT \(limit ?? -1)
        """
      return try request.storedRows(db)
    }
  }
}

extension ReportDatabase {
  /// The first of these row ids that no report has; nil if all exist.
  /// - Throws: ``StoreError``.
  package func missing(_ numbers: [Int64]) throws(StoreError) -> Int64? {
    try read { db in
      try numbers.first { number in
        try Bool.fetchOne(db, sql: "SELECT NOT EXISTS (SELECT * FROM report WHERE id = ?)", arguments: [number]) ?? true
      }
    }
  }
}
