import DMARC
import GRDB

/// Stores what domains publish: a row for each change, and none if a lookup shows the same state again.
///
/// A doubtful state counts only when a second lookup, at least an hour later, shows it too. Until then its row is
/// unconfirmed; if the earlier state returns, the row is deleted, and no change remains.
struct RecordSnapshotWriter {
  let db: Database
  /// Epoch seconds.
  let now: Int64

  /// The minimum time in seconds after which a second lookup confirms the first: longer than a brief fault of a name
  /// server.
  static let confirmation: Int64 = 3_600
  /// The maximum number of states kept for a place; the oldest are deleted.
  static let mostStates = 100
  /// The maximum number of places of a kind kept for a domain; those that were seen longest ago are deleted.
  static let mostPlaces = 100
  /// The maximum length of a state or text, in bytes.
  static let mostBytes = 4_096

  private struct Known {
    var id: Int64
    var state: String?
    var firstSeen: Int64
    var isConfirmed: Bool
  }

  /// - Returns: whether the state is not confirmed yet.
  func keep(_ record: ObservedRecord) throws -> Bool {
    let (state, text) = (record.state.map(Self.bounded), record.text.map(Self.bounded))
    let known = try lastStates(record.place)
    guard let last = known.first else {
      if state != nil || record.isExpected { try insert(record.place, state, text, since: now, confirmedAt: now) }
      return false
    }
    guard record.isFresh else { return !last.isConfirmed && last.state == state }
    if last.state == state {
      guard !last.isConfirmed, now.subtractingClamped(last.firstSeen) >= Self.confirmation else {
        try see(last)
        return !last.isConfirmed
      }
      // Readers find new states by their row ids, so a confirmed state gets a new one.
      try delete(last)
      try insert(record.place, state, text, since: last.firstSeen, confirmedAt: now)
      return false
    }
    if !last.isConfirmed {
      try delete(last)
      if let settled = known.dropFirst().first, settled.state == state {
        try see(settled)
        return false
      }
    }
    try insert(record.place, state, text, since: now, confirmedAt: record.isDoubtful ? nil : now)
    return record.isDoubtful
  }

  /// Untrusted text, limited in length and without NUL characters, at which SQLite would cut it off.
  static func bounded(_ text: String) -> String {
    let text = text.utf8.contains(0) ? text.replacing("\0", with: "\u{fffd}") : text
    return BoundedText.head(text, limit: mostBytes)
  }

  private func lastStates(_ place: ObservedRecord.Place) throws -> [Known] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, state, first_seen, confirmed_at IS NOT NULL FROM record_snapshot WHERE domain = ? AND kind = ? AND owner = ?
        ORDER BY first_seen DESC, id DESC LIMIT 2
        """)
    return try Row.fetchAll(statement, arguments: [place.domain, place.kind, place.owner]).map {
      Known(id: $0[0], state: $0[1], firstSeen: $0[2], isConfirmed: $0[3])
    }
  }

  private func see(_ known: Known) throws {
    try db.cachedStatement(sql: "UPDATE record_snapshot SET last_seen = ? WHERE id = ?")
      .execute(arguments: [now, known.id])
  }

  private func delete(_ known: Known) throws {
    try db.execute(sql: "DELETE FROM record_snapshot WHERE id = ?", arguments: [known.id])
  }

  private func insert(
    _ place: ObservedRecord.Place, _ state: String?, _ text: String?, since: Int64, confirmedAt: Int64?
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO record_snapshot (domain, kind, owner, first_seen, last_seen, state, text, confirmed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, arguments: [place.domain, place.kind, place.owner, since, now, state, text, confirmedAt])
    try db.execute(
      sql: """
        DELETE FROM record_snapshot WHERE id IN (
          SELECT id FROM record_snapshot WHERE domain = ? AND kind = ? AND owner = ?
          ORDER BY first_seen DESC, id DESC LIMIT -1 OFFSET ?)
        """, arguments: [place.domain, place.kind, place.owner, Self.mostStates])
    try db.execute(
      sql: """
        DELETE FROM record_snapshot WHERE domain = ?1 AND kind = ?2 AND owner IN (
          SELECT owner FROM record_snapshot WHERE domain = ?1 AND kind = ?2 GROUP BY owner
          ORDER BY max(last_seen) DESC, owner LIMIT -1 OFFSET ?3)
        """, arguments: [place.domain, place.kind, Self.mostPlaces])
  }
}
