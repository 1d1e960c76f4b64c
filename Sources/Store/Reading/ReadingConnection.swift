import GRDB
import Glibc

/// A connection to a database, and how it sees what other processes write.
struct ReadingConnection: Sendable {
  let queue: DatabaseQueue
  let way: ReadingWay

  /// The number of attempts while others write.
  private static let maxAttempts = 20

  /// Opens a database for reading, in the first way that works.
  /// - Parameter prepare: reads from the database, and throws if it cannot be used.
  static func open(
    _ path: String, _ configuration: (ReadingWay) -> Configuration, _ prepare: (DatabaseQueue) throws -> Void
  ) throws -> ReadingConnection {
    for _ in 0..<maxAttempts {
      let way = ReadingWay(path)
      do {
        let connection = try connect(path, way, configuration, prepare)
        if connection.isUnchanged(path) { return connection }
      } catch _ where !way.isUnchanged(path) {
        // Whatever was wrong may be due to the change.
        continue
      } catch let error as DatabaseError where way != .ordinary {
        guard let state = FileState.atRest(path) else { continue }
        let isSame = if case .watched(let before) = way { before == state } else { false }
        guard !isSame else { throw isUnreadableLog(path, state) ?? error }
        // The index may be there and still not be usable, if it has never been read by a process that may write it.
        let watched = ReadingWay.watched(state)
        if let connection = try? connect(path, watched, configuration, prepare), connection.isUnchanged(path) {
          return connection
        }
      }
    }
    throw Self.changed(path)
  }

  private static func connect(
    _ path: String, _ way: ReadingWay, _ configuration: (ReadingWay) -> Configuration,
    _ prepare: (DatabaseQueue) throws -> Void
  ) throws -> ReadingConnection {
    let queue = try DatabaseQueue(path: way.name(path), configuration: configuration(way))
    try prepare(queue)
    return ReadingConnection(queue: queue, way: way)
  }

  /// Whether what the connection reads, or has read, is what is in the database.
  func isUnchanged(_ path: String) -> Bool {
    way.isUnchanged(path)
  }

  /// Whether a read can begin.
  func canRead(_ path: String) -> Bool {
    switch way {
    case .ordinary: true
    case .shared: (try? queue.read { try Row.fetchOne($0, sql: "SELECT * FROM sqlite_master LIMIT 1") }) != nil
    case .watched: isUnchanged(path)
    }
  }

  static func changed(_ path: String) -> StoreError {
    StoreError("\(path): the database was changed while it was being read: run the command again")
  }

  private static func isUnreadableLog(_ path: String, _ state: FileState) -> StoreError? {
    guard state.hasLoggedChanges, access(path + "-wal", R_OK) != 0 else { return nil }
    return StoreError(
      "\(path)-wal: this file contains changes that are not in the database file yet, and you may not read it: give it the permissions of the database, or let the owner ingest once"
    )
  }
}
