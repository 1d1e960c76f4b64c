import Foundation
import Intake
import Testing

@Suite struct DirectoryWalkTests {
  @Test func findsFilesInOrderAndLeavesOutWhatIsHidden() throws {
    let folder = try TemporaryFolder()
    for name in ["b.xml", "a/z.xml", "a/.hidden.xml", ".git/x.xml", "c.xml"] { try folder.write(name, [1]) }
    let files = DirectoryWalk([folder.path]).files
    #expect(files.map { $0.path.dropFirst(files[0].path.count - "a/z.xml".count) } == ["a/z.xml", "b.xml", "c.xml"])
    #expect(files.allSatisfy { !$0.isNamed && $0.size == 1 && $0.modified > 0 })
  }

  @Test func samePathIsReadOnce() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.xml", [1])
    #expect(DirectoryWalk([file, folder.path, folder.path + "/./a.xml"]).files.count == 1)
  }

  @Test func circlesOfLinksEnd() throws {
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
