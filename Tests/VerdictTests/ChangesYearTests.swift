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

  /// A year with an event each month.
  static func eventful() -> SimulatedYear {
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
      RecordChange(.spf, spf, since: Self.calendar(5, 11), noticed: Self.calendar(5, 11), isWeaker: true),
      RecordChange(.dmarc, dmarc, since: Self.calendar(11, 5), noticed: Self.calendar(11, 6), isWeaker: false),
    ]
    return year
  }

  private static func calendar(_ month: Int, _ day: Int) -> CalendarDay {
    CalendarDay(number: Year.firstDay + Year.day(month, day))
  }

  private static func text(_ changes: [Change]) -> [String] {
    changes.map {
      "\($0.kind.rawValue) \($0.name) \($0.since.map { "\($0)" } ?? "?") \($0.causes.map(\.kind.rawValue))"
    }
  }

  @Test(arguments: 0..<3)
  func eachEventIsNamedOnceWithItsDayAndCause(round: Int) {
    var year = Self.eventful()
    year.seed = "eventful \(round)"
    // The sender that is repaired may be certain weeks before the whole domain is: either tells the event.
    let rise = "pass-rate-rose example.com 2026-04-20 [\"sender\", \"key-verifies\"]"
    let all = year.monthly().flatMap { answer in Self.text(answer.changes).sorted() }
      .map { $0 == "sender-passes CRM 2026-04-20 [\"key-verifies\"]" ? rise : $0 }
    #expect(
      all == [
        "sender-new shop.example 2026-02-10 []",
        "pass-rate-fell example.com 2026-03-12 [\"sender\", \"key-stopped\"]",
        rise,
        "pass-rate-fell example.com 2026-05-12 [\"sender\", \"spf-stopped\", \"spf-record\"]",
        "pass-rate-rose example.com 2026-06-02 [\"sender\", \"spf-passes\"]",
        "spoofing-began example.com 2026-06-08 []",
        "spoofing-ended example.com 2026-06-21 []",
        "sender-gone CRM 2026-07-15 []",
        "volume-rose example.com 2026-08-19 []",
        "reporter-new delta 2026-09-09 []",
        "reporter-silent beta 2026-10-12 []",
        "dmarc-record example.com 2026-11-05 []",
      ])
  }

  @Test func causesNameTheKeyTheSenderAndTheRecord() throws {
    let year = Self.eventful()
    let march = try #require(year.changes(Year.month(3), before: Year.month(2)).first)
    let texts = march.sentences(Phrasebook(.english))
    #expect(texts.count == 3)
    #expect(texts[0].hasPrefix("Fewer of example.com's own messages have passed since 2026-03-12: "))
    #expect(texts[1] == "The messages are those of CRM.")
    #expect(texts[2] == "Selector s2026 of example.com has not verified since 2026-03-12.")
    let may = try #require(year.changes(Year.month(5), before: Year.month(4)).first)
    #expect(
      may.sentences(Phrasebook(.english)).last
        == "At the same time, the SPF record of example.com changed between 2026-05-10 and 2026-05-11: lost include:_spf.letters.example."
    )
    #expect(may.nextStep?.description == "dmarcstat explain 192.0.2.2 --domain example.com")
  }

  /// Weeks instead of months: the same events, each once.
  @Test func otherPeriodsNameTheSameEvents() {
    var year = Self.eventful()
    year.seed = "eventful 0"
    let first = CalendarDay(number: Year.firstDay)
    var all: [String] = []
    for start in stride(from: Int64(28), to: Year.length - 14, by: 14) {
      let now = first.advanced(by: start)...first.advanced(by: start + 13)
      let before = first.advanced(by: start - 28)...first.advanced(by: start - 1)
      all += Self.text(year.changes(now, before: before)).map { String($0.prefix { $0 != "[" }) }
    }
    #expect(Set(all).count == all.count, "named twice: \(all)")
    for event in [
      "pass-rate-fell example.com 2026-03-12 ", "pass-rate-fell example.com 2026-05-12 ",
      "reporter-silent beta 2026-10-12 ",
    ] {
      #expect(all.contains(event), "\(all)")
    }
  }

  /// A year with weekends, holidays, growth, bursts, stray sources and chance, and nothing else.
  static func calm(_ round: Int) -> SimulatedYear {
    var year = Year(
      domain: "example.com",
      senders: [
        Year.Sender(identity: Self.own, perDay: [20, 500, 5_000][round % 3], selector: "s1"),
        Year.Sender(identity: Self.letters, perDay: 60, selector: nil, envelope: "news.example.com"),
        Year.Sender(identity: Self.crm, perDay: 6, selector: "s2", isSteadyOnWeekends: true),
      ], seed: "calm \(round)")
    for stray in 0..<40 {
      var sender = Year.Sender(
        identity: SenderIdentity(.network, "198.51.\(stray).0/24"), perDay: 3, selector: nil, passesSPF: stray % 2 == 0)
      (sender.first, sender.last) = (Int64(stray * 9), Int64(stray * 9 + stray % 3 + 1))
      year.senders.append(sender)
    }
    year.background = [1, 30, 300][round % 3]
    year.missing = [40, 41, 200, 201, 202, 203]
    return year
  }

  /// A year in which nothing happens but weekends, holidays, growth, bursts, stray sources and chance.
  @Test(arguments: 0..<6)
  func nothingHappens(round: Int) {
    let year = Self.calm(round)
    #expect(year.monthly().flatMap { Self.text($0.changes) } == [])
  }

  @Test(arguments: 0..<10)
  func smallDomainsNeverAlarm(round: Int) {
    let year = Year(
      domain: "small.example", senders: [Year.Sender(identity: Self.own, perDay: 3, selector: "s1")],
      seed: "small \(round)")
    #expect(year.monthly().flatMap { Self.text($0.changes) } == [])
  }

  @Test func periodsWithoutReportsAreNotCompared() {
    var year = Self.eventful()
    year.missing = Set(0..<Year.day(3, 1))
    #expect(year.changes(Year.month(3), before: Year.month(2)) == [])
    #expect(year.changes(Year.month(2), before: Year.month(3)) == [])
    // Of a period with few days, what was there before it is not known.
    #expect(year.changes(Year.month(3), before: Year.month(1)) == [])
  }

  /// The other way round, what came has gone, and nothing traps.
  @Test func periodsMayBeSwapped() {
    let year = Self.eventful()
    let texts = Self.text(year.changes(Year.month(1), before: Year.month(3)))
    #expect(texts.contains { $0.hasPrefix("sender-gone shop.example ? ") }, "\(texts)")
  }

  @Test func distantPeriodsHaveNoDayAtTheirBorder() {
    let year = Self.eventful()
    let changes = year.changes(Year.month(11), before: Year.month(1))
    #expect(changes.contains { $0.kind == .volumeRose && $0.since == nil })
    #expect(changes.contains { $0.kind == .senderNew && $0.since == nil && $0.name == "shop.example" })
    #expect(changes.allSatisfy { $0.text(Phrasebook(.english)).contains("in this period") || $0.since != nil })
  }
}
