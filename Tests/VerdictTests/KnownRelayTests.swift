import DMARC
import Testing
import Verdict

/// Hosts that have delivered intact messages for weeks are relays; what fails through them is not abuse.
@Suite struct KnownRelayTests {
  private let failing = FlowBuilder(dkim: .fail, spf: .fail)
  private var kept: FlowBuilder { failing.sent(by: "example.com", .fail) }
  private var broken: FlowBuilder { kept.signed("example.com", .fail).known(origins: ["192.0.2.1"]) }
  private let weeks = HistoryFacts.Source(
    messages: 200, reporters: 4, relayedIntact: 120, intactDays: 30, intactSpan: 90, intactBusiest: 12)

  @Test func steadyRelaysNeedNoReview() {
    #expect(broken.times(40).name == "unknown-unauthenticated/nothing-passes medium!")
    #expect(broken.times(40).seen(weeks).name == "forwarded-modified/unidentified-relay medium")
    #expect(kept.seen(weeks).name == "forwarded-modified/unidentified-relay medium")
    let rewritten = failing.sent(by: "srs.forwarder.example", .pass)
    #expect(rewritten.seen(weeks).name == "forwarded-modified/forwarder medium")
    #expect(kept.seen(weeks).with { $0.history.campaignAddresses = 40 }.judgement.verdict == .forwardedModified)
  }

  @Test func steadinessHasLimits() {
    // Many more than it has ever delivered intact.
    #expect(kept.seen(weeks).times(61).name == "unknown-unauthenticated/spoof-suspected high!")
    // Four days within a fortnight, as of a replay that goes on.
    let short = HistoryFacts.Source(relayedIntact: 50, intactDays: 4, intactSpan: 14, intactBusiest: 20)
    #expect(kept.seen(short).judgement.verdict == .unknownUnauthenticated)
    #expect(kept.seen(weeks).with { $0.history.isReplayHost = true }.judgement.verdict == .unknownUnauthenticated)
    #expect(kept.seen(weeks).host("o1.sendgrid.net").judgement.verdict == .unknownUnauthenticated)
  }

  @Test func oftenAttestedListsNeedNoReview() {
    let list = broken.sent(by: "lists.example.edu", .pass).times(700)
    #expect(list.judgement.isUnknownIP)
    #expect(list.seen(HistoryFacts.Source(attested: 1_000)).name == "mailing-list/pattern medium")
    #expect(list.seen(HistoryFacts.Source(attested: 2)).name == "mailing-list/pattern low!")
  }

  @Test func aListThatBreaksAKnownSignatureForWeeksIsOne() {
    let identity = HistoryFacts.Identity(days: 20, span: 80, messages: 4_000, reporters: 6, places: 2)
    let list = broken.sent(by: "lists.example.edu", .pass).with { $0.history.identity = identity }
    #expect(list.times(50).name == "mailing-list/pattern medium")
    #expect(list.times(51).judgement.verdict != .mailingList)
    let plain = broken.sent(by: "club.example.net", .pass).with { $0.history.identity = identity }
    #expect(plain.times(10).name == "forwarded-modified/forwarder low!")
    // It is no service that lacks a key either.
    #expect(plain.times(700).name == "forwarded-modified/forwarder low!")
    // Unsigned messages could be anybody's.
    let unsigned = failing.sent(by: "club.example.net", .pass).with { $0.history.identity = identity }
    #expect(unsigned.name == "misaligned-service/other-org low!")
  }

  @Test func relaysForOthersAreRelays() {
    let flow = kept.with { $0.history.organisationsRelayedFor = 3 }
    #expect(flow.name == "forwarded-modified/unidentified-relay medium")
    #expect(flow.judgement.evidence.contains { $0.code == "RELAY_FOR_OTHERS" })
    #expect(flow.times(51).judgement.verdict == .unknownUnauthenticated)
  }

  @Test func temporaryErrorsOfRelaysAreReceiverErrors() {
    let error = failing.sent(by: "example.com", .temperror)
    #expect(error.seen(weeks).name == "receiver-error/temperror medium")
    #expect(error.name == "unknown-unauthenticated/undecided low!")
  }
}
