import DMARC
import Store
import Testing

/// What a review asks for, in a month with reports of one day and one of a week.
@Suite struct ReviewQueryTests {
  private static let october = RecordFilter(firstDay: CalendarDay("2026-10-01"), lastDay: CalendarDay("2026-10-31"))
  private static let day: Int64 = 86_400

  /// Two reports for 1 October, one for 3 October about another domain, one for September.
  private static func database() throws -> ReportDatabase {
    let database = try ReportDatabase()
    let begin = ReportMaker().begin
    _ = try database.store([
      ReportMaker(), ReportMaker(id: "2", content: 2, messages: 20),
      ReportMaker(id: "3", content: 3, begin: begin + 2 * day, domain: "example.org", from: "example.org"),
      ReportMaker(id: "4", content: 4, begin: begin - 20 * day),
    ])
    return database
  }

  @Test func messagesByKindAreThoseOfTheSummary() throws {
    let database = try Self.database()
    let kinds = try database.messagesByKind(Self.october)
    #expect(kinds.keys.sorted() == ["example.com", "example.org"])
    for summary in try database.summary(Self.october) {
      let own = try #require(kinds[summary.domain])
      #expect(own.values.reduce(0, +) == summary.messages)
      #expect(own.filter(\.key.passesDMARC).values.reduce(0, +) == summary.passed)
      #expect(own.filter(\.key.isBlocked).values.reduce(0, +) == summary.rejected)
    }
  }

  @Test func messagesByMonthLeaveOutMonthsWithoutReports() throws {
    var filter = Self.october
    filter.firstDay = CalendarDay("2025-10-01")
    let months = try Self.database().messagesByMonth(filter)
    #expect(months.map { "\($0.start)" } == ["2026-09-01", "2026-10-01"])
    #expect(months.map(\.messages) == [8, 39])
    #expect(months.map(\.passed) == [5, 30])
    #expect(months[0].passRate == 5.0 / 8)
    #expect(MonthSum(start: CalendarDay(number: 0), messages: 4, notEvaluated: 4).passRate == nil)
  }

  @Test func daysWithoutReportsAreNotReported() throws {
    let daily = try #require(try Self.database().dailyMessages(Self.october))
    #expect(daily.days.count == 31)
    #expect(daily.reported == [0, 2])
    #expect(daily.estimated.isEmpty)
    let sums = daily.messages.values.reduce(Array(repeating: 0.0, count: 31)) { zip($0, $1).map(+) }
    #expect(sums[0] == 31 && sums[1] == 0 && sums[2] == 8)
    #expect(try Self.database().dailyMessages(RecordFilter()) == nil)
  }

  @Test func sendersAreGroupedByWhatTheQuestionSays() throws {
    let naming = SenderNaming(
      signer: { $0.spf.first?.domain }, place: { address, _ in address.isIPv6 ? "six" : "four" },
      label: { $0.passesDMARC ? "good" : "bad" })
    let senders = try Self.database().senderGroups(Self.october, naming)
    #expect(senders.map(\.name) == ["forward.example", "six"])
    #expect(senders.map(\.label) == ["good", "bad"])
    #expect(senders.map(\.messages) == [30, 9])
    #expect(senders.map(\.passed) == [30, 0] && senders.map(\.blocked) == [0, 9])
    #expect(senders.map(\.addresses) == [1, 1])
    #expect(senders[0].days[0] == 25 && senders[0].days[2] == 5)
  }

  @Test func reportersOfTheDaysBeforeAreKnown() throws {
    let reporters = try Self.database().reporterCoverage(Self.october, before: 91)
    let reporter = try #require(reporters.first)
    #expect(reporters.count == 1)
    #expect((reporter.reports, reporter.days, reporter.daysBefore) == (3, 2, 1))
    #expect(reporter.lastDay == CalendarDay("2026-10-03"))
  }

  @Test func intakeCountsTheReportsOfThePeriod() throws {
    let intake = try Self.database().intake(Self.october)
    #expect(intake.reports == 3 && intake.repaired == 0 && intake.conflicts == 0)
    var other = Self.october
    other.exactDomains = ["example.org"]
    #expect(try Self.database().intake(other).reports == 1)
  }

  @Test func periodsAreBounded() throws {
    let long = try #require(PeriodDays(RecordFilter(firstDay: .firstPlausible, lastDay: CalendarDay("2026-10-31"))))
    #expect(long.count == 400 && long.day(399) == CalendarDay("2026-10-31"))
    #expect(long.index(of: .min) == nil && long.index(of: .max) == nil)
  }
}
