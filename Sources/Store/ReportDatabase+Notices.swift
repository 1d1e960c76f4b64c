import DMARC
import GRDB

extension ReportDatabase {
  /// Seconds after which a lasting problem is reported again: a day, minus a margin for the start times of a daily job.
  static let noticeInterval: Int64 = 86_400 - 1_800

  /// Stores the problems of a run, and returns which ones to report.
  ///
  /// - Parameters:
  ///   - current: the problems of this run.
  ///   - scopes: what was checked: known problems there that are not in `current` have ended, unless the scope as a whole has a
  ///     problem, because then nothing is known about its parts.
  ///   - now: epoch seconds.
  /// - Throws: ``StoreError``.
  package func updateNotices(
    _ current: [Notice], covering scopes: Set<String>, now: Int64
  ) throws(StoreError) -> NoticeNews {
    let known = try read { try Self.notices($0) }
    let changes = NoticeChanges(known, current, scopes, now)
    guard changes.needsWriting else { return changes.news }
    try write { db in
      for (scope, key) in changes.removed {
        try db.execute(sql: "DELETE FROM notice WHERE scope = ? AND key = ?", arguments: [scope, key])
      }
      for entry in changes.written {
        try db.execute(
          sql: """
            INSERT INTO notice (scope, key, code, text, first_seen, last_told) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (scope, key) DO UPDATE
            SET code = excluded.code, text = excluded.text, first_seen = excluded.first_seen, last_told = excluded.last_told
            """,
          arguments: [
            entry.notice.scope, entry.notice.key, entry.notice.code, entry.notice.text, entry.firstSeen, entry.lastTold,
          ])
      }
    }
    return changes.news
  }

  private static func notices(_ db: Database) throws -> [StoredNotice] {
    try Row.fetchAll(db, sql: "SELECT scope, key, code, text, first_seen, last_told FROM notice ORDER BY scope, key")
      .map {
        StoredNotice(
          notice: Notice(scope: $0["scope"], key: $0["key"], code: $0["code"], text: $0["text"]),
          firstSeen: $0["first_seen"], lastTold: $0["last_told"])
      }
  }
}

/// A notice with its times, epoch seconds.
private struct StoredNotice {
  var notice: Notice
  var firstSeen: Int64
  var lastTold: Int64
}

/// The changes that the problems of a run make to the stored ones.
private struct NoticeChanges {
  private struct Place: Hashable {
    var scope, key: String
  }

  private(set) var news = NoticeNews()
  private(set) var written: [StoredNotice] = []
  private(set) var removed: [(scope: String, key: String)] = []

  var needsWriting: Bool { !written.isEmpty || !removed.isEmpty }

  init(_ known: [StoredNotice], _ current: [Notice], _ scopes: Set<String>, _ now: Int64) {
    let byPlace = Dictionary(known.map { (Self.place($0.notice), $0) }) { first, _ in first }
    var seen: Set<Place> = []
    for notice in current where seen.insert(Self.place(notice)).inserted {
      guard let old = byPlace[Self.place(notice)], old.notice.code == notice.code else {
        news.new.append(notice)
        written.append(StoredNotice(notice: notice, firstSeen: now, lastTold: now))
        continue
      }
      let entry = NoticeNews.Known(notice: notice, since: old.firstSeen)
      // A clock that was set back must not suppress notices for long.
      if old.lastTold <= now, now.subtractingClamped(old.lastTold) < ReportDatabase.noticeInterval {
        news.recent.append(entry)
      } else {
        news.lasting.append(entry)
        written.append(StoredNotice(notice: notice, firstSeen: min(old.firstSeen, now), lastTold: now))
      }
    }
    let failed = Set(current.lazy.filter(\.key.isEmpty).map(\.scope))
    for old in known where scopes.contains(old.notice.scope) && !failed.contains(old.notice.scope) {
      guard !seen.contains(Self.place(old.notice)) else { continue }
      news.ended.append(.init(notice: old.notice, since: old.firstSeen))
      removed.append((old.notice.scope, old.notice.key))
    }
  }

  private static func place(_ notice: Notice) -> Place { Place(scope: notice.scope, key: notice.key) }
}
