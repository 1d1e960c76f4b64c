import DMARC
import GRDB
import GRDBSQLite

/// A prepared statement without GRDB's argument arrays, for the statements that run for every record or every report.
///
/// Parameters keep their values from one run to the next. If a value cannot be bound, the next run throws instead of using the value
/// of the run before.
final class RawStatement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer
  /// The error of the first value since the last run that could not be bound.
  private var bindError: DatabaseError?

  init(_ db: Database, _ sql: String) throws {
    guard let connection = db.sqliteConnection else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle else { throw Self.error(connection, code) }
    self.handle = handle
    self.connection = connection
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Parameters

  func bind(_ value: Int64, at index: Int32) { check(sqlite3_bind_int64(handle, index, value)) }

  func bind(_ value: Int64?, at index: Int32) {
    if let value { bind(value, at: index) } else { bindNull(at: index) }
  }

  /// Binds a text with its length, so that a NUL within it does not end it.
  func bind(_ text: String, at index: Int32) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        // Without a pointer SQLite would bind null.
        guard let start = characters.baseAddress else {
          check(sqlite3_bind_text(handle, index, "", 0, Self.transient))
          return
        }
        let count = UInt64(characters.count)
        check(sqlite3_bind_text64(handle, index, start, count, Self.transient, UInt8(SQLITE_UTF8)))
      }
    }
  }

  func bind(_ text: String?, at index: Int32) {
    if let text { bind(text, at: index) } else { bindNull(at: index) }
  }

  func bind(_ blob: [UInt8], at index: Int32) {
    blob.withUnsafeBytes { bytes in
      // Without a pointer SQLite would bind null.
      guard let start = bytes.baseAddress else {
        check(sqlite3_bind_zeroblob(handle, index, 0))
        return
      }
      check(sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), Self.transient))
    }
  }

  func bind(_ blob: [UInt8]?, at index: Int32) {
    if let blob { bind(blob, at: index) } else { bindNull(at: index) }
  }

  func bind(_ hash: CanonicalHash, at index: Int32) { bind(hash.bytes, at: index) }

  private func bindNull(at index: Int32) { check(sqlite3_bind_null(handle, index)) }

  /// SQLITE_TRANSIENT: SQLite takes a copy.
  private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

  /// Stores the error of a binding for the next run: the callers bind many values in a row, and this costs one comparison each.
  private func check(_ code: Int32) {
    if code != SQLITE_OK, bindError == nil { bindError = Self.error(connection, code) }
  }

  // MARK: Running

  /// Executes up to the first row and returns whether there is one. The caller resets the statement.
  private func step() throws -> Bool {
    if let error = bindError {
      bindError = nil
      throw error
    }
    let code = sqlite3_step(handle)
    if code == SQLITE_DONE { return false }
    guard code == SQLITE_ROW else { throw Self.error(connection, code) }
    return true
  }

  /// Runs a statement that returns no rows.
  func run() throws {
    defer { sqlite3_reset(handle) }
    guard try !step() else { throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "unexpected row") }
  }

  /// Runs an insertion.
  /// - Returns: the id of the new row.
  func insert() throws -> Int64 {
    try run()
    return sqlite3_last_insert_rowid(connection)
  }

  /// Runs an insertion that does nothing if the row is there already.
  /// - Returns: the id of the new row; nil if there is none.
  func insertIfNew() throws -> Int64? {
    try run()
    return sqlite3_changes(connection) > 0 ? sqlite3_last_insert_rowid(connection) : nil
  }

  /// The integer in the first column of the first row; nil if there is no row, or null in it.
  func firstInteger() throws -> Int64? {
    defer { sqlite3_reset(handle) }
    guard try step(), sqlite3_column_type(handle, 0) != SQLITE_NULL else { return nil }
    return sqlite3_column_int64(handle, 0)
  }

  /// The result of `body` for the first row; nil if there is no row.
  func first<Value>(_ body: (RawStatement) throws -> Value) throws -> Value? {
    defer { sqlite3_reset(handle) }
    return try step() ? try body(self) : nil
  }

  /// Calls `body` for each row.
  func eachRow(_ body: (RawStatement) throws -> Void) throws {
    defer { sqlite3_reset(handle) }
    while try step() { try body(self) }
  }

  /// Calls `body` for each row until it returns false.
  func forEachWhile(_ body: (RawStatement) throws -> Bool) throws {
    defer { sqlite3_reset(handle) }
    while try step() {
      guard try body(self) else { return }
    }
  }

  /// An integer of the current row; 0 if it is null.
  func integer(at column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  /// Whether a column of the current row is null.
  func isNull(at column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  /// The bytes of a BLOB of the current row, which are valid until the next step; empty if it is null.
  func withBytes<Value>(at column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
    let start = sqlite3_column_blob(handle, column)
    return try body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  /// An address of the current row; nil if there is none.
  func address(at column: Int32) -> IPAddress? {
    withBytes(at: column) { bytes in
      switch bytes.count {
      case 4: IPAddress(v4: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
      case 16:
        IPAddress(
          v6: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
          UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
      default: nil
      }
    }
  }

  /// A text of the current row; nil if it is null.
  func text(at column: Int32) -> String? {
    guard let start = sqlite3_column_text(handle, column) else { return nil }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  private static func error(_ connection: OpaquePointer, _ code: Int32) -> DatabaseError {
    DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
  }
}
