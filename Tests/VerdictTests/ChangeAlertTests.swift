import DMARC
import Testing

@testable import Verdict

/// What alerts make of changes that anybody can bring about.
@Suite struct ChangeAlertTests {
  private static let day = CalendarDay(number: 20_000)

  private static func newNetwork(_ number: Int, day: Int64 = 0) -> Change {
    var change = Change(
      .senderNew, .sender(SenderIdentity(.network, "203.0.\(number).0/24")), domains: ["example.com"],
      since: Self.day.advanced(by: day), noticed: Self.day.advanced(by: day + 2), severity: .high)
    change.messages = 200
    return change
  }

  private static func sightings(_ changes: [Change]) -> [Sighting] { Change.sightings(changes) { $0 } }

  private static func cause(_ kind: ChangeCause.Kind, _ sender: SenderIdentity) -> ChangeCause {
    var cause = ChangeCause(kind, since: day)
    cause.sender = sender
    return cause
  }

  @Test func unknownNetworksOfAWaveAreOneMatter() throws {
    let sightings = Self.sightings((0..<25).map { Self.newNetwork($0, day: Int64($0 % 3)) })
    let only = try #require(sightings.first)
    #expect(sightings.count == 1 && only.messages == 5_000)
    let text = try #require(only.texts["en"])
    #expect(text.title == "Unknown networks send in the name of example.com")
    #expect(text.sentences.last == "And 24 more networks.")
  }

  @Test func aNamedSenderIsAMatterOfItsOwn() {
    var named = Change(
      .senderNew, .sender(SenderIdentity(.operatorName, "Mailer")), domains: ["example.com"], since: Self.day,
      noticed: Self.day, severity: .high)
    named.messages = 500
    let sightings = Self.sightings([named, Self.newNetwork(1), Self.newNetwork(2)])
    #expect(Set(sightings.compactMap { $0.texts["en"]?.title }).count == 2)
  }

  /// That the mail of a sender fails, and that therefore less of a domain's mail passes, is one matter, even if spoofers begin at the same time.
  @Test func aSenderThatFailsIsOneMatterWithTheDomainItFailsFor() {
    let crm = SenderIdentity(.declared, "CRM")
    var fails = Change(
      .senderFails, .sender(crm), domains: ["example.com"], since: Self.day, noticed: Self.day, severity: .high)
    var fell = Change(
      .passRateFell, .domain("example.com"), domains: ["example.com"], since: Self.day, noticed: Self.day,
      severity: .high)
    (fails.messages, fell.messages) = (500, 1_000)
    fell.causes = [Self.cause(.senderNew, SenderIdentity(.network, "203.0.113.0/24")), Self.cause(.sender, crm)]
    #expect(Set(Self.sightings([fails, fell]).map(\.subject)).count == 1)
    var other = fell
    (other.domains, other.causes) = (["sub.example.com"], [Self.cause(.sender, crm)])
    let sightings = Change.sightings([fell, other]) { _ in "example.com" }
    #expect(sightings.count == 1 && sightings.first?.places.count == 2)
  }

  /// Spoofers that begin at the same time are neither listed one by one nor taken for the sender whose mail fails.
  @Test func causesWithANameComeFirstAndAreFew() throws {
    var change = Change(
      .passRateFell, .domain("example.com"), domains: ["example.com"], since: Self.day, noticed: Self.day,
      severity: .high)
    (change.messages, change.shareBefore, change.shareSince) = (1_000, 0.99, 0.8)
    for number in 0..<30 {
      change.causes.append(Self.cause(.senderNew, SenderIdentity(.network, "203.0.\(number).0/24")))
    }
    change.causes.append(Self.cause(.sender, SenderIdentity(.declared, "CRM")))
    let sighting = try #require(Self.sightings([change]).first)
    let text = try #require(sighting.texts["en"])
    #expect(text.title == "Mail of CRM for example.com fails DMARC" && sighting.sender == "CRM")
    #expect(text.sentences.count == 6 && text.sentences[1].contains("CRM"))
    #expect(text.sentences.last == "And more: `dmarcstat changes` lists all.")
  }
}
