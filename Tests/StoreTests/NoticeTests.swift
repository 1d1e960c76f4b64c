import Testing

@testable import Store

@Suite struct NoticeTests {
  private static let start: Int64 = 1_790_000_000
  private static let server = Notice(scope: "account a", key: "", code: "connection", text: "no answer")
  private static let folder = Notice(scope: "account a", key: "Reports", code: "mailbox", text: "there is none")

  private static func update(_ database: ReportDatabase, _ current: [Notice], after seconds: Int64) throws -> NoticeNews
  {
    try database.updateNotices(current, covering: ["account a"], now: start + seconds)
  }

  @Test func problemIsReportedAtFirstDailyAndAtItsEnd() throws {
    let database = try ReportDatabase()
    #expect(try Self.update(database, [Self.server], after: 0).new == [Self.server])
    for hour in Int64(1)..<24 {
      let news = try Self.update(database, [Self.server], after: hour * 3_600)
      #expect((news.new, news.lasting, news.ended) == ([], [], []))
      #expect(news.recent.map(\.since) == [Self.start])
    }
    #expect(try Self.update(database, [Self.server], after: 86_390).lasting.map(\.since) == [Self.start])
    #expect(try Self.update(database, [Self.server], after: 90_000).lasting.isEmpty)
    #expect(try Self.update(database, [], after: 93_600).ended.map(\.since) == [Self.start])
    #expect(try Self.update(database, [], after: 97_200) == NoticeNews())
    #expect(try Self.update(database, [Self.server], after: 100_800).new == [Self.server])
  }

  @Test func differentProblemIsReportedAtOnce() throws {
    let database = try ReportDatabase()
    _ = try Self.update(database, [Self.server], after: 0)
    var login = Self.server
    login.code = "login"
    #expect(try Self.update(database, [login], after: 60).new == [login])
  }

  @Test func onlyCheckedProblemsEnd() throws {
    let database = try ReportDatabase()
    _ = try Self.update(database, [Self.folder], after: 0)
    #expect(try database.updateNotices([], covering: ["account b"], now: Self.start + 60).ended.isEmpty)
    // If the server does not answer, the state of the folder is unknown.
    #expect(try Self.update(database, [Self.server], after: 120).ended.isEmpty)
    #expect(try Self.update(database, [], after: 180).ended.map(\.notice) == [Self.server, Self.folder])
  }

  @Test func clockSetBackDoesNotSilenceProblems() throws {
    let database = try ReportDatabase()
    _ = try Self.update(database, [Self.server], after: 1_000_000)
    #expect(try Self.update(database, [Self.server], after: 0).lasting.count == 1)
    _ = try database.updateNotices([Self.server], covering: [], now: .max)
    _ = try database.updateNotices([Self.server], covering: [], now: .min)
  }
}
