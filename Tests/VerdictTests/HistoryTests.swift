import DMARC
import Testing
import Verdict

/// A history built flow by flow.
private final class Story {
  let history = OrganisationHistory(FlowBuilder.context)
  private var flows = 0
  private var sources: [IPAddress: Int32] = [:]

  /// Adds a flow with its messages on each day; returns its number.
  func add(_ builder: FlowBuilder, from address: String, days: [Int64: Int64], reporter: Int64 = 1) throws -> Int {
    let source = try #require(IPAddress(address))
    let number = sources[source] ?? Int32(sources.count)
    sources[source] = number
    history.add(
      HistoricFlow(
        outcome: builder.flow.outcome, source: number, address: source, sourceFacts: builder.sourceFacts,
        declared: builder.declared, outcomeID: Int64(flows)))
    for (day, messages) in days { history.addDay(flow: flows, day: day, reporter: reporter, messages: messages) }
    flows += 1
    return flows - 1
  }

  func complete(recipients: [String] = []) {
    history.complete(reporters: [1: "big mail", 2: "uni.example"], recipients: recipients)
  }
}

@Suite struct HistoryTests {
  private let direct = FlowBuilder(dkim: .pass, spf: .pass).signed("example.com", .pass).sent(by: "example.com", .pass)
  private let service = FlowBuilder(dkim: .pass, spf: .fail).signed("example.com", .pass).sent(
    by: "b.mailer.example", .pass)
  private let kept = FlowBuilder(dkim: .pass, spf: .fail).signed("example.com", .pass).sent(by: "example.com", .fail)
  private let nothing = FlowBuilder(dkim: .fail, spf: .fail).sent(by: "example.com", .fail)

  @Test func originsAreAuthorisedOrSendAFifth() throws {
    let story = Story()
    let sent = try story.add(direct, from: "192.0.2.1", days: [100: 60])
    _ = try story.add(service, from: "192.0.2.2", days: [100: 30])
    let other = try story.add(kept, from: "203.0.113.1", days: [100: 10])
    story.complete()
    let selector = story.history.facts(of: sent).selectors["example.com/s1"]
    #expect(selector?.messages == 100)
    #expect(selector?.origins == ["192.0.2.1", "192.0.2.2", "spf:mailer.example"])
    #expect(story.history.facts(of: other).source?.relayedIntact == 10)
    #expect(story.history.facts(of: other).source?.share == 0.1)
  }

  @Test func oldOriginsCountInTheirPeriod() throws {
    let story = Story()
    let flow = try story.add(kept, from: "192.0.2.1", days: [10: 50])
    _ = try story.add(kept, from: "192.0.2.2", days: [1000: 5_000])
    story.complete()
    #expect(story.history.facts(of: flow).selectors["example.com/s1"]?.origins == ["192.0.2.1", "192.0.2.2"])
  }

  @Test func tooFewMessagesAreNotConclusive() throws {
    let story = Story()
    let flow = try story.add(kept, from: "192.0.2.1", days: [10: 19])
    story.complete()
    #expect(story.history.facts(of: flow).selectors["example.com/s1"]?.origins == [])
  }

  @Test func manyMessagesOnOneDayDoNotMakeAnOrigin() throws {
    let story = Story()
    _ = try story.add(
      direct, from: "192.0.2.1", days: Dictionary(uniqueKeysWithValues: (100...160).map { (Int64($0), 20) }))
    let copies = service.with { $0.outcome.spf[0].domain = "resend.example" }
    let copy = try story.add(copies, from: "203.0.113.1", days: [182: 2_000])
    story.complete()
    #expect(story.history.facts(of: copy).selectors["example.com/s1"]?.origins == ["192.0.2.1"])
    #expect(story.history.facts(of: copy).selectorDays["example.com/s1"]?.elsewhere == 2_000)
  }

