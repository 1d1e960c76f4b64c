import DMARC
import GRDB

/// A problem that persists from run to run, such as a server that cannot be reached: to be reported at its first occurrence,
/// once a day while it lasts, and when it ends.
public struct Notice: Sendable, Hashable {
  /// What was looked at as a whole: a source or an account. A run that does not look at it says nothing about its problems.
  public var scope: String
  /// What within the scope has the problem; empty if it is the whole scope.
  public var key: String
  /// The kind of problem. A problem of another kind at the same place is reported at once.
  public var code: String
  /// What it says to a person.
  public var text: String

  /// A notice.
  public init(scope: String, key: String, code: String, text: String) {
    self.scope = scope
    self.key = key
    self.code = code
    self.text = text
  }
}

/// What a run has to say about persisting problems.
public struct NoticeNews: Sendable, Hashable {
  /// A notice that has been given before.
  public struct Known: Sendable, Hashable {
    /// The notice.
    public var notice: Notice
    /// When the problem was first seen, epoch seconds.
    public var since: Int64
  }

  /// Problems to report now for the first time.
  public var new: [Notice] = []
  /// Problems that last, and are to be reported again because that was last done a day ago.
  public var lasting: [Known] = []
  /// Problems that last and were reported less than a day ago.
  public var recent: [Known] = []
  /// Problems that have ended.
  public var ended: [Known] = []
}

extension ReportDatabase {
  /// Seconds after which a lasting problem is reported again: a day, less what the starts of a daily job may vary.
  static let noticeInterval: Int64 = 86_400 - 1_800

  /// Takes in the problems that a run has met, and tells which of them to report.
  ///
  /// - Parameters:
  ///   - current: the problems of this run.
  ///   - scopes: what was looked at: problems known from there that are not in `current` have ended. Where a scope as a whole has a
  ///     problem, nothing can be said of what is in it, so that nothing there ends.
  ///   - now: epoch seconds.
  /// - Throws: ``StoreError``.
  public func updateNotices(
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

/// What the problems of a run change in the stored ones.
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
      // A clock that was set back must not silence anything for long.
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
