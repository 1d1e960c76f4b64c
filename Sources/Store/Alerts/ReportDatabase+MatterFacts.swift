import DMARC
import GRDB

/// What rules about the present state look at.
package struct IntakeFacts: Sendable, Hashable {
  /// The newest report by its row id, and when it arrived, in epoch seconds; nil if there is none.
  package var newestReport: Int64?
  package var newestArrival: Int64?
  /// Problems that last, with the second since when.
  package var notices: [NoticeNews.Known]
  /// Inputs that were rejected lately, and the most frequent code.
  package var rejected: Int64
  package var rejectedCode: String?
  /// The first of them, in epoch seconds.
  package var rejectedSince: Int64?
  /// Conflicts without a decision, and when the first was seen, in epoch seconds.
  package var conflicts: Int64
  package var conflictsSince: Int64?
  /// Free space on the disk with the database, in MiB; nil if that is not known.
  package var freeMebibytes: Int64?
}

extension ReportDatabase {
  /// The state of the intake.
  /// - Parameter since: from when on inputs were rejected lately, in epoch seconds.
  /// - Throws: ``StoreError``.
  package func intakeFacts(rejectedSince since: Int64) throws(StoreError) -> IntakeFacts {
    try read { db in
      let newest = try Row.fetchOne(db, sql: "SELECT id, ingested_at FROM report ORDER BY id DESC LIMIT 1")
      let notices = try Row.fetchAll(
        db, sql: "SELECT scope, key, code, text, first_seen FROM notice ORDER BY scope, key"
      ).map {
        NoticeNews.Known(
          notice: Notice(scope: $0["scope"], key: $0["key"], code: $0["code"], text: $0["text"]),
          since: $0["first_seen"])
      }
      let rejected = try Row.fetchAll(
        db,
        sql: """
          SELECT code, count(*) AS inputs, min(tried_at) AS first FROM input_item JOIN input ON input.id = input_id
          WHERE outcome = 'rejected' AND tried_at >= ? GROUP BY code ORDER BY inputs DESC, code
          """, arguments: [since])
      let conflicts = try Row.fetchOne(
        db, sql: "SELECT count(*) AS conflicts, min(seen_at) AS first FROM conflict WHERE decision IS NULL")
      return IntakeFacts(
        newestReport: newest?["id"], newestArrival: newest?["ingested_at"], notices: notices,
        rejected: rejected.reduce(0) { $0.addingClamped($1["inputs"]) }, rejectedCode: rejected.first?["code"],
        rejectedSince: rejected.compactMap { $0["first"] as Int64? }.min(), conflicts: conflicts?["conflicts"] ?? 0,
        conflictsSince: conflicts?["first"], freeMebibytes: FreeSpace.bytes(at: path).map { $0 >> 20 })
    }
  }

  /// The policy domains of reports after one.
  /// - Parameter report: its row id.
  /// - Throws: ``StoreError``.
  package func domains(ofReportsAfter report: Int64) throws(StoreError) -> [Int64: String] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT domain.id, domain.name FROM domain
          WHERE id IN (SELECT policy_domain_id FROM report NOT INDEXED WHERE id > ?)
          """, arguments: [report])
      return Dictionary(rows.map { ($0[0], $0[1]) }) { first, _ in first }
    }
  }

  /// The day on which a run first looked at each policy domain, by its row id.
  /// - Throws: ``StoreError``.
  package func alertedDomains() throws(StoreError) -> [Int64: Int64] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT domain_id, first_day FROM alerted_domain")
      return Dictionary(rows.map { ($0[0], $0[1]) }) { first, _ in first }
    }
  }
}
