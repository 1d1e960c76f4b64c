import DMARC
import Testing

@testable import Verdict

/// A year with known events, looked at every day: each is told once, and what did not happen is not.
@Suite struct AlertYearTests {
  private typealias Year = SimulatedYear

  private static let expected = [
    "New unknown sender for example.com: shop.example",
    "Mail of CRM for example.com fails DMARC",
    "Mail of CRM for example.com passes DMARC again",
    "Mail of Letters for example.com fails DMARC",
    "Mail of Letters for example.com passes DMARC again",
    "Spoofing of example.com has begun",
    "Spoofing of example.com has ended",
    "beta no longer sends reports",
    "The DMARC record of example.com changed",
  ]

  @Test(arguments: 0..<2) func eachEventIsToldOnce(round: Int) {
    var year = ChangesYearTests.eventful()
    year.seed = "alerts \(round)"
    var alerts = AlertYear(year)
    alerts.run(25..<Year.length)
    #expect(alerts.titles.filter { !$0.contains("SPF record") } == Self.expected)
    #expect(alerts.titles.count { $0.contains("SPF record") } <= 1)
    // Nobody waits for a month: a campaign is told within days.
    let campaign = alerts.told.first { $0.title == "Spoofing of example.com has begun" }
    #expect(campaign.map { $0.day <= Year.day(6, 8) + 3 } ?? false)
  }

  /// Somebody who looks once a week, or gets reports days late, is told of the same events.
  @Test(arguments: [(7, 1), (3, 4), (1, 9)]) func otherRhythmsTellTheSame(step: Int, delay: Int64) {
    var alerts = AlertYear(ChangesYearTests.eventful())
    (alerts.step, alerts.delay) = (step, delay)
    alerts.run(25..<Year.length)
    #expect(Set(alerts.titles.filter { !$0.contains("SPF record") }) == Set(Self.expected))
    #expect(Set(alerts.titles).count == alerts.titles.count, "\(alerts.titles)")
  }

  @Test func nothingIsToldOnTheFirstRun() {
    // In the middle of everything that goes on.
    for day in stride(from: Int64(30), to: Year.length, by: 15) {
      var alerts = AlertYear(ChangesYearTests.eventful())
      alerts.look(on: day)
      #expect(alerts.titles == [])
      alerts.look(on: day)
      #expect(alerts.titles == [])
    }
  }

  /// Reports for a year, which come long after it.
  @Test func nothingIsToldOfReportsAboutDaysLongPast() {
    var alerts = AlertYear(ChangesYearTests.eventful())
    alerts.delay = 30
    alerts.settings.isQuietAtFirst = false
    alerts.run(60..<Year.length)
    #expect(alerts.titles == [])
    #expect(alerts.entries.count { $0.matter.begun.telling == .late } >= 5)
  }

  /// A calm year of an organisation of ordinary size: background spoofing, strays, weekends, holidays.
  @Test(arguments: 0..<3) func aCalmYearIsQuiet(round: Int) {
    var alerts = AlertYear(ChangesYearTests.calm(round))
    alerts.run(25..<Year.length)
    #expect(alerts.titles == [])
  }

  /// Waves of spoofing that begin again and again are one matter, not one on each day.
  @Test func recurringWavesAreOneMatter() {
    var year = ChangesYearTests.calm(0)
    for start in stride(from: Int64(60), to: 330, by: 11) { year.spoofed[start] = 900 + start }
    var alerts = AlertYear(year)
    alerts.run(25..<Year.length)
    let months = Double(Year.length - 60) / 30
    #expect(!alerts.titles.isEmpty && Double(alerts.titles.count) < 3 * months, "\(alerts.told)")
  }
}
