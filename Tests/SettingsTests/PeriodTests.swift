import DMARC
import Settings
import Testing

@Suite struct PeriodTests {
  private let today = CalendarDay("2026-03-01")

  private func days(_ text: String) throws -> String? {
    try Period.days(text, today: #require(today)).map { "\($0.lowerBound)...\($0.upperBound)" }
  }

  @Test(arguments: [
    ("today", "2026-03-01...2026-03-01"), ("Yesterday", "2026-02-28...2026-02-28"),
    ("this-month", "2026-03-01...2026-03-31"), ("last-month", "2026-02-01...2026-02-28"),
    ("2024-02", "2024-02-01...2024-02-29"), ("2026", "2026-01-01...2026-12-31"),
    ("2026-01-15", "2026-01-15...2026-01-15"), ("7d", "2026-02-22...2026-02-22"), ("2w", "2026-02-15...2026-02-15"),
    ("0d", "2026-03-01...2026-03-01"),
  ])
  func periodFormats(_ text: String, _ expected: String) throws {
    #expect(try days(text) == expected)
  }

  @Test(arguments: [
    "", "d", "-1d", "100001d", "99999999999999999999d", "7m", "2026-13", "2026-02-30", "soon", "٧d",
  ])
  func otherTextsAreNotPeriods(_ text: String) throws { #expect(try days(text) == nil) }

  @Test func monthIsNeitherADayNorAYear() throws {
    let today = try #require(today)
    #expect(Period.month("2026-02", today: today)?.upperBound == CalendarDay("2026-02-28"))
    #expect(Period.month("last-month", today: today)?.lowerBound == CalendarDay("2026-02-01"))
    #expect(Period.month("2026-02-01", today: today) == nil)
    #expect(Period.month("2026", today: today) == nil)
    #expect(Period.month("7d", today: today) == nil)
  }
}
