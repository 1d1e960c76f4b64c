import GRDB

/// The outbox: what is to be delivered, so that it survives the end of the program.
///
/// An entry is delivered by the process that holds its lease. Another process may take a lease that is over, because its holder has ended;
/// the content is the same at each attempt, so that the receiver can tell a repetition.
extension ReportDatabase {
  /// The most entries that wait. More would not be read by anybody.
  package static let mostWaiting = 10_000

  /// Queues deliveries. Those whose key is known are left out, and so are those beyond ``mostWaiting``.
  /// - Parameter now: epoch seconds.
  /// - Returns: how many are new.
  /// - Throws: ``StoreError``.
  package func enqueue(_ deliveries: [NewDelivery], now: Int64) throws(StoreError) -> Int {
    guard !deliveries.isEmpty else { return 0 }
    return try write { try Self.enqueue(deliveries, now: now, $0) }
  }

  /// The same in a transaction of the caller, so that its own state and the deliveries are stored together or not at all.
  static func enqueue(_ deliveries: [NewDelivery], now: Int64, _ db: Database) throws -> Int {
    var waiting = try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox WHERE state = 'waiting'") ?? 0
    var added = 0
    for delivery in deliveries where waiting < mostWaiting {
      try db.execute(
        sql: """
          INSERT INTO outbox (key, recipient, kind, title, channel, address, header, body, state, created_at, next_attempt_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT (key) DO NOTHING
          """,
        arguments: [
          delivery.key, delivery.recipient, delivery.kind.rawValue, delivery.title, delivery.content.channel,
          delivery.content.address, delivery.content.header.joined(separator: "\n"),
          DatabaseBytes(delivery.content.body), now,
          now,
        ])
      waiting += db.changesCount
      added += db.changesCount
    }
    return added
  }

