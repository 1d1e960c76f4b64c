import DMARC
import GRDB

/// A stored report with the identity of an incoming one.
struct StoredCopy {
  var rowID: Int64
  var isTruncated: Bool
  var rows: Int
  var messages: Int64
  /// See ``IncomingReport/hasUnknownLoss``.
  var hasUnknownLoss: Bool
  /// Its rows, if they have been read.
  var digest: RowDigest?
  /// Its items in the ledger: input and ordinal.
  var items: [(input: Int64, ordinal: Int64)] = []

  /// Whether a report with other bytes is certainly not a copy, even without comparing rows: unknown content was lost, or
  /// the sums of two complete reports differ.
  func surelyDiffers(from report: IncomingReport) -> Bool {
    if hasUnknownLoss || report.hasUnknownLoss { return true }
    return !isTruncated && !report.isTruncated && (rows != report.rows || messages != report.messages)
  }
}

extension ReportWarning.Code {
  /// Whether content was lost, or may have been, other than the end of a truncated report.
  var hidesContent: Bool { self == .furtherWarnings || losesContent && self != .truncated }
}

/// How an incoming report relates to the stored ones.
enum DuplicateCheck {
  case new
  /// It is stored already, or in conflict with a stored one.
  case known(StoringOutcome)
  /// It replaces one that was truncated.
  case better(than: StoredCopy)
}

extension ReportWriter {
  /// Compares an incoming report in memory with the stored ones, and records a conflict.
  func standing(of report: IncomingReport, _ batch: RecordBatch) throws -> DuplicateCheck {
    if let id = try findBytes(of: report) { return .known(.duplicate(id)) }
    func digest() -> RowDigest? {
      var incoming = IncomingRows(report.head.policy, domain: report.identity.policyDomain)
      incoming.add(batch)
      return incoming.digest
    }
    guard let id = try find(report.identity) else {
      return try findWithoutID(report, digest).map { .known(.duplicate($0)) } ?? .new
    }
    let standing = try standing(of: report, try storedCopy(id), digest)
    if case .known(let outcome) = standing { return .known(try settle(outcome, report, batch)) }
    return standing
  }

  /// A stored report with the same rows whose reporter gave no ID either, if one of the two is identified by its content. Older versions
  /// took the ID from names, and a message may name one in its subject, so that a copy with other bytes may have another identity.
  private func findWithoutID(_ report: IncomingReport, _ digest: () -> RowDigest?) throws -> Int64? {
    let identity = report.identity
    let isMissing = (report.head.metadata.reportID ?? "").allSatisfy { $0.isWhitespace || $0 == "<" || $0 == ">" }
    guard isMissing, !report.isTruncated, !report.hasUnknownLoss else { return nil }
    let candidates = try Int64.fetchAll(
      db,
      sql: """
        SELECT id FROM report WHERE policy_domain_id = ? AND day = ? AND reporter_id = ? AND begin = ? AND end = ?
          AND coalesce(trim(report_id, '<> '), '') = '' AND NOT truncated AND row_count = ? AND messages = ?
          AND (? OR substr(report_key, 1, 7) = 'sha256-')
        """,
      arguments: [
        try interning.domain(identity.policyDomain.name), identity.day, try interning.reporter(identity.reporter),
        identity.begin, identity.end, report.rows, report.messages, identity.reportID.hasPrefix("sha256-"),
      ])
    guard !candidates.isEmpty, let digest = digest() else { return nil }
    return try candidates.first { id in
      let copy = try storedCopy(id)
      return try !copy.surelyDiffers(from: report) && storedRows(of: id).equals(digest)
    }
  }

  /// Compares a report with the one that has its identity.
  ///
  /// Copies are equal if they have the same rows, in any order. A truncated report is replaced by one that has all its rows and is
  /// complete or longer, and it is a duplicate of one that has all its rows. Anything else is a conflict, even if the sums agree. So is a
  /// report that has lost content, because it is unknown what that was.
  func standing(
    of report: IncomingReport, _ copy: StoredCopy?, _ incoming: () -> RowDigest?
  ) throws -> DuplicateCheck {
    if let id = try findBytes(of: report) { return .known(.duplicate(id)) }
    guard let copy else { return .new }
    guard !copy.surelyDiffers(from: report), let incoming = incoming() else { return .known(.conflict(copy.rowID)) }
    let stored = try copy.digest ?? storedRows(of: copy.rowID)
    let isEqual = stored.equals(incoming)
    if isEqual, copy.isTruncated == report.isTruncated || report.isTruncated { return .known(.duplicate(copy.rowID)) }
    if copy.isTruncated, !report.isTruncated || report.rows > copy.rows, isEqual || stored.isPart(of: incoming) {
      return .better(than: copy)
    }
    if report.isTruncated, incoming.isPart(of: stored) { return .known(.duplicate(copy.rowID)) }
    return .known(.conflict(copy.rowID))
  }

  /// Records a conflict, unless it is decided already.
  /// - Parameter batch: all rows; nil for a long report, whose content is not kept.
  func settle(_ outcome: StoringOutcome, _ report: IncomingReport, _ batch: RecordBatch?) throws -> StoringOutcome {
    guard case .conflict(let id) = outcome else { return outcome }
    if try isDecided(id, report.sha256) { return .duplicate(id) }
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO conflict (report_id, sha256, origin, seen_at, row_count, messages) VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [id, DatabaseBytes(report.sha256), report.origin, now, report.rows, report.messages])
    if let batch { try keepContent(report, batch, conflictWith: id) }
    return outcome
  }

  func storedCopy(_ id: Int64, withRowsIfTruncated: Bool = false) throws -> StoredCopy {
    let row = try Row.fetchOne(
      db, sql: "SELECT truncated, lossy, row_count, messages, dropped_rows FROM report WHERE id = ?", arguments: [id])
    guard let row else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    let items = try Row.fetchAll(
      db, sql: "SELECT input_id, ordinal FROM input_item WHERE report_id = ?", arguments: [id])
    var copy = StoredCopy(
      rowID: id, isTruncated: row["truncated"], rows: row["row_count"], messages: row["messages"],
      hasUnknownLoss: try hasUnknownLoss(id, row), items: items.map { ($0["input_id"], $0["ordinal"]) })
    if withRowsIfTruncated, copy.isTruncated { copy.digest = try storedRows(of: id) }
    return copy
  }

  private func hasUnknownLoss(_ id: Int64, _ report: Row) throws -> Bool {
    guard report["lossy"] else { return false }
    if !report["truncated"] || report["dropped_rows"] > 0 { return true }
    let codes = try String.fetchCursor(db, sql: "SELECT code FROM warning WHERE report_id = ?", arguments: [id])
    while let code = try codes.next() {
      if ReportWarning.Code(rawValue: code)?.hidesContent ?? false { return true }
    }
    return false
  }

  func remove(_ copy: StoredCopy) throws {
    try db.execute(sql: "DELETE FROM conflict WHERE report_id = ?", arguments: [copy.rowID])
    try ReportDeletion.delete([copy.rowID], db, rollUps)
  }

  /// The ledger items of a replaced report become duplicates of the report that replaced it.
  func point(_ copy: StoredCopy, to rowID: Int64) throws {
    for item in copy.items {
      try db.execute(
        sql: "UPDATE input_item SET report_id = ?, outcome = 'duplicate' WHERE input_id = ? AND ordinal = ?",
        arguments: [rowID, item.input, item.ordinal])
    }
  }
}
