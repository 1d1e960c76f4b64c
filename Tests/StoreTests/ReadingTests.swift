import Foundation
import GRDB
import Testing

@testable import Store

@Suite struct ReadingTests {
  private let folder: String
  private var path: String { folder + "/50%?#.sqlite" }

  init() throws {
    folder = NSTemporaryDirectory() + "dmarcstat-reading-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func connect(_ way: ReadingWay) throws -> ReadingConnection {
    let queue = try DatabaseQueue(
      path: way.name(path), configuration: ReportDatabase.configuration(.readOnly, 0, {}, way))
    return ReadingConnection(queue: queue, way: way)
  }

  private func notices(_ connection: ReadingConnection) throws -> Int? {
    try connection.queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM notice") }
  }

  @Test func theLogStaysForReaders() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var database: ReportDatabase? = try ReportDatabase(path: path)
    _ = try database?.updateNotices([Notice(scope: "a", key: "b", code: "c", text: "d")], covering: [], now: 1)
    database = nil
    #expect(FileManager.default.fileExists(atPath: path + "-shm"))
    #expect(FileState(path)?.hasLog == true && FileState(path)?.hasLoggedChanges == false)
    #expect(try notices(try connect(.shared(indexIsWritable: false))) == 1)
  }

  @Test func watchedReadersNoticeEveryChange() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let writer = try ReportDatabase(path: path)
    _ = try writer.updateNotices([Notice(scope: "a", key: "b", code: "c", text: "d")], covering: [], now: 1)
    let logged = try connect(.watched(try #require(FileState.atRest(path))))
    #expect(try notices(logged) == 1)
    #expect(logged.isUnchanged(path))
    #expect(logged.canRead(path))
    _ = try writer.updateNotices([Notice(scope: "a", key: "c", code: "c", text: "d")], covering: [], now: 1)
    #expect(!logged.isUnchanged(path) && !logged.canRead(path))
    let again = try connect(.watched(try #require(FileState.atRest(path))))
    try writer.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    #expect(!again.isUnchanged(path))
  }
}
