import DMARC
import Foundation
import Testing

@testable import Verdict

/// What is told of a matter, and what is not.
@Suite struct MatterBookTests {
  /// A person who looks day by day.
  private struct Reader {
    var settings = AlertSettings()
    var mutes: [AlertMute] = []
    var entries: [MatterBook.Entry] = []
    var isQuiet = false

    /// The names of what is told on a day; it stays pending if the channel fails.
    mutating func look(on day: Int64, _ sightings: [Sighting], fails: Bool = false) -> [String] {
      let quiet = isQuiet
      var book = MatterBook(entries, settings, mutes: mutes, today: CalendarDay(number: day)) { _ in quiet }
      book.take(sightings)
      let told = book.decide()
      let names = told.map { "\(book.entries[$0.index].matter.subject) \($0.isEnd ? "ended" : "begun")" }
      if !fails { for (index, _) in told { book.note(toldOf: index) } }
      entries = book.entries
      return names
    }
  }

  private func sighting(
    _ rule: AlertRule = .mailFails, _ subject: String = "crm", domain: String = "example.com", since: Int64,
    isEnd: Bool = false, noticed: Int64? = nil, severity: Change.Severity = .high, messages: Int64? = 500
  ) -> Sighting {
    var sighting = Sighting(
      rule, isEnd: isEnd, subject: subject, places: [.init(domain: domain, since: CalendarDay(number: since))],
      noticed: CalendarDay(number: noticed ?? since + 3), severity: severity,
      texts: MatterText.each { _ in MatterText(title: "\(subject) \(isEnd)", sentences: ["It is so."]) })
    (sighting.messages, sighting.sender) = (messages, subject)
    return sighting
  }

  @Test func aMatterIsToldWhenItBeginsAndWhenItEnds() {
    var reader = Reader()
    let began = sighting(since: 100)
    #expect(reader.look(on: 104, [began]) == ["crm begun"])
    for day in Int64(105)..<120 { #expect(reader.look(on: day, [sighting(since: 100 + day % 3)]) == []) }
    #expect(reader.look(on: 130, [began, sighting(since: 125, isEnd: true)]) == ["crm ended"])
    #expect(reader.look(on: 131, [began, sighting(since: 126, isEnd: true)]) == [])
    // An end of what nobody knows is no news.
    #expect(reader.look(on: 132, [sighting(.keyBroke, "s1", since: 126, isEnd: true)]) == [])
  }

  @Test func whatIsAlreadySoIsKnownSilentlyAndSoIsItsEnd() {
    var reader = Reader()
    reader.isQuiet = true
    #expect(reader.look(on: 104, [sighting(since: 100)]) == [])
    reader.isQuiet = false
    #expect(reader.look(on: 105, [sighting(since: 100)]) == [])
    #expect(reader.look(on: 115, [sighting(since: 110, isEnd: true)]) == [])
    #expect(reader.entries.map(\.matter.begun.telling) == [.known])
    #expect(reader.entries.map(\.matter.ended?.telling) == [.silent])
  }

  @Test func whatIsLongPastIsNotTold() {
    var reader = Reader()
    #expect(reader.look(on: 200, [sighting(since: 150), sighting(.newSender, "shop", since: 185, noticed: 185)]) == [])
    #expect(reader.entries.map(\.matter.begun.telling) == [.late, .late])
    #expect(reader.look(on: 200, [sighting(.newSender, "other", since: 170, noticed: 186)]) == ["other begun"])
  }

  /// A channel that fails, or a run that is killed before it noted what it told.
  @Test func whatWasNotTakenIsToldAgain() {
    var reader = Reader()
    #expect(reader.look(on: 104, [sighting(since: 100)], fails: true) == ["crm begun"])
    #expect(reader.look(on: 105, [], fails: true) == ["crm begun"])
    #expect(reader.look(on: 106, [sighting(since: 100)]) == ["crm begun"])
    #expect(reader.look(on: 107, [sighting(since: 100)]) == [])
    // Over before anybody was told: one alert says both.
    #expect(reader.look(on: 108, [sighting(.replay, "copies", since: 100)], fails: true) == ["copies begun"])
    #expect(
      reader.look(on: 109, [sighting(.replay, "copies", since: 106, isEnd: true)], fails: true) == ["copies begun"])
    let matter = reader.entries.map(\.matter).first { $0.rule == .replay }
    #expect(matter?.text(isEnd: false, .english).sentences.count == 2)
    #expect(reader.look(on: 110, []) == ["copies begun"])
    #expect(reader.look(on: 111, []) == [])
  }

