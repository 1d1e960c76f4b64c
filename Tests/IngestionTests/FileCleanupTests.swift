import Foundation
import Intake
import Settings
import Testing

@testable import Ingestion

/// Moving and deleting files in a temporary folder.
@Suite struct FileCleanupTests: ~Copyable {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "/cleanup-\(UUID().uuidString)"
    for name in ["in", "done"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  private func content(_ name: String) -> String? {
    FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
  }

  private func names(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").sorted()
  }

  /// The file as found by a directory walk.
  private func found(_ name: String) throws -> InputFile {
    try #require(DirectoryWalk(["\(folder)/in"]).files.first { $0.path.hasSuffix("/\(name)") })
  }

  private var move: FileCleanup { .move("\(folder)/done") }

  @Test func aFileIsMovedUnderItsOwnName() throws {
    try write("one", "in/a.xml")
    #expect(try move.apply(to: found("a.xml")) == .done)
    #expect(try names("in").isEmpty)
    #expect(content("done/a.xml") == "one")
  }

  @Test func nothingIsOverwritten() throws {
    for text in ["one", "two", "three"] {
      try write(text, "in/a.xml")
      #expect(try move.apply(to: found("a.xml")) == .done)
    }
    #expect(try names("done") == ["a.xml", "a.xml.1", "a.xml.2"])
    #expect(content("done/a.xml") == "one")
    #expect(content("done/a.xml.1") == "two")
    #expect(content("done/a.xml.2") == "three")
  }

  @Test func interruptedMoveIsCompleted() throws {
    try write("one", "in/a.xml")
    let file = try found("a.xml")
    // After the first of the two steps, the file has both names.
    try FileManager.default.linkItem(atPath: "\(folder)/in/a.xml", toPath: "\(folder)/done/a.xml")
    #expect(move.apply(to: file) == .done)
    #expect(try names("in").isEmpty)
    #expect(try names("done") == ["a.xml"])
  }

  @Test func changedFileStays() throws {
    try write("one", "in/a.xml")
    let file = try found("a.xml")
    try write("one and more", "in/a.xml")
    for cleanup in [move, .delete] {
      #expect(cleanup.apply(to: file) == .skipped)
    }
    #expect(content("in/a.xml") == "one and more")
  }

  @Test func aFileIsDeleted() throws {
    try write("one", "in/a.xml")
    #expect(try FileCleanup.delete.apply(to: found("a.xml")) == .done)
    #expect(try names("in").isEmpty)
  }

  @Test func linkAndItsTargetStay() throws {
    try write("one", "a.xml")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/in/a.xml", withDestinationPath: "\(folder)/a.xml")
    let file = try found("a.xml")
    for cleanup in [move, .delete] {
      guard case .left(let reason) = cleanup.apply(to: file) else {
        Issue.record("it did not stay")
        continue
      }
      #expect(reason.contains("link"))
    }
    #expect(content("in/a.xml") == "one")
  }

  @Test func missingFolderIsCreated() throws {
    try FileCleanup.move("\(folder)/new").prepare(for: ["\(folder)/in"])
    #expect(FileManager.default.fileExists(atPath: "\(folder)/new"))
    #expect(throws: IngestionError.self) { try FileCleanup.move("\(folder)/none/new").prepare(for: []) }
  }

  @Test func sourceFolderCannotBeTheTarget() throws {
    // The same folder by another path.
    let error = #expect(throws: IngestionError.self) { try move.prepare(for: ["\(folder)/in/../done"]) }
    #expect(error == .readsOwnTarget("\(folder)/done"))
  }

  @Test func draftsOfDeadRunsAreRemoved() throws {
    try write("half", "done/.dmarcstat.Abc123")
    try write("mine", "done/.dmarcstat.notes.txt")
    let draft = try #require(MoveDraft(in: "\(folder)/done"))
    #expect(try names("done").count == 3)
    move.removeLeftovers()
    #expect(try names("done").count == 2)
    #expect(content("done/.dmarcstat.notes.txt") == "mine")
    draft.remove()
    #expect(try names("done") == [".dmarcstat.notes.txt"])
  }
}
