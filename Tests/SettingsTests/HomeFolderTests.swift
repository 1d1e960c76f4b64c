import Foundation
import Testing

@testable import Settings

/// Folders by the environment of the test: to change it while other tests read it is not safe.
@Suite struct HomeFolderTests {
  private let environment = ProcessInfo.processInfo.environment

  @Test func aVariableWithAnAbsolutePathWins() throws {
    let (name, value) = try #require(environment.first { $0.value.hasPrefix("/") && $0.key != "HOME" })
    #expect(HomeFolder.folder(name, default: ".config") == value)
  }

  @Test func aVariableThatIsMissingEmptyOrRelativeIsIgnored() throws {
    let home = try #require(environment["HOME"])
    try #require(home.hasPrefix("/"))
    let expected = (home == "/" ? "" : home) + "/.config"
    let (name, _) = try #require(environment.first { !$0.value.hasPrefix("/") })
    #expect(HomeFolder.folder(name, default: ".config") == expected)
    #expect(HomeFolder.folder("DMARCSTAT_TEST_NONE", default: ".config") == expected)
  }

  @Test(arguments: ["", "a", "/a", "./~", "~a", "a/~/b"]) func otherPathsStay(_ path: String) throws {
    #expect(try HomeFolder.expanding(path) == path)
  }

  @Test func aTildeIsReplaced() throws {
    let home = try #require(environment["HOME"])
    #expect(HomeFolder.path == home)
    #expect(try HomeFolder.expanding("~") == home)
    #expect(try HomeFolder.expanding("~/") == home + "/")
    #expect(try HomeFolder.expanding("~/a~b") == home + "/a~b")
  }
}
