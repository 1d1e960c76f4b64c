import DMARC
import IMAP
import Store
import Testing

@testable import Ingestion
@testable import Settings

/// A problem that lasts is told when it begins, once a day, and when it ends.
@Suite struct PersistentProblemsTests {
  private static let start: Int64 = 1_790_812_800
  private static let hour: Int64 = 3_600
  private let database: ReportDatabase
  private let account = MailAccount(name: "reports", endpoint: Endpoint(host: "imap.example.com"), user: "dmarc")

  init() throws { database = try ReportDatabase() }

  private func reported(_ tally: IngestTally, hours: Int64, paths: [String] = ["/in"]) throws -> [String] {
    let now = Self.start + hours * Self.hour
    return try PersistentProblems(tally, paths, [account], database, now: now).lines.map(\.location)
  }

  private func unreadable(_ path: String = "/in") -> IngestTally {
    var tally = IngestTally()
    tally.unreachable = [
      .init(location: path, code: "unreadable", text: "it cannot be read", notice: .init(source: "/in", path: path))
    ]
    return tally
  }

  private func failing(_ code: String, folder: String? = nil) -> IngestTally {
    var tally = IngestTally()
    tally.unreachable = [.init(location: account.name + (folder.map { ", \($0)" } ?? ""), code: code, text: code)]
    return tally
  }

  @Test func itIsToldFirstThenOnceADayThenWhenItIsOver() throws {
    #expect(try reported(unreadable(), hours: 0) == ["/in"])
    for hour in 1...23 as ClosedRange<Int64> { #expect(try reported(unreadable(), hours: hour).isEmpty) }
    #expect(try reported(unreadable(), hours: 24) == ["/in"])
    #expect(try reported(unreadable(), hours: 25).isEmpty)
    #expect(try reported(IngestTally(), hours: 26).count == 1)
    #expect(try reported(IngestTally(), hours: 27).isEmpty)
    // It begins again.
    #expect(try reported(unreadable(), hours: 28) == ["/in"])
  }

  @Test func theDailyLineSaysSinceWhen() throws {
    _ = try reported(unreadable(), hours: 0)
    let lines = try PersistentProblems(
      unreadable(), ["/in"], [], database, now: Self.start + 24 * Self.hour
    ).lines
    #expect(lines.first?.text.contains(timestamp(Self.start)) == true)
  }

  @Test func aClockThatWasSetBackSilencesNothing() throws {
    _ = try reported(unreadable(), hours: 48)
    #expect(try reported(unreadable(), hours: 0) == ["/in"])
  }

  @Test func whatARunDoesNotLookAtIsNotOver() throws {
    _ = try reported(unreadable(), hours: 0)
    #expect(try reported(IngestTally(), hours: 1, paths: ["/other"]).isEmpty)
    #expect(try reported(unreadable(), hours: 2).isEmpty)
  }

  @Test func filesBelowAFolderThatCannotBeReadAreNotOver() throws {
    _ = try reported(unreadable("/in/a.xml"), hours: 0)
    #expect(try reported(unreadable(), hours: 1) == ["/in"])
    // Only now can be told how the file is.
    #expect(try reported(IngestTally(), hours: 2).count == 2)
  }

  @Test func theFacesOfAnUnreachableServerAreOneProblem() throws {
    #expect(try reported(failing("unreachable"), hours: 0) == ["reports"])
    for code in ["timeout", "disconnected", "throttled"] { #expect(try reported(failing(code), hours: 1).isEmpty) }
    // What a person has to mend is another one.
    #expect(try reported(failing("login"), hours: 2) == ["reports"])
  }

  @Test func foldersOfAnAccountHaveProblemsOfTheirOwn() throws {
    _ = try reported(failing("mailbox", folder: "A"), hours: 0)
    #expect(try reported(failing("mailbox", folder: "B"), hours: 1).count == 2)
  }

  @Test func anAccountThatWasNotLookedIntoIsNotOver() throws {
    _ = try reported(failing("mailbox", folder: "A"), hours: 0)
    var unseen = IngestTally()
    unseen.uncheckedAccounts = [account.name]
    #expect(try reported(unseen, hours: 1).isEmpty)
    #expect(try reported(IngestTally(), hours: 2).count == 1)
  }

  @Test func anOmissionIsToldOnceAndForGood() throws {
    var tally = IngestTally()
    tally.omissions = [
      .init(location: "/in/x", code: "left-out", text: "it is a link", notice: .init(source: "/in", path: "/in/x"))
    ]
    #expect(try reported(tally, hours: 0) == ["/in/x"])
    #expect(try reported(tally, hours: 48).isEmpty)
    #expect(try reported(IngestTally(), hours: 49).isEmpty)
  }

  @Test func whatMayBeThereAtTheNextRunIsNotMentioned() throws {
    var tally = IngestTally()
    tally.omissions = [.init(location: "/in/x", code: IngestTally.passingOmission, text: "it is being written")]
    #expect(try reported(tally, hours: 0).isEmpty)
  }
}
