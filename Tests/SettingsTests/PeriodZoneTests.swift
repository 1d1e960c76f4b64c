import DMARC
import Testing

@testable import Settings

@Suite struct PeriodZoneTests {
  /// 2026-11-01 00:30 UTC: still October in Newfoundland, 14:30 on Kiritimati.
  private static let moment: Int64 = 1_793_493_000

  @Test(arguments: [
    ("UTC", "2026-11-01"), ("utc", "2026-11-01"), ("Asia/Tokyo", "2026-11-01"), ("Pacific/Kiritimati", "2026-11-01"),
    ("America/St_Johns", "2026-10-31"), ("America/New_York", "2026-10-31"),
  ])
  func dateIsThatOfTheZone(_ name: String, _ day: String) throws {
    #expect(try "\(#require(PeriodZone(name: name)).day(at: Self.moment))" == day)
  }

  /// The clocks of New York go back at 06:00 UTC on 2026-11-01; the date changes at 04:00 UTC before and at 05:00 UTC after.
  @Test(arguments: [
    (1_793_505_599 as Int64, "2026-10-31"), (1_793_505_600, "2026-11-01"), (1_793_595_599, "2026-11-01"),
    (1_793_595_600, "2026-11-02"),
  ])
  func daylightSavingMovesMidnight(_ epoch: Int64, _ day: String) throws {
    #expect(try "\(#require(PeriodZone(name: "America/New_York")).day(at: epoch))" == day)
  }

  @Test(arguments: ["", "Asia/Tokio", "JST", "CST", "GMT+3", "../etc/passwd", "/etc/localtime", "Asia", "+09:00"])
  func otherTextsAreNoZones(_ name: String) { #expect(PeriodZone(name: name) == nil) }

  @Test(arguments: [
    ("Asia/Tokio", "Asia/Tokyo"), ("tokyo", "Asia/Tokyo"), ("Europe/Berlim", "Europe/Berlin"),
    ("america/new_york", "America/New_York"),
  ])
  func misspeltNameHasANearOne(_ name: String, _ near: String) {
    #expect(PeriodZone.names(near: name).first == near)
  }

  @Test func wrongZoneInTheConfigurationNamesNearOnes() throws {
    #expect(try Configuration.parse("timezone: Asia/Tokyo", path: "c").timeZone == PeriodZone(name: "Asia/Tokyo"))
    let error = #expect(throws: SettingsError.self) { try Configuration.parse("timezone: Asia/Tokio", path: "c") }
    #expect(error?.description.contains("Asia/Tokyo") == true)
  }
}

@Suite struct ReadinessKeyTests {
  @Test func everyThresholdIsRead() throws {
    let read = try Configuration.parse("readiness: {undecided_share: 0.1, days: 5, reporters: 3}", path: "c").readiness
    #expect((read.undecidedShare, read.days, read.reporters) == (0.1, 5, 3))
    for wrong in ["{undecided_share: 2}", "{days: 0}", "{day: 1}"] {
      #expect(throws: SettingsError.self) { try Configuration.parse("readiness: \(wrong)", path: "c") }
    }
  }
}

@Suite struct NearNamesTests {
  private static let known = ["example.com", "example.org", "shop.example.net", "other.example"]

  @Test(arguments: [
    ("exmaple.com", ["example.com"]), ("example.co", ["example.com"]), ("mail.example.com", ["example.com"]),
    ("example.net", ["shop.example.net", "example.com", "example.org"]), ("mail.exmaple.com", ["example.com"]),
    ("unrelated.test", []),
  ])
  func nearDomainsAreListedNearestFirst(_ text: String, _ near: [String]) throws {
    let names = try Self.known.map { try #require(DomainName($0)) }
    let found = NearNames.of(try #require(DomainName(text)), among: names).map(\.name)
    #expect(near.isEmpty ? found.isEmpty : found.starts(with: near), "\(found)")
  }
}
