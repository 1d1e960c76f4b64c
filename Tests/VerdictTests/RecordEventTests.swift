import DMARC
import Testing

@testable import Verdict

/// What states of watched records mean, and what mail shows after they change.
@Suite struct RecordEventTests {
  private static let first = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
  private static let second = "v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
  private static let day = CalendarDay(number: 20_000)

  private func step(
    _ kind: RecordKind, _ old: String?, _ new: String?, owner: String = "example.com"
  ) -> String? {
    RecordTransition(kind, domain: "example.com", owner: owner, from: old, to: new).difference(lastBefore: Self.day)
      .map { found in
        let terms = [
          "-\(found.difference.lost.joined(separator: ","))", "+\(found.difference.gained.joined(separator: ","))",
        ]
        return ([found.difference.step.rawValue] + terms + (found.isWeaker ? ["weaker"] : [])).joined(separator: " ")
      }
  }

  private func key(_ old: [String], _ new: [String]) -> String? {
    step(.dkim, KeyState(old)?.stored, KeyState(new)?.stored, owner: "s1._domainkey.example.com")
  }

  @Test func keysAreComparedAndNotTheirTexts() {
    #expect(key([Self.first], [Self.first + "; n=a note"]) == nil)
    #expect(key([Self.first], [Self.second]) == "replaced - +")
    #expect(key([Self.first], ["v=DKIM1; p="]) == "revoked - + weaker")
    #expect(key([Self.first], []) == "disappeared - + weaker")
    #expect(key([Self.first], ["some wildcard"]) == "disappeared - + weaker")
    #expect(key([Self.first], ["v=DKIM1; p=%%%"]) == "unusable - +invalid weaker")
    #expect(key([Self.first], [Self.first, Self.second]) == "unusable - +several weaker")
    #expect(key([Self.first], [Self.first + "; t=s:y"]) == "changed - +t=y")
    #expect(key([Self.first + "; t=y"], [Self.first]) == "changed -t=y +")
    #expect(key(["v=DKIM1; p="], [Self.first]) == "appeared - +")
    #expect(key(["v=DKIM1; p=%%%"], [Self.first]) == "usable - +")
    #expect(key(["v=DKIM1; p="], []) == nil)
  }

  @Test func statesOfKeysAreReadAsTheyAreStored() throws {
    for texts in [[Self.first], ["v=DKIM1; p="], ["v=DKIM1; p=%%"], [Self.first + "; t=y"], [Self.first, Self.second]] {
      let state = try #require(KeyState(texts))
      #expect(KeyState(stored: state.stored) == state)
    }
    #expect(KeyState(stored: "") == nil && KeyState(stored: "rsa x y z") == nil)
    let long = try #require(KeyState(["v=DKIM1; p=" + String(repeating: "A", count: 60_000)]))
    #expect(long.stored.utf8.count < 200)
  }

