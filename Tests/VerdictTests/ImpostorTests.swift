import DMARC
import Testing
import Verdict

/// What looks like a service or like own mail, and is neither.
@Suite struct ImpostorTests {
  private let failing = FlowBuilder(dkim: .fail, spf: .fail)
  private let passing = FlowBuilder(dkim: .pass, spf: .fail).signed("example.com", .pass)

  private func identity(days: Int64, places: Int64) -> HistoryFacts.Identity {
    HistoryFacts.Identity(days: days, span: 30, messages: 1_500, reporters: 5, places: places)
  }

  @Test func lookAlikesAreNoServices() {
    for name in [
      "examp1e.com", "exarnple.com", "exampel.com", "examples.com", "exmple.com", "example-billing.com",
      "my-example.net", "ex-ample.org",
    ] {
      let flow = failing.sent(by: name, .pass).with { $0.history.identity = identity(days: 30, places: 1) }
      #expect(flow.name == "unknown-unauthenticated/foreign-identity medium!", "\(name)")
      #expect(flow.judgement.evidence.contains { $0.code == "LOOK_ALIKE" }, "\(name)")
    }
    for name in ["sample.com", "example.net", "mailer.example", "templates.com"] {
      let flow = failing.sent(by: name, .pass).with { $0.history.identity = identity(days: 30, places: 1) }
      #expect(flow.judgement.verdict == .misalignedService, "\(name)")
    }
  }

  @Test func aServiceDoesNotSpread() {
    let flow = failing.sent(by: "bulk.example", .pass)
    #expect(flow.with { $0.history.identity = identity(days: 5, places: 106) }.judgement.rule == .r19)
    #expect(flow.with { $0.history.identity = identity(days: 5, places: 8) }.judgement.rule == .r17)
    #expect(flow.with { $0.history.identity = identity(days: 200, places: 100) }.judgement.rule == .r17)
    // Google signs for a customer from many addresses.
    let pool = failing.signed("other-name.20230601.gappssmtp.com", .pass).sent(by: "em.google.com", .pass)
    #expect(pool.with { $0.history.identity = identity(days: 14, places: 27) }.judgement.rule == .r17)
  }

  @Test func theDaysOfAnIdentityAreItsOwn() {
    let flow = failing.sent(by: "srs.example.net", .pass).seen(
      HistoryFacts.Source(activeDays: 365, messages: 85_578, reporters: 9))
    #expect(flow.with { $0.history.identity = identity(days: 3, places: 1) }.judgement.rule == .r19)
  }

  @Test func anotherTenantIsNotUs() throws {
    let flow = FlowBuilder(dkim: .fail, spf: .pass).sent(by: "example.com", .pass).authorised(shared: true)
      .signed("malloryltd.onmicrosoft.com", .pass)
    // Without a tenant of one's own, nothing is known of the other.
    #expect(flow.judgement.verdict == .aligned)
    let own = try #require(DomainName("example.onmicrosoft.com"))
    let learned = flow.with { $0.history.usualCosigners = [own] }
    #expect(learned.name == "unknown-unauthenticated/foreign-identity medium!")
    #expect(learned.declared(.service).name == "unknown-unauthenticated/foreign-identity medium!")
    let declared = flow.with { $0.declared.ownTenants = [own] }
    #expect(declared.name == "unknown-unauthenticated/foreign-identity medium!")
    let mine = FlowBuilder(dkim: .fail, spf: .pass).sent(by: "example.com", .pass).authorised(shared: true)
      .signed("example.onmicrosoft.com", .pass).with { $0.history.usualCosigners = [own] }
    #expect(mine.judgement.verdict == .aligned)
  }

  @Test func aSurvivingSignatureIsNoPlace() {
    let flow = passing.sent(by: "example.com", .fail).known(origins: ["service.example"])
    func declared(bySignatureOnly: Bool) -> FlowBuilder {
      flow.with {
        $0.declared = OperatorFacts(
          knownSender: KnownSender(name: "Service", kind: .service), isKnownBySignatureOnly: bySignatureOnly)
      }
    }
    #expect(declared(bySignatureOnly: false).judgement.rule == .r4a)
    #expect(declared(bySignatureOnly: true).name == "forwarded/dkim-survived high")
    // If nothing is known of where it comes from, the declaration stands.
    #expect(passing.with { $0.declared = declared(bySignatureOnly: true).declared }.judgement.rule == .r4a)
  }

  @Test func signaturesOfUnnamedSelectorsShareTheOrigins() {
    let unnamed = FlowBuilder(dkim: .pass, spf: .fail).signed("example.com", .pass, selector: "").sent(
      by: "example.com", .fail)
    let known = unnamed.known("*", origins: ["203.0.113.1"])
    #expect(known.judgement.rule == .r4c)
    #expect(unnamed.known("*", origins: ["192.0.2.1"]).name == "forwarded/dkim-survived high")
    let unlisted = FlowBuilder(dkim: .pass, spf: .fail).known("*", origins: ["192.0.2.1"])
    #expect(unlisted.name == "forwarded/dkim-survived medium")
  }

  @Test func anUnalignedEnvelopeAloneProvesNoForwarding() {
    let flow = passing.sent(by: "bounce.provider.example", .pass)
    #expect(flow.name == "forwarded/dkim-survived low!")
    #expect(flow.authorised(shared: true).name == "aligned/dkim-only medium")
    #expect(flow.authorised(shared: true).judgement.rule == .r4g)
  }

  @Test func manyNewPlacesAreAReplay() {
    let day = HistoryFacts.SelectorDay(
      origin: 2_000, elsewhere: 400, bestOriginDay: 2_500, newInfrastructures: 60, newCopies: 372,
      usualNewInfrastructures: 3)
    let flow = passing.sent(by: "example.com", .fail).known(origins: ["192.0.2.1"])
    let replayed = flow.with { $0.history.selectorDays["*"] = day }
    #expect(replayed.name == "dkim-replay-suspected/burst high!")
    #expect(replayed.judgement.evidence.contains { $0.code == "NEWCOMERS" })
  }
}
