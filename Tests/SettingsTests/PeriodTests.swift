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

  @Test(arguments: [
    ("2026-01-01", "last-month", "2025-12-01...2025-12-31"), ("2026-01-01", "yesterday", "2025-12-31...2025-12-31"),
    ("2026-12-31", "this-month", "2026-12-01...2026-12-31"), ("2026-03-31", "last-month", "2026-02-01...2026-02-28"),
    ("2024-03-31", "last-month", "2024-02-01...2024-02-29"), ("2024-03-01", "1d", "2024-02-29...2024-02-29"),
    ("2100-03-01", "1d", "2100-02-28...2100-02-28"), ("2000-03-01", "yesterday", "2000-02-29...2000-02-29"),
    ("2026-01-05", "1w", "2025-12-29...2025-12-29"), ("2026-01-01", "366d", "2024-12-31...2024-12-31"),
    ("2026-01-01", "LAST-MONTH", "2025-12-01...2025-12-31"),
  ])
  func monthsAndYearsEndWhereTheyShould(_ today: String, _ text: String, _ expected: String) throws {
    let days = try Period.days(text, today: #require(CalendarDay(today)))
    #expect(days.map { "\($0.lowerBound)...\($0.upperBound)" } == expected)
  }

  @Test(arguments: [
    "2023-02-29", "2100-02-29", "2026-04-31", "2026-00", "2026-13", "2026-00-01", "2026-1", "2026-1-1", "26-01-01",
    "2026-01-01 ", " 7d", "7 d", "7D", "1.5d", "+7d", "0x7d", "last_month", "2026/01", "20260101", "w", "2026-01-01x",
  ])
  func impossibleDatesAndOtherFormsAreNoPeriod(_ text: String) throws { #expect(try days(text) == nil) }

  @Test func aSpanHasABound() throws {
    #expect(try days("100000d") != nil)
    #expect(try days("100000w") != nil)
    #expect(try days("100001w") == nil)
    #expect(try days("9223372036854775807w") == nil)
  }
}