  /// The waiting entries, those first that wait longest.
  /// - Parameter due: only those whose time has come, at this time in epoch seconds; nil for all.
  /// - Throws: ``StoreError``.
  package func waitingDeliveries(due: Int64?) throws(StoreError) -> [QueuedDelivery] {
    try read { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT \(Self.outboxColumns) FROM outbox WHERE state = 'waiting' AND (? IS NULL OR next_attempt_at <= ?) ORDER BY id",
        arguments: [due, due]
      ).map(Self.queued)
    }
  }

  /// The newest entries in some states, the newest first.
  /// - Throws: ``StoreError``.
  package func deliveries(_ states: Set<QueuedDelivery.State>, limit: Int?) throws(StoreError) -> [QueuedDelivery] {
    try read { db in
      let words = states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
      return try Row.fetchAll(
        db, sql: "SELECT \(Self.outboxColumns) FROM outbox WHERE state IN (\(words)) ORDER BY id DESC LIMIT ?",
        arguments: [limit ?? -1]
      ).map(Self.queued)
    }
  }

  /// Takes the lease of an entry.
  ///
  /// - Parameters:
  ///   - holder: unique for each attempt.
  ///   - seconds: after which another process may take the lease.
  ///   - isForced: also if its time has not come, or it has failed.
  /// - Returns: nil if it is not to be delivered now: another process does so, or has done so.
  /// - Throws: ``StoreError``.
  package func claimDelivery(
    _ id: Int64, holder: String, seconds: Int64, now: Int64, isForced: Bool = false
  ) throws(StoreError) -> ClaimedDelivery? {
    try write { db in
      try db.execute(
        sql: """
          UPDATE outbox SET lease = ?, leased_until = ? + ?, attempts = attempts + 1, state = 'waiting', finished_at = NULL,
            next_attempt_at = coalesce(next_attempt_at, ?)
          WHERE id = ? AND body IS NOT NULL AND (lease IS NULL OR leased_until <= ? OR leased_until > ? + 86400)
            AND (state = 'waiting' AND (next_attempt_at <= ? OR ?) OR state = 'failed' AND ?)
          """, arguments: [holder, now, seconds, now, id, now, now, now, isForced, isForced])
      guard db.changesCount == 1,
        let row = try Row.fetchOne(
          db, sql: "SELECT \(Self.outboxColumns), address, header, body FROM outbox WHERE id = ?", arguments: [id])
      else { return nil }
      let header: String = row["header"]
      return ClaimedDelivery(
        entry: try Self.queued(row),
        content: DeliveryContent(
          channel: row["channel"], address: row["address"], header: header.split(separator: "\n").map(String.init),
          body: (row["body"] as DatabaseBytes).bytes))
    }
  }

  /// Records how an attempt ended. The content of what was delivered is not kept.
  /// - Returns: whether the lease was still held; if not, another process decides.
  /// - Throws: ``StoreError``.
  @discardableResult
  package func finishDelivery(
    _ id: Int64, holder: String, _ outcome: DeliveryOutcome, now: Int64
  ) throws(StoreError) -> Bool {
    let (change, arguments): (String, StatementArguments) =
      switch outcome {
      case .sent: ("state = 'sent', finished_at = ?, next_attempt_at = NULL, body = NULL, cause = NULL", [now])
      case .again(let time, let cause): ("next_attempt_at = ?, cause = ?", [time, cause])
      case .failed(let cause): ("state = 'failed', finished_at = ?, next_attempt_at = NULL, cause = ?", [now, cause])
      }
    return try write { db in
      try db.execute(
        sql: "UPDATE outbox SET lease = NULL, leased_until = NULL, \(change) WHERE id = ? AND lease = ?",
        arguments: arguments + [id, holder])
      return db.changesCount == 1
    }
  }

  /// Takes entries out of the outbox that wait or have failed.
  /// - Parameter ids: which ones; nil for all that wait or have failed.
  /// - Returns: the ids of those that were dropped.
  /// - Throws: ``StoreError``.
  package func dropDeliveries(_ ids: [Int64]?, now: Int64) throws(StoreError) -> [Int64] {
    try write { db in
      let all = try Int64.fetchAll(db, sql: "SELECT id FROM outbox WHERE state IN ('waiting', 'failed') ORDER BY id")
      let chosen = ids.map { ids in all.filter(Set(ids).contains) } ?? all
      for id in chosen {
        try db.execute(
          sql: """
            UPDATE outbox SET state = 'dropped', finished_at = ?, next_attempt_at = NULL, body = NULL, lease = NULL, leased_until = NULL
            WHERE id = ?
            """, arguments: [now, id])
      }
      return chosen
    }
  }

  /// The state of the entry with a key; nil if there is none.
  /// - Throws: ``StoreError``.
  package func deliveryState(_ key: String) throws(StoreError) -> QueuedDelivery.State? {
    try read { db in
      try String.fetchOne(db, sql: "SELECT state FROM outbox WHERE key = ?", arguments: [key])
        .map { QueuedDelivery.State(rawValue: $0) ?? .failed }
    }
  }

  /// Whether so many entries wait that no more are queued.
  /// - Throws: ``StoreError``.
  package func isOutboxFull() throws(StoreError) -> Bool {
    try read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM outbox WHERE state = 'waiting'") ?? 0 >= Self.mostWaiting
    }
  }

  /// Forgets entries that were finished before a time, epoch seconds.
  /// - Throws: ``StoreError``.
  package func forgetDeliveries(finishedBefore time: Int64) throws(StoreError) {
    let isAny = try read {
      try Bool.fetchOne(
        $0, sql: "SELECT EXISTS (SELECT 1 FROM outbox WHERE finished_at < ?)", arguments: [time]) ?? false
    }
    guard isAny else { return }
    try write { try $0.execute(sql: "DELETE FROM outbox WHERE finished_at < ?", arguments: [time]) }
  }

  private static let outboxColumns =
    "id, key, recipient, kind, title, channel, state, created_at, attempts, next_attempt_at, finished_at, cause"

  private static func queued(_ row: Row) throws -> QueuedDelivery {
    QueuedDelivery(
      id: row["id"], key: row["key"], recipient: row["recipient"], kind: row["kind"], title: row["title"],
      channel: row["channel"], state: QueuedDelivery.State(rawValue: row["state"]) ?? .failed,
      createdAt: row["created_at"], attempts: row["attempts"], nextAttemptAt: row["next_attempt_at"],
      finishedAt: row["finished_at"], cause: row["cause"])
  }
}
