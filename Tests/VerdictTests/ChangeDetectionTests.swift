import DMARC
import Seeds
import Testing

@testable import Verdict

/// The tests that decide what is beyond chance, and attacks on them.
@Suite struct ChangeDetectionTests {
  @Test func shareShiftsAreFoundWithTheirDay() {
    let passed = [Int64](repeating: 98, count: 20) + [Int64](repeating: 60, count: 10)
    let failed = [Int64](repeating: 2, count: 20) + [Int64](repeating: 40, count: 10)
    let shifts = ShareShift.find(passed: passed, failed: failed)
    #expect(shifts.map(\.since) == [20] && shifts.map(\.noticed) == [22])
    #expect(shifts.first.map { abs($0.before - 0.98) < 0.001 && abs($0.after - 0.6) < 0.001 } ?? false)
  }

  @Test func aBurstOnOneDayIsNoShift() {
    var failed = [Int64](repeating: 1, count: 40)
    failed[25] = 100_000
    #expect(ShareShift.find(passed: [Int64](repeating: 100, count: 40), failed: failed) == [])
  }

  /// Each day is a matter of chance, far more than independent messages would be.
  @Test(arguments: 0..<20)
  func overdispersedDaysAreNoShift(round: Int) {
    var random = Seeded("dispersed \(round)")
    var (passed, failed): ([Int64], [Int64]) = ([], [])
    for _ in 0..<365 {
      let all = Int64.random(in: 20...20_000, using: &random)
      let failing = Int64(Double(all) * Double.random(in: 0...0.3, using: &random))
      passed.append(all - failing)
      failed.append(failing)
    }
    #expect(ShareShift.find(passed: passed, failed: failed) == [])
  }

  @Test func fewMessagesAreNoShift() {
    let passed = [Int64](repeating: 3, count: 20) + [Int64](repeating: 0, count: 3)
    let failed = [Int64](repeating: 0, count: 20) + [Int64](repeating: 3, count: 3)
    #expect(ShareShift.find(passed: passed, failed: failed) == [])
  }

  @Test func wavesBeginAndEnd() {
    let series = [Int64](repeating: 5, count: 20) + [Int64](repeating: 900, count: 6) + [Int64](repeating: 4, count: 14)
    let waves = MessageWave.find(series, least: 50)
    #expect(waves.count == 1)
    #expect(waves.first?.begin == Turn(since: 20, noticed: 20))
    #expect(waves.first?.end == Turn(since: 26, noticed: 32))
  }

  @Test func aWaveThatWasThereBeforeOnlyEnds() {
    let waves = MessageWave.find([Int64](repeating: 900, count: 12) + [Int64](repeating: 0, count: 12), least: 50)
    #expect(waves.map(\.begin) == [nil] && waves.map(\.end?.since) == [12])
  }

  @Test func arrivalsAndDeparturesFollowTheirOwnRhythm() {
    let daily = [Int64](repeating: 20, count: 30)
    let gone = Rhythm(daily + [Int64](repeating: 0, count: 10))
    #expect(gone.departure(least: 20) == Turn(since: 30, noticed: 36))
    // Once a week, three weeks without are needed.
    let weekly = (0..<35).map { $0 % 7 == 0 ? Int64(50) : 0 }
    #expect(Rhythm(weekly + [Int64](repeating: 0, count: 12)).departure(least: 20) == nil)
    #expect(Rhythm(weekly + [Int64](repeating: 0, count: 20)).departure(least: 20) != nil)
    // Now and then is no rhythm.
    let rare = (0..<60).map { [3, 20, 21, 40, 41].contains($0) ? Int64(50) : 0 }
    #expect(Rhythm(rare).departure(least: 1) == nil)
    #expect(
      Rhythm([Int64](repeating: 0, count: 10) + daily).arrival(least: 10, days: 3) == Turn(since: 10, noticed: 12))
    #expect(Rhythm([Int64](repeating: 0, count: 3) + daily).arrival(least: 10, days: 3) == nil)
  }

  @Test func hugeAndEmptySeriesDoNotTrap() {
    for series in [[], [0], [Int64](repeating: .max, count: 60), [Int64](repeating: 0, count: 60)] {
      _ = ShareShift.find(passed: series, failed: series)
      _ = VolumeShift.find(series, days: series.indices.map { Int64($0) })
      _ = MessageWave.find(series, least: 50)
      _ = Rhythm(series).departure(least: 1)
      _ = Rhythm(series).arrival(least: 1, days: 1)
    }
    _ = VolumeShift.find([Int64](repeating: 5, count: 60), days: [Int64](repeating: .min, count: 60))
  }

  private static let periods = ChangePeriods(
    before: CalendarDay(number: 20_000)...CalendarDay(number: 20_029),
    now: CalendarDay(number: 20_030)...CalendarDay(number: 20_059))

  private static func days(_ range: ClosedRange<Int64>, _ messages: Int64, reporters: [Int]) -> [DayMessages] {
    range.flatMap { day in reporters.map { DayMessages(day: day, reporter: $0, messages: messages) } }
  }

  /// One of four reporters says that everything fails: its name is told, and nobody is woken.
  @Test func aReporterThatLiesIsNamed() throws {
    let timeline = Timeline(Self.periods, covered: Set(20_000...20_059))
    var activity = DomainActivity(domain: "example.com")
    activity.reporterNames = [0: "a.example", 1: "b.example", 2: "c.example", 3: "liar.example"]
    activity.messages[.passing] = Self.days(20_000...20_059, 50, reporters: [0, 1, 2])
    activity.messages[.failing] = Self.days(20_040...20_059, 1_000_000, reporters: [3])
    let change = try #require(activity.changes(timeline).first)
    #expect(change.kind == .passRateFell && change.onlyReporter == "liar.example" && change.severity == .low)
    #expect(change.text(Phrasebook(.english)).contains("Only liar.example reports this"))
    activity.messages[.failing] = Self.days(20_040...20_059, 400, reporters: [0, 1, 2])
    let shared = try #require(activity.changes(timeline).first)
    #expect(shared.onlyReporter == nil && shared.severity == .high)
  }

  /// The same wave in the name of many domains is one event, whatever its number of addresses.
  @Test func oneCampaignIsOneChange() {
    let timeline = Timeline(Self.periods, covered: Set(20_000...20_059))
    var list = ChangeList()
    for number in 0..<500 {
      var activity = DomainActivity(domain: "d\(number).example")
      activity.messages[.passing] = Self.days(20_000...20_059, 50, reporters: [0])
      activity.messages[.unknown] = Self.days(20_040...20_045, 700, reporters: [0])
      for change in activity.changes(timeline) { list.add(change) }
    }
    list.sort()
    #expect(list.changes.map(\.kind) == [.spoofingBegan, .spoofingEnded])
    #expect(list.changes.first?.domains.count == 500)
    #expect(list.changes.first?.text(Phrasebook(.english)).contains("and 497 more domains") ?? false)
  }

  @Test func hostileNamesReachNoCommand() {
    var change = Change(
      .senderFails, .sender(SenderIdentity(.hosts, "x`; rm -rf /\u{1b}[31m{since}")), domains: ["$(id).example"],
      since: nil, noticed: CalendarDay(number: 20_000), severity: .high)
    change.address = IPAddress("192.0.2.1")
    #expect(change.nextStep == nil)
    #expect(change.text(Phrasebook(.english)).contains("{since}"), "braces in a name are left alone")
  }
}
