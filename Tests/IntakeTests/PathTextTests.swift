import DMARC
import Foundation
import Testing

@testable import Intake

@Suite struct PathTextTests {
  @Test func everyNameIsRoundTripped() {
    let names: [[UInt8]] = [
      Array("plain.xml".utf8), Array("Größe.xml".utf8), Array("back\\slash".utf8), Array("a\\xFF".utf8),
      [0xff, 0x2e, 0x78],
      [0x61, 0xc3], [0xed, 0xa0, 0x80], Array("\\x5C".utf8), [0x5c, 0x78, 0xff], [0xf0, 0x9f, 0x92],
    ]
    #expect(Set(names.map { PathText.text($0) }).count == names.count)
    for name in names { #expect(PathText.bytes(PathText.text(name)) == name) }
    #expect(PathText.text([0x61, 0xff]) == "a\\xFF")
    #expect(PathText.text(Array("back\\slash".utf8)) == "back\\slash")
  }

  @Test(arguments: [
    ("/in/a.xml", "a.xml"), ("a.xml", "a.xml"), ("/in/new/", "new"), ("in//Größe.ü", "Größe.ü"), ("/", "/"), ("", ""),
    ("//", "//"), ("in/\u{301}a", "\u{301}a"),
  ]) func theLastComponentIsFound(_ path: String, _ last: String) {
    #expect(Array(PathText.last(path).utf8) == Array(last.utf8))
  }

  private func make(_ folder: TemporaryFolder, _ name: [UInt8]) throws -> Bool {
    let path = Array((folder.path + "/").utf8) + name
    let descriptor = open(path.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
    defer { close(descriptor) }
    return descriptor >= 0
  }

  @Test func namesThatAreNotUTF8AreFoundAndOpened() throws {
    let folder = try TemporaryFolder()
    #expect(try make(folder, [0x61, 0xff, 0x2e, 0x78, 0x6d, 0x6c]))
    let walk = DirectoryWalk([folder.path])
    #expect(walk.problems.isEmpty)
    let file = try #require(walk.files.first)
    #expect(file.shown == folder.path + "/a\\xFF.xml")
    _ = try file.open(Limits())
    // The displayed name can be given as a path.
    #expect(DirectoryWalk([file.shown]).files.map(\.path) == [file.path])
  }

  @Test func skippedEntriesAreListed() throws {
    let folder = try TemporaryFolder()
    try folder.write("in/a.xml", [1])
    try folder.write("in/.part", [1])
    try folder.write("other/b.xml", [1])
    let path = folder.path + "/in"
    try FileManager.default.createSymbolicLink(atPath: path + "/folder", withDestinationPath: folder.path + "/other")
    try FileManager.default.createSymbolicLink(atPath: path + "/gone", withDestinationPath: "nowhere")
    try FileManager.default.createSymbolicLink(atPath: path + "/self", withDestinationPath: "self")
    #expect(mkfifo(path + "/pipe", 0o600) == 0)
    let walk = DirectoryWalk([path])
    #expect(walk.files.map(\.shown) == [path + "/a.xml"])
    #expect(walk.omissions.map { $0.path.dropFirst(path.count) } == ["/.part", "/folder", "/gone", "/pipe", "/self"])
    #expect(walk.hiddenNames == 1)
    #expect(walk.problems.isEmpty)
  }

  @Test func subfoldersOfAMaildirAreRead() throws {
    let folder = try TemporaryFolder()
    for name in [
      "cur/1:2,S", "new/2", "tmp/3", "dovecot.index", ".Reports/cur/4:2,", ".Reports/new/5", ".Reports/maildirfolder",
    ] {
      try folder.write(name, [1])
    }
    for name in [".notes/x", ".Reports/tmp/6"] { try folder.write(name, [1]) }
    let walk = DirectoryWalk([folder.path])
    #expect(walk.files.map { $0.path.split(separator: "/").last } == ["4:2,", "5", "1:2,S", "2"])
    #expect(walk.files.allSatisfy { $0.isInMaildir })
    #expect(walk.hiddenNames == 1)
  }

  @Test func otherFoldersInAMaildirAreSkippedAndListed() throws {
    let folder = try TemporaryFolder()
    for name in ["cur/1:2,S", "new/2", ".lock", "plain/3.xml", "layout/cur/4", "layout/new/5", ".Broken/cur/6"] {
      try folder.write(name, [1])
    }
    let walk = DirectoryWalk([folder.path])
    #expect(walk.files.map { $0.path.split(separator: "/").last } == ["1:2,S", "4", "5", "2"])
    #expect(walk.omissions.map { $0.path.dropFirst(folder.path.count) } == ["/.Broken", "/plain"])
    #expect(walk.hiddenNames == 1)
    #expect(DirectoryWalk([folder.path + "/plain"]).files.count == 1)
  }

  @Test(arguments: [
    (EMFILE, InputError.Remedy.raiseOpenFiles), (ENFILE, .closeOtherFiles), (ENOMEM, .freeMemory), (EIO, .checkDisk),
    (EACCES, .checkAccess),
  ]) func theRemedyFitsTheError(_ code: CInt, _ remedy: InputError.Remedy) {
    #expect(InputError.system("it cannot be opened", code).remedy == remedy)
  }

  @Test func vanishedFileIsNotAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.xml", [1])
    let file = try #require(DirectoryWalk([folder.path]).files.first)
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: InputError.vanished) { _ = try file.open(Limits()) }
  }
}