  @Test func recordsOfOtherKinds() {
    #expect(
      step(.dmarc, "v=DMARC1; p=reject", "v=DMARC1;p=none; rua=mailto:a@b.example")
        == "changed -p=reject +p=none,rua=mailto:a@b.example weaker")
    #expect(step(.dmarc, "v=DMARC1; p=reject", "v=DMARC1;p=reject;") == nil)
    #expect(step(.dmarc, "v=DMARC1; p=reject", "several") == "unusable -p=reject + weaker")
    #expect(step(.dmarc, "v=DMARC1; p=reject", "inherited _dmarc.example") == "disappeared -p=reject + weaker")
    // The record of the parent has its own history.
    #expect(step(.dmarc, nil, "inherited _dmarc.example") == nil)
    #expect(step(.spf, "v=spf1 include:a.example -all", "v=spf1 -all") == "changed -include:a.example + weaker")
    #expect(
      step(.spf, "v=spf1 include:a.example -all", "permerror v=spf1 include:a.example -all") == "unusable - + weaker")
    #expect(step(.spf, "permerror v=spf1 -all", "v=spf1 -all") == "usable - +")
    #expect(step(.spf, "v=spf1 -all", nil) == "disappeared --all + weaker")
    #expect(step(.mx, "10 mx1, 20 mx2", "10 mx1, 30 mx3") == "changed -20 mx2 +30 mx3")
    #expect(step(.mtaSTS, "v=STSv1; id=1;", "v=STSv1; id=2;") == "changed -id=1 +id=2")
    #expect(step(.tlsReports, nil, "v=TLSRPTv1; rua=mailto:a@b.example") == "appeared - +rua=mailto:a@b.example")
    let owner = "example.com._report._dmarc.other.example"
    #expect(step(.reportAuthorisation, "v=DMARC1", nil, owner: owner) == "disappeared - + weaker")
  }

  /// Mail of two senders over 40 days, with a key that disappears on one of them.
  private func activity(gone day: Int64, failing messages: Int64) -> DomainActivity {
    var activity = DomainActivity(domain: "example.com")
    func part(_ mail: MailClass, _ passes: Bool, _ days: Range<Int64>, _ messages: Int64) -> MailPart {
      MailPart(
        mail: mail, keys: [MailPart.Key(domain: "example.com", selector: "S1", passes: passes)], envelope: nil,
        passesSPF: false, days: days.map { DayMessages(day: 20_000 + $0, reporter: 0, messages: messages) })
    }
    let parts = [part(.passing, true, 0..<day, messages), part(.failing, false, day..<40, messages)]
    activity.senders = [SenderActivity(SenderIdentity(.declared, "CRM"), parts: parts)]
    for part in parts { activity.messages[part.mail, default: []] += part.days }
    var difference = RecordDifference(
      domain: "example.com", lost: [], gained: [], lastBefore: CalendarDay(number: 20_000 + day - 1), reporters: nil)
    (difference.step, difference.selector) = (.disappeared, "s1")
    let since = CalendarDay(number: 20_000 + day)
    activity.records = [
      RecordChange(.dkim, difference, since: since, noticed: since.advanced(by: 1), isWeaker: true)
    ]
    return activity
  }

  private let timeline = Timeline(
    ChangePeriods(
      before: CalendarDay(number: 20_000)...CalendarDay(number: 20_019),
      now: CalendarDay(number: 20_020)...CalendarDay(number: 20_039)), covered: Set(20_000..<20_040))

  @Test func aKeyThatIsGoneIsToldWithWhatMailShows() throws {
    // Too few messages and days for a shift to be certain.
    let changes = activity(gone: 38, failing: 9).changes(timeline)
    let change = try #require(changes.first)
    #expect(changes.count == 1 && change.kind == .keyRecord && change.severity == .high)
    #expect(
      change.text(Phrasebook(.english))
        == "DKIM key s1 of example.com disappeared between 2024-11-10 and 2024-11-11. Since then, 18 messages signed with it have failed DKIM, and 18 of them DMARC."
    )
    #expect(change.text(Phrasebook(.japanese)).contains("18 通"))
    let sighting = try #require(Change.sightings(changes) { $0 }.first)
    #expect(sighting.rule == .keyBroke && !sighting.isEnd && sighting.messages == 333)
    #expect(sighting.texts["en"]?.title == "DKIM key s1 of example.com can no longer be used")
  }

  @Test func failingMailAndItsKeyAreOneEvent() throws {
    let changes = activity(gone: 25, failing: 40).changes(timeline)
    let change = try #require(changes.first)
    #expect(changes.count == 1 && change.kind == .passRateFell)
    #expect(change.causes.map(\.kind) == [.sender, .keyStopped, .keyRecord])
    #expect(change.causes.last?.isCoincidence == false)
    // There is one alert, too: the alert about the mail covers the one about the key.
    let sightings = Change.sightings(changes) { $0 }
    #expect(sightings.map(\.rule) == [.mailFails] && sightings[0].explains.contains("key-broke example.com s1"))
  }

  @Test func keysWithoutMailAreNoAlert() {
    var quiet = activity(gone: 30, failing: 40)
    quiet.senders = []
    let changes = quiet.changes(timeline).filter { $0.kind == .keyRecord }
    #expect(changes.map(\.severity) == [.low])
  }

  @Test func recordsChangeWithoutReports() {
    var silent = activity(gone: 30, failing: 40)
    (silent.senders, silent.messages) = ([], [:])
    #expect(silent.changes(timeline).map(\.kind) == [.keyRecord])
  }

  @Test func aKeyThatComesBackEndsItsAlert() throws {
    var back = activity(gone: 30, failing: 40)
    var difference = RecordDifference(
      domain: "example.com", lost: [], gained: [], lastBefore: CalendarDay(number: 20_031), reporters: nil)
    (difference.step, difference.selector) = (.appeared, "s1")
    let since = CalendarDay(number: 20_032)
    back.records.append(RecordChange(.dkim, difference, since: since, noticed: since, isWeaker: false))
    (back.senders, back.messages) = ([], [:])
    var changes = back.changes(timeline)
    #expect(changes.count == 2)
    // Make it look as if mail had been signed with the key.
    for index in changes.indices where changes[index].record?.step == .disappeared {
      (changes[index].severity, changes[index].messages) = (.high, 100)
    }
    let sightings = Change.sightings(changes) { $0 }
    #expect(sightings.map(\.isEnd) == [false, true] && Set(sightings.map(\.subject)) == ["example.com s1"])
    #expect(sightings.last?.texts["en"]?.title == "DKIM key s1 of example.com can be used again")
  }
}