  @Test func thresholdsAndRulesThatAreOffStopNoise() {
    var reader = Reader()
    reader.settings.off = [.replay]
    reader.settings.thresholds = [.spoofing: 1_000]
    let sightings = [
      sighting(.replay, "a", since: 100), sighting(.spoofing, "b", since: 100, messages: 999),
      sighting(.spfRecord, "c", since: 100, messages: nil),
    ]
    #expect(reader.look(on: 104, sightings) == ["c begun"])
    // It grows until it matters.
    #expect(reader.look(on: 105, [sighting(.spoofing, "b", since: 100, messages: 1_000)]) == ["b begun"])
  }

  @Test func atMostSomeAreToldOnADayTheMostUrgentFirst() {
    var reader = Reader()
    reader.settings.atMost = 2
    let sightings = [
      sighting(.spfRecord, "low", since: 100, severity: .low, messages: nil), sighting(.mailFails, "high", since: 100),
      sighting(.spoofing, "medium", since: 100, severity: .medium),
    ]
    // What is about the owner's mail comes before what strangers do.
    #expect(reader.look(on: 104, sightings) == ["high begun", "low begun"])
    #expect(reader.look(on: 104, [sighting(.mailFails, "more", since: 101)]) == [])
    #expect(reader.entries.count { $0.matter.begun.telling == .held } == 2)
    // It is told on another day; what strangers do stays held, and its end is no news.
    #expect(
      reader.look(on: 105, sightings + [sighting(.mailFails, "next", since: 102)]) == ["more begun", "next begun"])
    #expect(reader.look(on: 115, [sighting(.mailFails, "more", since: 110, isEnd: true)]) == ["more ended"])
    #expect(reader.look(on: 116, [sighting(.spoofing, "medium", since: 111, isEnd: true)]) == [])
  }

  @Test func mutesCoverRuleDomainAndSenderUntilTheyEnd() throws {
    let crm = try #require(DomainName("example.com"))
    for mute in [
      AlertMute(rule: .mailFails, domain: nil, sender: nil, until: CalendarDay(number: 110)),
      AlertMute(rule: nil, domain: crm, sender: "CRM", until: CalendarDay(number: 110)),
    ] {
      var reader = Reader(mutes: [mute])
      let sightings = [sighting(domain: "mail.example.com", since: 100), sighting(.spoofing, "b", since: 100)]
      #expect(reader.look(on: 104, sightings) == ["b begun"])
      #expect(reader.look(on: 110, sightings) == [])
      // It still goes on.
      #expect(reader.look(on: 111, sightings) == ["crm begun"])
    }
    var other = Reader(mutes: [AlertMute(rule: nil, domain: DomainName("example.org"), sender: nil, until: nil)])
    #expect(other.look(on: 104, [sighting(since: 100)]) == ["crm begun"])
  }

  @Test func whatBeginsAgainSoonIsToldOnlyIfItStays() {
    var reader = Reader()
    #expect(reader.look(on: 104, [sighting(since: 100)]) == ["crm begun"])
    #expect(reader.look(on: 112, [sighting(since: 109, isEnd: true)]) == ["crm ended"])
    #expect(reader.look(on: 116, [sighting(since: 113)]) == [])
    #expect(reader.look(on: 117, [sighting(since: 116, isEnd: true)]) == [])
    #expect(reader.look(on: 121, [sighting(since: 118)]) == [])
    #expect(reader.look(on: 124, [sighting(since: 118)]) == ["crm begun"])
    #expect(reader.entries.count == 1 && reader.entries[0].matter.occurrence == 3)
    // Long after, it is another matter.
    #expect(reader.look(on: 134, [sighting(since: 130, isEnd: true)]) == ["crm ended"])
    #expect(reader.look(on: 164, [sighting(since: 160)]) == ["crm begun"])
    #expect(reader.entries.count == 2)
  }

  @Test func aMatterGrowsWithItsDomains() {
    var reader = Reader()
    #expect(
      reader.look(on: 104, [sighting(.spoofing, "example.com", domain: "a.example.com", since: 100)]) == [
        "example.com begun"
      ])
    #expect(reader.look(on: 108, [sighting(.spoofing, "example.com", domain: "b.example.com", since: 105)]) == [])
    #expect(reader.entries.map(\.matter.domains) == [["a.example.com", "b.example.com"]])
    let over = sighting(.spoofing, "example.com", domain: "a.example.com", since: 110, isEnd: true)
    #expect(reader.look(on: 118, [over]) == [])
    let last = sighting(.spoofing, "example.com", domain: "b.example.com", since: 112, isEnd: true)
    #expect(reader.look(on: 119, [over, last]) == ["example.com ended"])
  }

  @Test func aFloodOfMattersIsBounded() {
    var reader = Reader()
    let flood = (0..<2_000).map { sighting(.newSender, "sender \($0)", since: 100) }
    #expect(reader.look(on: 104, flood).count == 5)
    #expect(reader.entries.count == MatterBook.mostNew)
    // What is already so on the first day is all recorded: else the next run would tell it.
    var quiet = Reader(isQuiet: true)
    #expect(quiet.look(on: 104, flood) == [])
    quiet.isQuiet = false
    #expect(quiet.look(on: 105, flood) == [] && quiet.entries.count == 2_000)
  }

  @Test func causesAreNotToldAsWell() {
    var reader = Reader()
    var fails = sighting(since: 100)
    fails.explains = ["key-broke example.com s1", "spf-record example.com"]
    let sightings = [
      sighting(.keyBroke, "example.com s1", since: 101), sighting(.spfRecord, "example.com", since: 99), fails,
      sighting(.spfRecord, "example.org", since: 99),
    ]
    #expect(reader.look(on: 104, sightings).sorted() == ["crm begun", "example.org begun"])
    #expect(reader.look(on: 105, sightings) == [])
  }

  @Test func acknowledgedMattersAreNotToldAgain() {
    var reader = Reader()
    #expect(reader.look(on: 104, [sighting(since: 100)]) == ["crm begun"])
    reader.entries[0].matter.acknowledged = 105
    #expect(reader.look(on: 112, [sighting(since: 109, isEnd: true)]) == [])
  }

  @Test func hostileNamesStayOnOneLine() throws {
    let name = "a\nSubject: b\r\u{202e}\u{0}" + String(repeating: "x", count: 5_000)
    let texts = MatterText.each { _ in MatterText(title: name, sentences: [name]) }
    for text in texts.values.flatMap({ [$0.title] + $0.sentences }) {
      #expect(!text.contains { $0.isNewline })
      #expect(text.utf8.count <= 2_000)
    }
    #expect(try #require(texts["en"]).title.utf8.count <= 240)
  }

  @Test func aMatterSurvivesStoring() throws {
    var reader = Reader()
    _ = reader.look(on: 104, [sighting(since: 100)])
    let matter = reader.entries[0].matter
    #expect(try JSONDecoder().decode(Matter.self, from: JSONEncoder().encode(matter)) == matter)
  }

  @Test func extremeDaysAndNumbersDoNotTrap() {
    var reader = Reader()
    for day in [Int64.min, -1, 0, Int64.max] {
      _ = reader.look(
        on: day, [sighting(since: .max, noticed: .min, messages: .max), sighting(since: .min, noticed: .max)])
      _ = reader.look(on: day, [sighting(since: .max, isEnd: true, noticed: day)])
    }
    #expect(!reader.entries.isEmpty)
  }
}

