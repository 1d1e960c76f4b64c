import GRDB
import GRDBSQLite
import Glibc
import Synchronization

/// An error of the database: it cannot be opened, read or written.
package struct StoreError: Error, Sendable, CustomStringConvertible {
  /// The file and the cause, with the next step unless it depends on the program that shows the error.
  package let description: String
  /// The remedy, to be worded by the program that shows the error; nil if the description contains it.
  package let remedy: Remedy?
  /// The part that the error concerns.
  package let kind: Kind

  /// The part that an error concerns.
  package enum Kind: Sendable, Hashable {
    /// The database.
    case database
    /// The request itself.
    case wrongUsage
    /// An output file other than the database.
    case output
  }

  /// What the user can do about an error.
  package enum Remedy: Sendable, Hashable, CaseIterable {
    /// Name another file as the database.
    case nameOtherFile
    /// Update the program.
    case updateProgram
    /// Store the first reports.
    case ingestFirst
    /// Store the first reports, or name a database with reports.
    case ingestOrNameFile
    /// Run as a user who may read the file.
    case runAsReader
    /// Open the database for writing once, which brings it up to date.
    case migrate
    /// Check the folder of the file, or name another file.
    case checkFolder
    /// Check the database for damage.
    case checkDatabase
    /// The name is taken by a declaration in the configuration: change that one.
    case changeConfiguration
    /// The name is declared in both the configuration and the database: remove one of them.
    case removeOneDeclaration
    /// Remove the declaration first, or use another name.
    case useOtherName
  }

  init(_ description: String, remedy: Remedy? = nil, kind: Kind = .database) {
    self.description = description
    self.remedy = remedy
    self.kind = kind
  }
}

