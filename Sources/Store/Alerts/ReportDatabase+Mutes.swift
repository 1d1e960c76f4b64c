import DMARC
import GRDB

extension ReportDatabase {
  /// The mutes, the oldest first.
  /// - Throws: ``StoreError``.
  package func mutes() throws(StoreError) -> [StoredMute] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT id, rule, domain, sender, until, note, made_at FROM alert_mute ORDER BY id"
      ).map {
        StoredMute(
          id: $0["id"], rule: $0["rule"], domain: $0["domain"], sender: $0["sender"], until: $0["until"],
          note: $0["note"], madeAt: $0["made_at"])
      }
    }
  }

  /// Stores a mute, in place of one about the same.
  /// - Returns: its number.
  /// - Throws: ``StoreError``.
  package func mute(_ mute: StoredMute) throws(StoreError) -> Int64 {
    try write { db in
      try db.execute(
        sql: "DELETE FROM alert_mute WHERE rule IS ? AND domain IS ? AND sender IS ?",
        arguments: [mute.rule, mute.domain, mute.sender])
      try db.execute(
        sql: "INSERT INTO alert_mute (rule, domain, sender, until, note, made_at) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [mute.rule, mute.domain, mute.sender, mute.until, mute.note, mute.madeAt])
      return db.lastInsertedRowID
    }
  }

  /// Removes a mute.
  /// - Returns: whether there was one with this number.
  /// - Throws: ``StoreError``.
  package func unmute(_ id: Int64) throws(StoreError) -> Bool {
    try write { db in
      try db.execute(sql: "DELETE FROM alert_mute WHERE id = ?", arguments: [id])
      return db.changesCount > 0
    }
  }
}
