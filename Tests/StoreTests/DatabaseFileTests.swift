import Foundation
import Testing

@testable import Store

@Suite struct DatabaseFileTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "dmarcstat-file-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  @Test func newFilesAreReadableByTheOwnerOnly() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    chmod(folder, 0o755)
    let path = folder + "/a/b/reports.sqlite"
    ReportDatabase.makeFolders(to: path)
    let database = try ReportDatabase(path: path)
    _ = try database.updateNotices([Notice(scope: "a", key: "b", code: "c", text: "d")], covering: [], now: 1)
    #expect(["", "-wal", "-shm"].map { mode(path + $0) } == [0o600, 0o600, 0o600])
    #expect([folder, folder + "/a", folder + "/a/b"].map(mode) == [0o755, 0o700, 0o700])
  }

  @Test func existingFilesKeepTheirPermissions() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/reports.sqlite"
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    chmod(path, 0o640)
    _ = try ReportDatabase(path: path)
    #expect(mode(path) == 0o640)
  }

  @Test func replacedDatabaseIsDetected() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/reports.sqlite"
    let database = try ReportDatabase(path: path)
    try database.checkPlace()
    try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
    #expect(throws: StoreError.self) { try database.checkPlace() }
    _ = try ReportDatabase(path: path)
    #expect(throws: StoreError.self) { try database.checkPlace() }
    try ReportDatabase().checkPlace()
  }

  @Test(arguments: [0, 4_096])
  func overwrittenDatabaseIsDetected(keptBytes: off_t) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/reports.sqlite"
    let database = try ReportDatabase(path: path)
    try database.checkPlace()
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.write(contentsOf: Data(count: 4_096))
    try file.truncate(atOffset: UInt64(keptBytes))
    #expect(throws: StoreError.self) { try database.checkPlace() }
  }

  @Test func backupIsCompleteOrAbsent() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let database = try ReportDatabase(path: folder + "/reports.sqlite")
    let copy = folder + "/copy.sqlite"
    try database.backup(to: copy)
    #expect(mode(copy) == 0o600)
    #expect(try ReportDatabase(path: copy).check().isEmpty)
    #expect(throws: StoreError.self) { try database.backup(to: copy) }
    do { try database.backup(to: copy) } catch { #expect(error.kind == .wrongUsage) }
    let link = folder + "/link.sqlite"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "nowhere")
    do { try database.backup(to: link) } catch { #expect(error.kind == .wrongUsage) }
    do { try database.backup(to: folder + "/missing/copy.sqlite") } catch { #expect(error.kind == .output) }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!names.contains { $0.hasPrefix(".dmarcstat-backup") })
  }
}
