import DMARC
import Store
import Testing

@Suite struct PeriodLengthTests {
  /// ISO 8601: a week belongs to the year of its Thursday.
  @Test(arguments: [
    ("2026-10-26", "2026-W44"), ("2020-12-28", "2020-W53"), ("2021-01-04", "2021-W01"), ("2018-12-31", "2019-W01"),
    ("2016-12-26", "2016-W52"), ("1969-12-29", "1970-W01"), ("2027-12-27", "2027-W52"),
  ])
  func weeksHaveISONumbers(_ monday: String, _ name: String) throws {
    #expect(PeriodLength.week.name(start: try #require(CalendarDay(monday))) == name)
  }

  @Test func nextPeriods() throws {
    func next(_ length: PeriodLength, _ day: String) throws -> String {
      "\(length.next(after: try #require(CalendarDay(day))))"
    }
    #expect(try next(.day, "2024-02-28") == "2024-02-29" && next(.week, "2026-12-28") == "2027-01-04")
    #expect(try next(.month, "2024-02-01") == "2024-03-01" && next(.month, "2026-12-01") == "2027-01-01")
  }

  @Test func sumsForEachPeriod() throws {
    let database = try ReportDatabase()
    // Thursday 1, Sunday 4 and Monday 5 October, and 1 January 1970.
    let begins: [Int64] = [1_790_812_800, 1_791_072_000, 1_791_158_400, 0]
    _ = try database.store(
      begins.enumerated().map { number, begin in
        ReportMaker(id: "\(number)", content: UInt8(number + 1), begin: begin, domain: "d\(number % 2).example")
      })
    func names(_ length: PeriodLength) throws -> [String] {
      try database.summary(per: length, RecordFilter()).map {
        "\(length.name(start: $0.start)) \($0.messages) \($0.domains)"
      }
    }
    #expect(try names(.day) == ["1970-01-01 8 1", "2026-10-01 8 1", "2026-10-04 8 1", "2026-10-05 8 1"])
    #expect(try names(.week) == ["1970-W01 8 1", "2026-W40 16 2", "2026-W41 8 1"])
    #expect(try names(.month) == ["1970-01 8 1", "2026-10 24 2"])
    let failures = try database.failures(per: .week, RecordFilter(firstDay: CalendarDay("2026-10-02")))
    #expect(failures.map(\.group.key) == ["2026-W40", "2026-W41"] && failures.map(\.group.messages) == [3, 3])
  }
}