  @Test func relayIsNotAnOriginIfTheRealOneIsKnown() throws {
    let story = Story()
    _ = try story.add(direct, from: "192.0.2.1", days: [100: 60])
    let google = try story.add(kept.host("mail-1.google.com"), from: "203.0.113.9", days: [100: 40])
    story.complete()
    #expect(story.history.facts(of: google).selectors["example.com/s1"]?.origins == ["192.0.2.1"])
  }

  @Test func replayRequiresMoreCopiesThanWereEverSent() throws {
    func replay(_ copies: Int64) throws -> HistoryFacts.SelectorDay? {
      let story = Story()
      _ = try story.add(direct, from: "192.0.2.1", days: [1: 300, 2: 100])
      let copy = try story.add(
        kept.with { $0.outcome.spf[0].domain = "resend.example" }, from: "203.0.113.1", days: [2: copies])
      story.complete()
      return story.history.facts(of: copy).selectorDays["example.com/s1"]
    }
    // "Elsewhere" means less than a fifth in the window, so many more were sent before.
    func busy(_ copies: Int64) throws -> HistoryFacts.SelectorDay? {
      let story = Story()
      _ = try story.add(
        direct, from: "192.0.2.1", days: Dictionary(uniqueKeysWithValues: (1...30).map { (Int64($0), 300) }))
      let copy = try story.add(kept, from: "203.0.113.1", days: [2: copies])
      story.complete()
      return story.history.facts(of: copy).selectorDays["example.com/s1"]
    }
    #expect(try replay(50) == nil)
    #expect(try busy(299) == nil)
    let found = try #require(try busy(300))
    #expect(found.elsewhere == 300 && found.origin == 300 && found.bestOriginDay == 300)
    #expect(found.newInfrastructures == 1)
  }

  @Test func campaignsAreCountedByDayAndNetwork() throws {
    let story = Story()
    var last = 0
    for number in 1...12 { last = try story.add(nothing, from: "203.0.113.\(number)", days: [5: 2]) }
    for number in 1...5 { _ = try story.add(nothing, from: "2001:db8::\(number)", days: [5: 1]) }
    story.complete()
    #expect(story.history.facts(of: last).campaignAddresses == 13)
    #expect(story.history.messages(of: last) == 2)
    #expect(story.history.lastDay(of: last).number == 5)
  }

  @Test func reportedSPFPassesCountAsAuthorisation() throws {
    let story = Story()
    let sent = try story.add(direct, from: "192.0.2.1", days: [1: 5])
    let stranger = try story.add(nothing, from: "203.0.113.1", days: [1: 5])
    let shared = try story.add(direct, from: "192.0.2.2", days: [1: 5])
    _ = try story.add(service, from: "192.0.2.2", days: [1: 5])
    story.complete()
    func spf(_ flow: Int, _ address: String) throws -> SPFAuthorisation? {
      story.history.source(of: flow, SourceFacts(), address: try #require(IPAddress(address))).spf
    }
    #expect(try spf(sent, "192.0.2.1") == SPFAuthorisation(isAuthorised: true, isShared: false))
    #expect(try spf(stranger, "203.0.113.1") == nil)
    #expect(try spf(shared, "192.0.2.2")?.isShared == true)
  }

  @Test func ratesAreBasedOnPassingMessages() throws {
    let story = Story()
    let sent = try story.add(direct, from: "192.0.2.1", days: [1: 30, 2: 30])
    _ = try story.add(nothing, from: "203.0.113.1", days: [1: 5_000])
    let unsigned = FlowBuilder(dkim: .fail, spf: .pass).sent(by: "example.com", .pass)
    _ = try story.add(unsigned, from: "192.0.2.1", days: [1: 20])
    story.complete(recipients: ["mx.partner.example"])
    let facts = story.history.facts(of: sent)
    #expect(facts.signRate == 0.75)
    #expect(facts.dailyMessages == 40)
    #expect(facts.correspondents.map(\.name) == ["partner.example"])
  }
}
