import DMARC
import Testing

@Suite struct CalendarDayTests {
  @Test(arguments: [
    (0, "1970-01-01"), (86_399, "1970-01-01"), (86_400, "1970-01-02"), (1_790_812_800, "2026-10-01"),
    (951_782_400, "2000-02-29"), (-1, "1969-12-31"), (4_102_444_800, "2100-01-01"),
  ])
  func fromEpoch(epoch: Int64, text: String) { #expect(CalendarDay(epoch: epoch).description == text) }

  @Test func everyDayOfFourCenturiesIsRoundTripped() throws {
    let first = try #require(CalendarDay("1899-12-31"))
    for offset in stride(from: Int64(0), through: 146_097, by: 1) {
      let day = first.advanced(by: offset)
      #expect(CalendarDay(day.description) == day)
    }
  }

  @Test(arguments: ["2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-1-1", "2026-10-00", "x", "2026-10"])
  func invalidDays(text: String) { #expect(CalendarDay(text) == nil) }

  @Test func timesIncludeTheirOffset() {
    #expect(timestamp(1_790_812_800 + 3_723) == "2026-10-01T01:02:03+00:00")
  }

  @Test func reportDayIsThatOfItsMiddle() throws {
    func day(_ begin: Int64, _ end: Int64) throws -> String {
      let domain = try #require(DomainName("example.com"))
      let identity = ReportIdentity(reporter: "r", reportID: "1", policyDomain: domain, begin: begin, end: end)
      return CalendarDay(number: identity.day).description
    }
    #expect(try day(1_790_812_800, 1_790_899_199) == "2026-10-01")
    #expect(try day(1_790_812_800 - 18_000, 1_790_899_200 - 18_000) == "2026-10-01")
    #expect(try day(1_790_812_800 - 50_000, 1_790_899_200 - 50_000) == "2026-09-30")
    #expect(try day(1_790_812_800, 1_790_812_800) == "2026-10-01")
    #expect(try day(1_790_812_800, 0) == "2026-10-01")
  }
}
