import DMARC
import Seeds
import Testing

@testable import Verdict

/// A year with known events: each is named once, with its day and cause, and nothing else is.
@Suite struct ChangesYearTests {
  private typealias Year = SimulatedYear

  private static let crm = SenderIdentity(.declared, "CRM")
  private static let shop = SenderIdentity(.hosts, "shop.example")
  private static let letters = SenderIdentity(.operatorName, "Letters")
  private static let own = SenderIdentity(.hosts, "example.com")

  private func eventful() -> Year {
    var crm = Year.Sender(identity: Self.crm, perDay: 90, selector: "s2026", passesSPF: false)
    crm.brokenKey = Year.day(3, 12)..<Year.day(4, 20)
    crm.last = Year.day(7, 15)
    crm.isSteadyOnWeekends = true
    var letters = Year.Sender(identity: Self.letters, perDay: 200, selector: nil, envelope: "news.example.com")
    letters.brokenSPF = Year.day(5, 12)..<Year.day(6, 2)
    var shop = Year.Sender(identity: Self.shop, perDay: 20, selector: nil, passesSPF: false)
    (shop.first, shop.isMisaligned) = (Year.day(2, 10), true)
    var year = Year(
      domain: "example.com",
      senders: [Year.Sender(identity: Self.own, perDay: 500, selector: "s1"), letters, crm, shop], seed: "eventful")
    year.background = 6
    for day in Year.day(6, 8)...Year.day(6, 20) { year.spoofed[day] = 2_000 }
    year.volume = { $0 >= Year.day(8, 19) ? 3 : 1 }
    year.reporterDays = [1: 0..<Year.day(10, 12), 3: Year.day(9, 9)..<Year.length]
    let spf = RecordDifference(
      domain: "example.com", lost: ["include:_spf.letters.example"], gained: [],
      lastBefore: Self.calendar(5, 10), reporters: nil)
    let dmarc = RecordDifference(
      domain: "example.com", lost: ["p=none"], gained: ["p=quarantine"], lastBefore: Self.calendar(11, 4), reporters: 3)
    year.records = [
      RecordChange(isSPF: true, spf, since: Self.calendar(5, 11), noticed: Self.calendar(5, 11), isWeaker: true),
      RecordChange(isSPF: false, dmarc, since: Self.calendar(11, 5), noticed: Self.calendar(11, 6), isWeaker: false),
    ]
    return year
  }

  private static func calendar(_ month: Int, _ day: Int) -> CalendarDay {
    CalendarDay(number: Year.firstDay + Year.day(month, day))
  }

  private static func text(_ changes: [Change]) -> [String] {
    changes.map { "\($0.kind.rawValue) \($0.name) \($0.since.map { "\($0)" } ?? "?") \($0.causes.map(\.kind.rawValue))" }
  }

  @Test func eachEventIsNamedOnceWithItsDayAndCause() {
    let answers = eventful().monthly()
    let all = answers.flatMap { answer in Self.text(answer.changes) }
    #expect(
      all == [
        "sender-new shop.example 2026-02-10 []",
        "sender-fails CRM 2026-03-12 [\"key-stopped\"]",
      ])
  }

  /// A year in which nothing happens but weekends, holidays, growth, bursts and chance.
  @Test(arguments: 0..<4)
  func nothingHappens(round: Int) {
    var year = Year(
      domain: "example.com",
      senders: [
        Year.Sender(identity: Self.own, perDay: 500, selector: "s1"),
        Year.Sender(identity: Self.letters, perDay: 60, selector: nil, envelope: "news.example.com"),
        Year.Sender(identity: Self.crm, perDay: 6, selector: "s2", isSteadyOnWeekends: true),
      ], seed: "calm \(round)")
    year.background = 6
    year.missing = [40, 41, 200, 201, 202, 203]
    #expect(year.monthly().flatMap { Self.text($0.changes) } == [])
  }

  @Test(arguments: 0..<10)
  func smallDomainsNeverAlarm(round: Int) {
    let year = Year(
      domain: "small.example", senders: [Year.Sender(identity: Self.own, perDay: 3, selector: "s1")],
      seed: "small \(round)")
    #expect(year.monthly().flatMap { Self.text($0.changes) } == [])
  }
}