/// The SQLite database with reports, ledger and verdicts.
package final class ReportDatabase: Sendable {
  private let connection: Mutex<ReadingConnection>
  var queue: DatabaseQueue { connection.withLock(\.queue) }
  /// Opens the file again for reading; nil if it is open for writing.
  private let reopen: (@Sendable () throws -> ReadingConnection)?
  /// Path of the file; `:memory:` for a database in memory.
  package let path: String
  /// The file that was opened; nil for a database in memory.
  private let file: DatabaseFile?

  /// Whether it is in memory, where it ends with this process and no other connection sees it.
  var isInMemory: Bool { path == ":memory:" }

  /// Whether this process may write the database and its folder.
  package var mayBeWritten: Bool { isInMemory || ReadingWay.mayCreateFiles(path) }

  /// How a database is opened.
  package enum Access: Sendable {
    /// For reading and writing; created if it does not exist.
    case readWrite
    /// For reading; must exist.
    case readOnly
  }

  /// Opens the file, and brings its schema up to date if it may be written. A new file can only be read by its owner.
  ///
  /// - Parameters:
  ///   - patience: seconds to wait while another process writes.
  ///   - onWait: called once when waiting begins.
  ///   - onUpgrade: takes the completed share, 0 to 1, while a database of an older version gets its roll-ups. This can be interrupted;
  ///     the next process that opens the file goes on.
  /// - Throws: ``StoreError`` if the file cannot be opened, is not a database of this program, or comes from a newer version.
  package init(
    path: String, access: Access = .readWrite, patience: Double = 600, onWait: @escaping @Sendable () -> Void = {},
    onUpgrade: (Double) -> Void = { _ in }
  ) throws(StoreError) {
    self.path = path
    let open: @Sendable () throws -> ReadingConnection = {
      try ReadingConnection.open(
        path, { Self.configuration(access, patience, onWait, $0) }, { try Self.prepare($0, path, access) })
    }
    reopen = access == .readOnly ? open : nil
    if access == .readWrite { DatabaseFile.make(path) }
    do {
      switch access {
      case .readOnly: connection = Mutex(try open())
      case .readWrite:
        connection = Mutex(
          try Self.openForWriting(path, Self.configuration(access, patience, onWait), onUpgrade))
      }
      file = DatabaseFile(path)
    } catch let error as StoreError {
      throw error
    } catch {
      throw Self.explain(error, path, access)
    }
  }

  /// Opens a file, and creates its tables. Another process may create them at the same time; then SQLite reports that it is busy without
  /// waiting, that a table exists, or that a migration is recorded already. Such errors are retried for some seconds.
  private static func openForWriting(
    _ path: String, _ configuration: Configuration, _ onUpgrade: (Double) -> Void
  ) throws -> ReadingConnection {
    let limit = ContinuousClock.now + openingTime
    while true {
      do {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try prepare(queue, path, .readWrite, onUpgrade)
        return ReadingConnection(queue: queue, way: .ordinary)
      } catch let error as DatabaseError
        where [.SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_ERROR, .SQLITE_CONSTRAINT].contains(error.resultCode)
        && ContinuousClock.now < limit
      {
        Glibc.usleep(UInt32(pause * 1_000_000))
      }
    }
  }

  private static let openingTime = Duration.seconds(5)

  /// A database in memory.
  package init() throws(StoreError) {
    path = ":memory:"
    file = nil
    reopen = nil
    do {
      let queue = try DatabaseQueue(configuration: Self.configuration(.readWrite, 0, {}))
      try Schema.migrate(queue)
      connection = Mutex(ReadingConnection(queue: queue, way: .ordinary))
    } catch {
      throw Self.explain(error, path, .readWrite)
    }
  }

  /// Creates the missing folders of a path, for their owner only. If that fails, opening the database says why.
  package static func makeFolders(to path: String) { DatabaseFile.makeFolders(to: path) }

  /// Checks that the database is still at its path, because inputs are only cleaned up if their reports are stored there.
  /// - Throws: ``StoreError`` if the file is missing or was replaced by another.
  package func checkPlace() throws(StoreError) {
    guard let file, !file.isInPlace else { return }
    throw StoreError(
      "\(path): the database was moved, deleted, replaced or overwritten while it was open: nothing more was moved or deleted; run again"
    )
  }

  static func configuration(
    _ access: Access, _ patience: Double, _ onWait: @escaping @Sendable () -> Void, _ way: ReadingWay = .ordinary
  ) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = access == .readOnly
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .callback { tries in
      if tries == 100 { onWait() }
      guard Double(tries) * Self.pause < patience else { return false }
      Glibc.usleep(UInt32(Self.pause * 1_000_000))
      return true
    }
    configuration.prepareDatabase { db in
      // With a WAL, others can read while this process writes. NORMAL never loses consistency, only the last commits before a power
      // failure, whose inputs the next run reads again if they still exist.
      if access == .readWrite {
        // In an existing file this would begin a write transaction, and change nothing.
        if try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 {
          try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
        }
        try db.execute(
          sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864")
        // The log stays when the last writer ends, empty, with its index: users who may only read need both.
        var isKept: Int32 = 1
        sqlite3_file_control(db.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &isKept)
      }
      if let preparation = way.preparation { try db.execute(sql: preparation) }
      db.add(function: networkFunction)
      try db.execute(sql: "PRAGMA cache_size = -12000; PRAGMA trusted_schema = OFF")
    }
    return configuration
  }

  private static let pause = 0.02

  private static func prepare(
    _ queue: DatabaseQueue, _ path: String, _ access: Access, _ onUpgrade: (Double) -> Void = { _ in }
  ) throws {
    let migrator = Schema.migrator
    let state = try queue.read { db in
      (
        isNewer: try migrator.hasBeenSuperseded(db), isCurrent: try Schema.isCurrent(db),
        isEmpty: try migrator.appliedIdentifiers(db).isEmpty,
        isForeign: try !db.tableExists("grdb_migrations")
          && Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") != 0
      )
    }
    if state.isForeign {
      throw StoreError("\(path): this database belongs to another program", remedy: .nameOtherFile)
    }
    if state.isNewer {
      throw StoreError("\(path): this database was written by a newer version", remedy: .updateProgram)
    }
    if state.isCurrent { return }
    guard access == .readWrite else {
      if state.isEmpty { throw StoreError("\(path): the database is empty", remedy: .ingestFirst) }
      throw StoreError("\(path): this database was written by an older version", remedy: .migrate)
    }
    try Schema.migrate(queue, progress: onUpgrade)
  }

  private static let writeErrors: [ResultCode] = [
    .SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMOPEN, .SQLITE_IOERR_SHMSIZE,
    .SQLITE_IOERR_SHMMAP,
  ]

  private static func isForbidden(_ path: String) -> Bool {
    // Without access to the folder, whether the file exists is unknown.
    Glibc.access(path, R_OK) != 0 && errno == EACCES
  }

  /// Explains an SQLite error for the file.
  static func explain(_ error: any Error, _ path: String, _ access: Access) -> StoreError {
    guard let error = error as? DatabaseError else { return StoreError("\(path): \(error)") }
    let message = error.message ?? "error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_CANTOPEN where isForbidden(path):
      return StoreError("\(path): this user may not read the database", remedy: .runAsReader)
    case .SQLITE_CANTOPEN:
      return StoreError(
        "\(path): the database cannot be opened", remedy: access == .readOnly ? .ingestOrNameFile : .checkFolder)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return StoreError("\(path): another process has been writing to the database for too long: try again later")
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return StoreError(
        "\(path): this is not an SQLite database, or it is damaged (\(message)): restore a backup, or name another file"
      )
    case .SQLITE_READONLY, .SQLITE_PERM:
      if access == .readOnly {
        return StoreError(
          "\(path): the database was left in the middle of a change, which can only be undone by its owner (\(message)): let the owner open it once"
        )
      }
      return StoreError(
        "\(path): the database is not writable (\(message)): check the owner and the permissions of the file and its folder"
      )
    case .SQLITE_FULL:
      return StoreError("\(path): the disk is full: free space, then run again; incomplete changes were rolled back")
    case .SQLITE_IOERR where writeErrors.contains(error.extendedResultCode):
      return StoreError(
        "\(path): the database cannot be written (\(message)): check the disk and the file size limit (ulimit -f)")
    case .SQLITE_NOMEM:
      return StoreError("\(path): out of memory: raise the limit (ulimit -v), or read fewer inputs at a time")
    case .SQLITE_IOERR:
      return StoreError(
        "\(path): the database cannot be read (\(message)): check that it is a regular file, and check the disk")
    default: return StoreError("\(path): \(message)")
    }
  }

  /// Runs a read with errors that name the file.
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try withQueue { try $0.read(body) } } catch let error as StoreError { throw error } catch {
      throw Self.explain(error, path, .readOnly)
    }
  }

  /// Calls `body` with a connection that can read, and checks afterwards that what it read has not been changed meanwhile.
  func withQueue<Value>(_ body: (DatabaseQueue) throws -> Value) throws -> Value {
    let connection = try connection.withLock { connection in
      if let reopen, !connection.canRead(path) { connection = try reopen() }
      return connection
    }
    let result = Result { try body(connection.queue) }
    // A change explains any error.
    guard connection.isUnchanged(path) else { throw ReadingConnection.changed(path) }
    return try result.get()
  }

  /// Runs a write in one transaction, with errors that name the file.
  func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      return try queue.writeWithoutTransaction { db in
        var result: Value?
        try db.inTransaction(.immediate) {
          result = try body(db)
          return .commit
        }
        guard let result else { throw StoreError("\(path): the transaction returned no result") }
        return result
      }
    } catch let error as StoreError { throw error } catch { throw Self.explain(error, path, .readWrite) }
  }
}