/// Every rule has texts in every language.
@Suite struct AlertTextTests {
  @Test(arguments: Language.allCases) func everyRuleHasATitleForItsBeginningAndItsEnd(language: Language) {
    let codes = Phrasebook(language).codes
    for rule in AlertRule.allCases {
      #expect(codes.contains("alert.\(rule.rawValue).begun"), "\(rule)")
      if rule.lasts { #expect(codes.contains("alert.\(rule.rawValue).ended"), "\(rule)") }
      if rule.isState { #expect(codes.contains("alert.\(rule.rawValue).begun.text"), "\(rule)") }
    }
  }

  /// A change of each kind that is told has a title and sentences without a code or an open placeholder.
  @Test(arguments: Change.Kind.allCases) func changesAreToldInWords(kind: Change.Kind) {
    let day = CalendarDay(number: 20_000)
    let record = RecordDifference(domain: "example.com", lost: ["p=none"], gained: [], lastBefore: day, reporters: 2)
    for subject: Change.Subject in [
      .sender(SenderIdentity(.hosts, "crm.example")), .sender(SenderIdentity(.network, "192.0.2.0/24")),
      .domain("example.com"), .key(domain: "example.com", selector: "s1"), .reporter("one.example"),
    ] {
      var change = Change(kind, subject, domains: ["example.com"], since: day, noticed: day, severity: .high)
      (change.record, change.messages, change.messagesBefore) = (record, 5, 7)
      for sighting in Change.sightings([change], organisation: { $0 }) {
        for text in sighting.texts.values {
          #expect(!text.title.hasPrefix("alert.") && !text.title.contains("192.0.2"), "\(text)")
          for line in [text.title] + text.sentences where !line.contains("(no selector") {
            #expect(!line.contains("alert.") && !line.contains("change.") && !line.contains("{"), "\(line)")
          }
        }
      }
    }
  }
}
