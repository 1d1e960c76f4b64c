import GRDB
import GRDBSQLite

/// A prepared statement without GRDB's argument arrays, for the statements that run for every record or every report.
final class RawStatement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer

  init(_ db: Database, _ sql: String) throws {
    guard let connection = db.sqliteConnection else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle else { throw Self.error(connection, code) }
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }

  func bind(_ value: Int64?, at index: Int32) {
    if let value { bind(value, at: index) } else { sqlite3_bind_null(handle, index) }
  }

  func bind(_ text: String, at index: Int32) {
    // -1 is SQLITE_TRANSIENT: SQLite takes a copy.
    sqlite3_bind_text(handle, index, text, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
  }

  func bind(_ text: String?, at index: Int32) {
    if let text { bind(text, at: index) } else { sqlite3_bind_null(handle, index) }
  }

  func bind(_ blob: [UInt8], at index: Int32) {
    sqlite3_bind_blob(handle, index, blob, Int32(blob.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
  }

  func bind(_ blob: [UInt8]?, at index: Int32) {
    if let blob { bind(blob, at: index) } else { sqlite3_bind_null(handle, index) }
  }

  /// Runs a statement that gives no row.
  func run() throws {
    let code = sqlite3_step(handle)
    sqlite3_reset(handle)
    guard code == SQLITE_DONE else { throw Self.error(connection, code) }
  }

  /// Runs an insertion; the id of the new row.
  func insert() throws -> Int64 {
    try run()
    return sqlite3_last_insert_rowid(connection)
  }

  /// The integer of the first row; nil where there is no row, or null in it.
  func firstInteger() throws -> Int64? {
    let code = sqlite3_step(handle)
    defer { sqlite3_reset(handle) }
    if code == SQLITE_DONE { return nil }
    guard code == SQLITE_ROW else { throw Self.error(connection, code) }
    if sqlite3_column_type(handle, 0) == SQLITE_NULL { return nil }
    return sqlite3_column_int64(handle, 0)
  }

  /// What `body` makes of the first row; nil where there is no row.
  func first<Value>(_ body: (RawStatement) throws -> Value) throws -> Value? {
    let code = sqlite3_step(handle)
    defer { sqlite3_reset(handle) }
    if code == SQLITE_DONE { return nil }
    guard code == SQLITE_ROW else { throw Self.error(connection, code) }
    return try body(self)
  }

  /// A text of the row at hand.
  func text(at column: Int32) -> String? {
    guard let start = sqlite3_column_text(handle, column) else { return nil }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  private static func error(_ connection: OpaquePointer, _ code: Int32) -> DatabaseError {
    DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
  }
}
