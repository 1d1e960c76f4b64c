import Foundation
import Glibc
import Intake
import Testing

@testable import Ingestion

/// Moving a file into a folder, also to another file system.
@Suite struct FileMoveTests {
  /// The folder to move to, on another file system if `far`; nil where there is none.
  private static func target(far: Bool) throws -> TemporaryFolder? {
    guard far else { return try TemporaryFolder() }
    var (here, there) = (stat(), stat())
    guard stat(NSTemporaryDirectory(), &here) == 0, stat("/dev/shm", &there) == 0, here.st_dev != there.st_dev,
      access("/dev/shm", W_OK) == 0
    else { return nil }
    return try TemporaryFolder(in: "/dev/shm")
  }

  private func move(_ path: String, _ folder: TemporaryFolder) -> String? {
    FileMove(path: path, folder: folder.path).run()
  }

  @Test(arguments: [false, true]) func aFileIsMovedWholeWithItsTimeAndMode(_ far: Bool) throws {
    guard let target = try Self.target(far: far) else { return }
    let source = try TemporaryFolder()
    let text = String(repeating: "0123456789abcdef", count: 20_000)
    let path = try source.write("a.xml", text)
    chmod(path, 0o640)
    var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 5), timespec(tv_sec: 1_000_000_001, tv_nsec: 7)]
    utimensat(AT_FDCWD, path, &times, 0)
    #expect(move(path, target) == nil)
    #expect(try source.names().isEmpty)
    #expect(try target.names() == ["a.xml"])
    #expect(target.content("a.xml") == text)
    var status = stat()
    #expect(stat(target.path + "/a.xml", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o640)
    #expect(status.st_mtim.tv_sec == 1_000_000_001 && status.st_mtim.tv_nsec == 7)
    #expect(status.st_nlink == 1)
  }

  @Test(arguments: [false, true]) func aTakenNameIsNeverOverwritten(_ far: Bool) throws {
    guard let target = try Self.target(far: far) else { return }
    let source = try TemporaryFolder()
    try target.write("a.xml", "first")
    try FileManager.default.createDirectory(atPath: target.path + "/a.xml.1", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: target.path + "/a.xml.2", withDestinationPath: target.path + "/nowhere")
    #expect(try move(source.write("a.xml", "second"), target) == nil)
    #expect(target.content("a.xml") == "first")
    #expect(target.content("a.xml.3") == "second")
    #expect(!FileManager.default.fileExists(atPath: target.path + "/nowhere"))
    // No copy is left under another name.
    #expect(try target.names() == ["a.xml", "a.xml.1", "a.xml.2", "a.xml.3"])
  }

  @Test(arguments: [false, true]) func aLongNameGivesUpItsEndForANumber(_ far: Bool) throws {
    guard let target = try Self.target(far: far) else { return }
    let source = try TemporaryFolder()
    // 255 bytes; a character of two bytes would be cut at the place where the number begins.
    let name = String(repeating: "a", count: 252) + "é" + "b"
    for text in ["one", "two"] { #expect(try move(source.write(name, text), target) == nil) }
    #expect(target.content(name) == "one")
    #expect(target.content(String(repeating: "a", count: 252) + ".1") == "two")
  }

  @Test(arguments: [false, true]) func aNameOfBytesThatAreNotTextIsKept(_ far: Bool) throws {
    guard let target = try Self.target(far: far) else { return }
    let source = try TemporaryFolder()
    let name = [UInt8(ascii: "a"), 0xff, UInt8(ascii: "b")]
    let path = Array(source.path.utf8) + [0x2f] + name
    let file = open(path.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
    #expect(file >= 0)
    close(file)
    guard case .file(let found, _)? = source.files.first else {
      Issue.record("the file is not found")
      return
    }
    #expect(move(found.path, target) == nil)
    let moved = Array(target.path.utf8) + [0x2f] + name
    #expect(access(moved.map { CChar(bitPattern: $0) } + [0], F_OK) == 0)
    #expect(source.files.isEmpty)
  }

  @Test func aFileInTheFolderStaysThere() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.xml", "one")
    #expect(move(path, folder) != nil)
    #expect(folder.content("a.xml") == "one")
  }

  @Test func aFolderThatIsMissingIsAFailureThatLosesNothing() throws {
    let source = try TemporaryFolder()
    let path = try source.write("a.xml", "one")
    #expect(FileMove(path: path, folder: source.path + "/none").run() != nil)
    #expect(source.content("a.xml") == "one")
  }

  @Test func aFolderThatNobodyMayWriteToIsAFailureThatLosesNothing() throws {
    let source = try TemporaryFolder()
    let path = try source.write("a.xml", "one")
    // Also the superuser can write nothing there.
    #expect(FileMove(path: path, folder: "/proc").run() != nil)
    #expect(source.content("a.xml") == "one")
  }

  @Test func aDraftIsKeptWhileItIsLocked() throws {
    let folder = try TemporaryFolder()
    let draft = try #require(MoveDraft(in: folder.path))
    MoveDraft.removeLeftovers(in: folder.path)
    #expect(try folder.names().count == 1)
    draft.remove()
    #expect(try folder.names().isEmpty)
    #expect(MoveDraft(in: folder.path + "/none") == nil)
  }

  @Test func onlyOwnDraftsAreRemoved() throws {
    let folder = try TemporaryFolder()
    let kept = [".dmarcstat.abc12", ".dmarcstat.abc1234", ".dmarcstat.abc-12", "dmarcstat.abc123", ".other.abc123"]
    for name in kept { try folder.write(name, "x") }
    try FileManager.default.createDirectory(
      atPath: folder.path + "/.dmarcstat.folder", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/.dmarcstat.linked", withDestinationPath: folder.path + "/" + kept[0])
    try folder.write(".dmarcstat.abc123", "half")
    MoveDraft.removeLeftovers(in: folder.path)
    #expect(try folder.names() == (kept + [".dmarcstat.folder", ".dmarcstat.linked"]).sorted())
  }
}
