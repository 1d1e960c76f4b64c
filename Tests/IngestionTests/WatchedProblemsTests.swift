import IMAP
import Store
import Testing

@testable import Ingestion
@testable import Settings

/// The problems that last while sources are watched, as notices in the database.
@Suite struct WatchedProblemsTests {
  private static let account = MailAccount(
    name: "reports", endpoint: Endpoint(host: "imap.example.com"), user: "dmarc")

  private static func tally(
    unreachable: [String] = [], reached: Set<String> = [], paths: [String]? = nil
  ) -> IngestTally {
    var tally = IngestTally()
    tally.unreachable = unreachable.map { .init(location: $0, code: "refused", text: "the login was refused") }
    tally.reached = reached
    tally.problemsOfPaths = paths?.map {
      .init(location: $0, code: "unreadable", text: "it cannot be opened", notice: .init(source: "/in", path: $0))
    }
    return tally
  }

  /// The scopes and keys of stored notices: a run that covers nothing changes none.
  private static func stored(_ database: ReportDatabase) throws -> [String] {
    try database.intakeFacts(rejectedSince: 0).notices.map { "\($0.notice.scope)|\($0.notice.key)" }
  }

  @Test func problemsAreStoredUntilTheyEnd() throws {
    let database = try ReportDatabase()
    var problems = WatchedProblems(["/in"], [Self.account])
    try problems.update(Self.tally(unreachable: ["reports, INBOX"]), database, now: 1_000)
    #expect(try Self.stored(database) == ["account reports|INBOX"])
    // Another mailbox of the account is read; files and folders are looked at.
    try problems.update(Self.tally(reached: ["reports, DMARC"], paths: ["/in/a.xml"]), database, now: 1_100)
    #expect(try Self.stored(database) == ["account reports|INBOX", "path /in|/in/a.xml"])
    try problems.update(Self.tally(reached: ["reports, INBOX"]), database, now: 1_200)
    #expect(try Self.stored(database) == ["path /in|/in/a.xml"])
    try problems.update(Self.tally(paths: []), database, now: 1_300)
    #expect(try Self.stored(database).isEmpty)
  }

  /// A service that starts again does not forget what is still broken, nor keep what is no longer so.
  @Test func problemsOfAnEarlierRunStayUntilTheirSourceWasTried() throws {
    let database = try ReportDatabase()
    let old = Notice(scope: "account reports", key: "INBOX", code: "refused", text: "the login was refused")
    _ = try database.updateNotices([old], covering: ["account reports"], now: 500)
    var problems = WatchedProblems(["/in"], [Self.account])
    try problems.update(Self.tally(paths: []), database, now: 1_000)
    #expect(try Self.stored(database) == ["account reports|INBOX"])
    try problems.update(Self.tally(reached: ["reports, INBOX"]), database, now: 1_100)
    #expect(try Self.stored(database).isEmpty)
  }
}
