import DMARC
import Testing

@testable import Settings

@Suite struct RetentionTests {
  private func parse(_ text: String) throws -> Retention? { try Configuration.parse(text, path: "c.yaml").keep }

  @Test func lengthsAreRead() throws {
    #expect(try parse("keep: 25 months")?.description == "25 months")
    #expect(try parse("keep: 1 Year")?.description == "1 year")
    #expect(try parse("keep: 90   days")?.reports?.count == 90)
    #expect(try parse("keep: {reports: 13 months, sums: 5 years}")?.description == "reports 13 months, sums 5 years")
    #expect(try parse("lang: en") == nil)
  }

  @Test(arguments: [
    "25", "months", "0 days", "-1 days", "+1 days", "1.5 years", "100001 days", "99999999999999999999 days", "25months",
    "2 fortnights", "[1 year]", "{sums: 5 years}", "{report: 1 year}", "{reports: forever}", "٢٥ months",
  ])
  func otherValuesAreErrorsWithALine(value: String) throws {
    let error = try #require(throws: SettingsError.self) { try parse("lang: en\nkeep: \(value)\n") }
    #expect(error.line == 2)
    if !value.hasPrefix("{report:"), !value.hasPrefix("[") { #expect(error.problem.contains("25 months"), "\(error)") }
  }

  @Test(arguments: [
    ("1 days", "2026-10-30"), ("2 weeks", "2026-10-17"), ("1 month", "2026-09-30"), ("8 months", "2026-02-28"),
    ("25 months", "2024-09-30"), ("1 year", "2025-10-31"), ("100000 years", "0001-01-01"),
  ])
  func lengthsEndOnADay(length: String, day: String) throws {
    let today = try #require(CalendarDay("2026-10-31"))
    #expect(try parse("keep: \(length)")?.firstDay(on: today)?.description == day)
  }

  /// Nothing that a setting says to keep is deleted.
  @Test func sumsKeepTheirReports() throws {
    let today = try #require(CalendarDay("2026-10-31"))
    let longer = try parse("keep: {reports: 13 months, sums: 5 years}")
    #expect(longer?.firstDay(on: today)?.description == "2021-10-31")
    let shorter = try parse("keep: {reports: 13 months, sums: 1 year}")
    #expect(shorter?.firstDay(on: today)?.description == "2025-09-30")
  }
}
