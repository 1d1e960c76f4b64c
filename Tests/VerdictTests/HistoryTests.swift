import DMARC
import Testing
import Verdict

/// A history built flow by flow.
private final class Story {
  let history: OrganisationHistory
  private var flows = 0
  private var sources: [IPAddress: Int32] = [:]

  init(trustPolicy: TrustPolicy = .everyone) {
    history = OrganisationHistory(FlowBuilder.context, trustPolicy: trustPolicy)
  }

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

  /// Adds messages of a flow on each day, in reports of an organisation; nil if it is not trusted.
  func add(_ flow: Int, days: ClosedRange<Int64>, organisation: Int64?) {
    for day in days {
      history.addDay(
        flow: flow, day: day, reporter: 1, messages: 5, organisation: organisation,
        reportingOrganisation: organisation ?? 9)
    }
  }

  /// Adds messages of a flow as a report over several days is spread.
  func addEstimated(_ flow: Int, days: Range<Int64>, messages: Int64) {
    for day in days { history.addDay(flow: flow, day: day, reporter: 1, messages: messages, isEstimated: true) }
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

  /// One patient sender of reports must not make a source look steady.
  @Test(arguments: [(TrustPolicy.everyone, 60 as Int64), (.trusted, 12), (.corroborated, 12)])
  func daysOfFailureNeedSupport(_ policy: TrustPolicy, _ days: Int64) throws {
    let story = Story(trustPolicy: policy)
    let flow = try story.add(nothing, from: "192.0.2.1", days: [:])
    for organisation in [1, 2] as [Int64] { story.add(flow, days: 100...111, organisation: organisation) }
    story.add(flow, days: 100...159, organisation: policy == .corroborated ? 3 : nil)
    story.complete()
    let source = try #require(story.history.facts(of: flow).source)
    #expect(source.failingDays == days && source.failingSpan == days - 1)
  }

  @Test func daysOfTheOnlyReporterCount() throws {
    let story = Story(trustPolicy: .corroborated)
    let flow = try story.add(nothing, from: "192.0.2.1", days: [:])
    story.add(flow, days: 100...159, organisation: 1)
    story.complete()
    #expect(story.history.facts(of: flow).source?.failingDays == 60)
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

  @Test func aReplayNeedsAHistoryOfUsualSources() throws {
    // In a new database, nothing is usual.
    let new = Story()
    _ = try new.add(direct, from: "192.0.2.1", days: [1: 5, 2: 5, 3: 5])
    let copy = try new.add(service, from: "203.0.113.1", days: [2: 150])
    new.complete()
    #expect(new.history.facts(of: copy).selectorDays.isEmpty)
    // Nor does mail that passes SPF count as coming from elsewhere.
    let passing = Story()
    let other = direct.with { $0.outcome.dkim[0].selector = "google" }
    try year(passing, messages: 1)
    _ = try passing.add(other, from: "203.0.113.1", days: [50: 150])
    let second = try passing.add(kept, from: "203.0.113.1", days: [110: 2])
    passing.complete()
    #expect(passing.history.facts(of: second).selectorDays.isEmpty)
    #expect(!passing.history.facts(of: second).isReplayHost)
  }

  @Test func aReplayOfOneSelectorSaysNothingAboutAnother() throws {
    let story = Story()
    try year(story)
    let other = direct.with { $0.outcome.dkim[0].selector = "other" }
    _ = try story.add(
      other, from: "192.0.2.2", days: Dictionary(uniqueKeysWithValues: (1...365).map { (Int64($0), 100) }))
    var copies: [Int] = []
    for number in 1...60 {
      copies.append(
        try story.add(
          kept.with { $0.outcome.dkim[0].selector = "other" }, from: "203.0.113.\(number)", days: [200: 5]))
    }
    let sameHost = try story.add(kept, from: "203.0.113.9", days: [201: 2])
    let later = try story.add(kept, from: "203.0.113.9", days: [260: 2])
    story.complete()
    #expect(copies.allSatisfy { !story.history.facts(of: $0).selectorDays.isEmpty })
    #expect(story.history.facts(of: sameHost).selectorDays.isEmpty)
    #expect(story.history.facts(of: later).selectorDays.isEmpty)
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

  @Test func numbersFromLongReportsAreMarked() throws {
    let story = Story()
    let daily = try story.add(nothing, from: "203.0.113.1", days: [5: 2])
    let weekly = try story.add(nothing, from: "203.0.113.2", days: [:])
    story.addEstimated(weekly, days: 3..<10, messages: 60)
    story.complete()
    #expect(!story.history.isEstimated(daily) && story.history.isEstimated(weekly))
    #expect(story.history.messages(of: weekly) == 60)
    #expect(story.history.facts(of: weekly).source?.activeDays == 7)
    #expect(story.history.facts(of: weekly).source?.isEstimated == true)
    let flow = FlowFacts(
      source: IPAddress(v4: 0xcb00_7102), outcome: nothing.flow.outcome, messages: 60, isEstimated: true)
    let judgement = RuleEngine.judge(
      flow, history: story.history.facts(of: weekly), context: FlowBuilder.context)
    let texts = judgement.evidence.map { Phrasebook(.english).text($0) }
    #expect(texts.contains { $0.contains("up to ~60 messages a day") }, "\(texts)")
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

  /// A year of direct mail, to which others add.
  private func year(_ story: Story, messages: Int64 = 100) throws {
    _ = try story.add(
      direct, from: "192.0.2.1", days: Dictionary(uniqueKeysWithValues: (1...365).map { (Int64($0), messages) }))
  }

  @Test func relaysAreKnownByIntactMessagesOverWeeks() throws {
    let story = Story()
    try year(story)
    let broken = FlowBuilder(dkim: .fail, spf: .fail).signed("example.com", .fail).sent(by: "example.com", .fail)
    _ = try story.add(kept, from: "203.0.113.1", days: [10: 3, 20: 8, 40: 1, 90: 2])
    let failing = try story.add(broken, from: "203.0.113.1", days: [50: 4])
    let other = try story.add(broken, from: "203.0.113.2", days: [50: 4])
    let own = try story.add(broken, from: "192.0.2.1", days: [50: 4])
    story.complete()
    let source = try #require(story.history.facts(of: failing).source)
    #expect(source.intactDays == 4)
    #expect(source.intactSpan == 80)
    #expect(source.intactBusiest == 8)
    #expect(story.history.facts(of: other).source?.intactDays == nil)
    // The usual origin is no relay.
    #expect(story.history.facts(of: own).source?.intactDays == nil)
    #expect(story.history.relays.map(\.key) == ["203.0.113.1"])
    #expect(story.history.relays.map(\.isSteady) == [true])
  }

  @Test func operatorsWithManyCustomersAreKnownByAddress() throws {
    let story = Story()
    try year(story)
    let google = kept.host("mail-1.google.com")
    _ = try story.add(google, from: "203.0.113.1", days: [10: 3, 20: 8, 40: 1, 90: 2])
    let other = try story.add(nothing.host("mail-2.google.com"), from: "203.0.113.2", days: [50: 4])
    let same = try story.add(nothing.host("mail-1.google.com"), from: "203.0.113.1", days: [50: 4])
    story.complete()
    #expect(story.history.facts(of: other).source?.intactDays == nil)
    #expect(story.history.facts(of: same).source?.intactDays == 4)
  }

  @Test func knownRelaysBelongToNoCampaign() throws {
    let story = Story()
    try year(story)
    _ = try story.add(kept, from: "203.0.113.1", days: [10: 3, 20: 8, 40: 1, 90: 2])
    _ = try story.add(nothing, from: "203.0.113.1", days: [50: 4])
    var last = 0
    for number in 2...6 { last = try story.add(nothing, from: "203.0.113.\(number)", days: [50: 2]) }
    story.complete()
    #expect(story.history.facts(of: last).campaignAddresses == 5)
  }

  @Test func manyNewPlacesAtOnceAreAReplay() throws {
    let story = Story()
    try year(story, messages: 2_000)
    // Some new forwarders every week.
    for week in 1...50 {
      _ = try story.add(kept, from: "198.51.100.\(week)", days: [Int64(week * 7): 1, Int64(week * 7 + 20): 1])
    }
    var copies: [Int] = []
    for number in 1...120 {
      copies.append(try story.add(kept, from: "203.0.113.\(number)", days: [200: 3, 201: 3]))
    }
    let late = try story.add(kept.with { $0.outcome.dkim[0].selector = nil }, from: "203.0.113.9", days: [201: 2])
    let forwarder = try story.add(kept, from: "198.51.100.200", days: [198: 2, 230: 1, 260: 1])
    story.complete()
    let numbers = try #require(story.history.facts(of: copies[0]).selectorDays.first?.value)
    #expect(numbers.newInfrastructures >= 120)
    #expect((numbers.usualNewInfrastructures ?? 99) <= 2)
    #expect(copies.allSatisfy { story.history.facts(of: $0).isReplayHost })
    // A reporter that names no selector reports the rest of it.
    #expect(story.history.facts(of: late).isReplayHost)
    #expect(!story.history.facts(of: forwarder).isReplayHost)
  }

  @Test func atFirstEverythingIsNew() throws {
    let story = Story()
    try year(story, messages: 2_000)
    let early = try (1...60).map { try story.add(kept, from: "203.0.113.\($0)", days: [5: 3]) }
    story.complete()
    #expect(early.allSatisfy { story.history.facts(of: $0).selectorDays.isEmpty })
  }

  @Test func unnamedSelectorsShareTheOriginsOfAll() throws {
    let story = Story()
    try year(story)
    let unnamed = try story.add(
      kept.with { $0.outcome.dkim[0].selector = nil }, from: "203.0.113.1", days: [5: 90])
    story.complete()
    #expect(story.history.facts(of: unnamed).selectors["*"]?.origins == ["192.0.2.1"])
    #expect(story.history.facts(of: unnamed).selectors["example.com/"] == nil)
  }

  @Test func aHostThatOnlyItsOperatorReportsIsNoOrigin() throws {
    let story = Story()
    try year(story, messages: 10)
    let backup = kept.host("mx2.uni.example")
    let days = Dictionary(uniqueKeysWithValues: (1...365).map { (Int64($0), Int64(5)) })
    let alone = try story.add(backup, from: "203.0.113.1", days: days, reporter: 2)
    story.complete()
    #expect(story.history.facts(of: alone).selectors["example.com/s1"]?.origins == ["192.0.2.1"])
  }

  /// SPF cannot be evaluated, so nothing else tells that the hosts are one's own.
  @Test func aPoolIsTheOriginOfASelectorWithoutOthers() throws {
    let story = Story()
    let broken = kept.with { $0.outcome.spf[0].result = .permerror }
    let days = Dictionary(uniqueKeysWithValues: (1...30).map { (Int64($0), Int64(2)) })
    for number in 1...12 { _ = try story.add(broken, from: "192.0.2.\(number)", days: days) }
    let last = try story.add(broken, from: "203.0.113.1", days: [5: 3])
    story.complete()
    let origins = try #require(story.history.facts(of: last).selectors["example.com/s1"]?.origins)
    #expect(origins.count == 12 && !origins.contains("203.0.113.1"))
  }

  @Test func identitiesAreCountedByThemselves() throws {
    let story = Story()
    try year(story)
    let failing = FlowBuilder(dkim: .fail, spf: .fail).sent(by: "bulk.example", .pass)
    var last = 0
    for number in 1...12 { last = try story.add(failing, from: "203.0.113.\(number)", days: [5: 2, 9: 1]) }
    let silent = try story.add(FlowBuilder(dkim: .fail, spf: .fail), from: "203.0.113.1", days: [6: 1], reporter: 2)
    story.complete()
    let identity = try #require(story.history.facts(of: last).identity)
    #expect((identity.days, identity.span, identity.messages) == (2, 4, 36))
    #expect((identity.reporters, identity.places) == (1, 12))
    #expect(story.history.facts(of: silent).siblingIdentity?.name == "bulk.example")
  }

  @Test func neighboursAreAuthorisedAddressesOfTheNetwork() throws {
    let story = Story()
    let sent = try story.add(direct, from: "192.0.2.1", days: [1: 50])
    let beside = try story.add(nothing, from: "192.0.2.77", days: [1: 5])
    let apart = try story.add(nothing, from: "203.0.113.1", days: [1: 5])
    story.complete()
    #expect(story.history.facts(of: sent).authorisedNeighbours == 0)
    #expect(story.history.facts(of: beside).authorisedNeighbours == 1)
    #expect(story.history.facts(of: apart).authorisedNeighbours == 0)
  }

  @Test func tenantsAreLearntFromSignedMessages() throws {
    let story = Story()
    let tenant = direct.signed("example.onmicrosoft.com", .pass, selector: "selector1")
    let sent = try story.add(tenant, from: "192.0.2.1", days: [1: 20])
    _ = try story.add(
      direct.signed("rare.onmicrosoft.com", .pass, selector: "selector1"), from: "192.0.2.1", days: [1: 19])
    story.complete()
    #expect(story.history.facts(of: sent).usualCosigners.map(\.name) == ["example.onmicrosoft.com"])
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
