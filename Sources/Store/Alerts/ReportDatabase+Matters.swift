import DMARC
import GRDB

extension ReportDatabase {
  /// Matters that go on, are still to be told, or ended on a day or later.
  /// - Throws: ``StoreError``.
  package func matters(endedSince day: Int64) throws(StoreError) -> [StoredMatter] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT \(StoredMatter.columns) FROM matter
          WHERE ended IS NULL OR ended >= ? OR begun_telling = 'pending' OR ended_telling = 'pending' ORDER BY id
          """, arguments: [day]
      ).map(StoredMatter.init)
    }
  }

  /// Stored matters, the newest first.
  /// - Parameter limit: the most of them; nil for all.
  /// - Throws: ``StoreError``.
  package func allMatters(limit: Int?) throws(StoreError) -> [StoredMatter] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT \(StoredMatter.columns) FROM matter ORDER BY since DESC, id DESC LIMIT ?",
        arguments: [limit ?? -1]
      ).map(StoredMatter.init)
    }
  }

  /// A matter by its number; nil if there is none.
  /// - Throws: ``StoreError``.
  package func matter(_ id: Int64) throws(StoreError) -> StoredMatter? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT \(StoredMatter.columns) FROM matter WHERE id = ?", arguments: [id])
        .map(StoredMatter.init)
    }
  }

  /// Stores matters and the progress of a run in one transaction, which fails if another run has been faster.
  /// - Parameters:
  ///   - progress: the progress after the run, and before it.
  ///   - newDomains: row ids of policy domains that are looked at for the first time, and the day.
  /// - Returns: the row ids in the order of the matters; nil if another run was faster.
  /// - Throws: ``StoreError``.
  package func store(
    _ matters: [StoredMatter], progress: (now: MatterProgress, before: MatterProgress),
    newDomains: (ids: [Int64], day: Int64)? = nil
  ) throws(StoreError) -> [Int64]? {
    try write { db in
      guard try Self.matterProgress(db) == progress.before else { return nil }
      try Self.store(progress.now, db)
      for id in newDomains?.ids ?? [] {
        try db.execute(
          sql: "INSERT OR IGNORE INTO alerted_domain (domain_id, first_day) VALUES (?, ?)",
          arguments: [id, newDomains?.day])
      }
      return try matters.map { try Self.store($0, db) }
    }
  }

  /// Changes matters as they are stored now. A run that has read them before this change will not store its own.
  /// - Parameters:
  ///   - ids: their row ids; those that do not exist are skipped.
  ///   - change: the matter as it is to be stored; nil leaves it as it is.
  /// - Throws: ``StoreError``.
  package func changeMatters(_ ids: [Int64], _ change: (StoredMatter) -> StoredMatter?) throws(StoreError) {
    try write { db in
      try db.execute(sql: "UPDATE matter_progress SET runs = runs + 1")
      for id in ids {
        let row = try Row.fetchOne(
          db, sql: "SELECT \(StoredMatter.columns) FROM matter WHERE id = ?", arguments: [id])
        if let matter = row.map(StoredMatter.init).flatMap(change) { _ = try Self.store(matter, db) }
      }
    }
  }

  private static func store(_ matter: StoredMatter, _ db: Database) throws -> Int64 {
    let values: StatementArguments = [
      matter.rule, matter.subject, matter.severity, matter.since, matter.ended, matter.begunTelling,
      matter.endedTelling, matter.detail,
    ]
    if let id = matter.id {
      try db.execute(
        sql: """
          UPDATE matter SET rule = ?, subject = ?, severity = ?, since = ?, ended = ?, begun_telling = ?,
            ended_telling = ?, detail = ? WHERE id = ?
          """, arguments: values + [id])
      return id
    }
    try db.execute(
      sql: """
        INSERT INTO matter (rule, subject, severity, since, ended, begun_telling, ended_telling, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, arguments: values)
    return db.lastInsertedRowID
  }

  /// Forgets matters that ended before a day.
  /// - Throws: ``StoreError``.
  package func forgetMatters(endedBefore day: Int64) throws(StoreError) {
    let isAny = try read {
      try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM matter WHERE ended < ?)", arguments: [day]) ?? false
    }
    guard isAny else { return }
    try write { try $0.execute(sql: "DELETE FROM matter WHERE ended < ?", arguments: [day]) }
  }

  /// How far earlier runs have looked.
  /// - Throws: ``StoreError``.
  package func matterProgress() throws(StoreError) -> MatterProgress { try read { try Self.matterProgress($0) } }

  private static func matterProgress(_ db: Database) throws -> MatterProgress {
    let row = try Row.fetchOne(db, sql: "SELECT first_day, full_day, report_id, runs, snapshot_id FROM matter_progress")
    return MatterProgress(
      firstDay: row?["first_day"], fullDay: row?["full_day"], report: row?["report_id"] ?? 0, runs: row?["runs"] ?? 0,
      record: row?["snapshot_id"] ?? 0)
  }

  private static func store(_ progress: MatterProgress, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT OR REPLACE INTO matter_progress (id, first_day, full_day, report_id, runs, snapshot_id)
        VALUES (1, ?, ?, ?, ?, ?)
        """, arguments: [progress.firstDay, progress.fullDay, progress.report, progress.runs, progress.record])
  }
}
