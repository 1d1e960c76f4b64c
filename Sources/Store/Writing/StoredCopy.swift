import DMARC
import GRDB

/// A report in the database that has the identity of one that comes in.
struct StoredCopy {
  var rowID: Int64
  var isTruncated: Bool
  var isRecovered: Bool
  var rows: Int
  var messages: Int64
  /// What the ledger says came from it: input and ordinal.
  var items: [(input: Int64, ordinal: Int64)] = []

  /// Whether the one that comes in should take its place: what was cut off gives way to what is whole, or to more of it.
  func isWorse(than report: IncomingReport) -> Bool {
    isTruncated && (!report.isTruncated || report.rows > rows)
  }

  /// Whether the one that comes in adds nothing, though its bytes differ: it was cut off, or one of the two was mended.
  func covers(_ report: IncomingReport) -> Bool {
    if report.isTruncated { return report.rows <= rows }
    return (report.isRecovered || isRecovered) && report.rows == rows && report.messages == messages
  }
}

/// How a report that comes in stands to those that are stored.
enum Standing {
  case new
  /// It is there already, or in conflict with what is there.
  case known(StoringOutcome)
  /// It takes the place of one that was cut off.
  case better(than: StoredCopy)
}

extension IngestWriter {
  /// Compares a report with what is stored; a conflict is written down.
  func standing(of report: IncomingReport) throws -> Standing {
    if let id = try find(sha256: report.sha256) { return .known(.duplicate(id)) }
    guard let id = try find(report.identity) else { return .new }
    let copy = try storedCopy(id)
    if copy.isWorse(than: report) { return .better(than: copy) }
    if copy.covers(report) { return .known(.duplicate(id)) }
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO conflict (report_id, sha256, origin, seen_at, row_count, messages) VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [id, DatabaseBytes(report.sha256), report.origin, now, report.rows, report.messages])
    return .known(.conflict(id))
  }

  func storedCopy(_ id: Int64) throws -> StoredCopy {
    let row = try Row.fetchOne(
      db, sql: "SELECT truncated, recovered, row_count, messages FROM report WHERE id = ?", arguments: [id])
    guard let row else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    let items = try Row.fetchAll(
      db, sql: "SELECT input_id, ordinal FROM input_item WHERE report_id = ?", arguments: [id])
    return StoredCopy(
      rowID: id, isTruncated: row["truncated"], isRecovered: row["recovered"], rows: row["row_count"],
      messages: row["messages"], items: items.map { ($0["input_id"], $0["ordinal"]) })
  }

  func remove(_ copy: StoredCopy) throws {
    try db.execute(sql: "DELETE FROM report WHERE id = ?", arguments: [copy.rowID])
  }

  /// What came from a copy that was removed is a copy of the report that has its place.
  func point(_ copy: StoredCopy, to rowID: Int64) throws {
    for item in copy.items {
      try db.execute(
        sql: "UPDATE input_item SET report_id = ?, outcome = 'duplicate' WHERE input_id = ? AND ordinal = ?",
        arguments: [rowID, item.input, item.ordinal])
    }
  }
}
