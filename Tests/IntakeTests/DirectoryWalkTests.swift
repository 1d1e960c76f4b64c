import Foundation
import Testing

@testable import Intake

@Suite struct DirectoryWalkTests {
  @Test func findsFilesInOrderAndSkipsHiddenFiles() throws {
    let folder = try TemporaryFolder()
    for name in ["b.xml", "a/z.xml", "a/.hidden.xml", ".git/x.xml", "c.xml"] { try folder.write(name, [1]) }
    let files = DirectoryWalk([folder.path]).files
    #expect(files.map { $0.path.dropFirst(files[0].path.count - "a/z.xml".count) } == ["a/z.xml", "b.xml", "c.xml"])
    #expect(files.allSatisfy { !$0.isNamed && $0.size == 1 && $0.modified > 0 })
  }

  @Test func dotNamesAreListedAsTemporaryOrLasting() throws {
    let folder = try TemporaryFolder()
    for name in [".folder/x.xml", ".a.XML", ".b.eml", ".c.xml.part", ".d"] { try folder.write(name, [1]) }
    func lasting(after seconds: Int64) -> [String] {
      let walk = DirectoryWalk([folder.path], now: Int64(Date().timeIntervalSince1970) + seconds)
      #expect(walk.hiddenNames == 5 && walk.omissions.count == 5 && walk.files.isEmpty)
      return walk.omissions.filter { !$0.isPassing }.map { PathText.last($0.path) }
    }
    #expect(lasting(after: 0) == [".folder"])
    #expect(lasting(after: 1_000_000) == [".a.XML", ".b.eml", ".folder"])
  }

  @Test func listOfDotNamesIsBounded() throws {
    let folder = try TemporaryFolder()
    for number in 0..<50 { try folder.write(".\(number).xml", [1]) }
    for number in 0..<30 { try folder.write(".\(number)/x", [1]) }
    let walk = DirectoryWalk([folder.path])
    #expect(walk.hiddenNames == 80 && walk.omissions.count == 40)
    #expect(walk.omissions.count(where: \.isPassing) == 20)
  }

  @Test func samePathIsReadOnce() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.xml", [1])
    #expect(DirectoryWalk([file, folder.path, folder.path + "/./a.xml"]).files.count == 1)
  }

  @Test func cyclesOfLinksTerminate() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.xml", [1])
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/loop", withDestinationPath: folder.path)
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/gone.xml", withDestinationPath: "/nonexistent")
    #expect(DirectoryWalk([folder.path]).files.count == 1)
  }

  @Test func missingPathsAreProblems() {
    let walk = DirectoryWalk(["/nonexistent/reports"])
    #expect(walk.files.isEmpty)
    #expect(walk.problems.map(\.path) == ["/nonexistent/reports"])
  }
}
