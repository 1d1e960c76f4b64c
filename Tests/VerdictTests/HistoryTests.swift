import DMARC
import Testing
import Verdict

@Suite struct HistoryTests {
  private func flow(
    _ address: UInt32, spf: String, _ result: AuthResult, aligned: Bool = false, selector: String = "s1"
  ) -> FlowFacts {
    let builder = FlowBuilder(dkim: .pass, spf: aligned ? .pass : .fail).signed(
      "example.com", .pass, selector: selector
    )
    .sent(by: spf, result)
    return FlowFacts(source: IPAddress(v4: address), outcome: builder.outcome, policy: builder.policy)
  }

  @Test func usualPathsAreAuthorisedOrCarryAFifth() {
    let direct = flow(1, spf: "example.com", .pass, aligned: true)
    let service = flow(2, spf: "bounce.mailer.example", .pass)
    let forwarder = flow(3, spf: "forward.example", .pass)
    let kept = flow(4, spf: "example.com", .fail)
    var history = History()
    history.add(direct, messages: 60)
    history.add(service, messages: 30)
    history.add(forwarder, messages: 5)
    history.add(kept, messages: 5)
    let origins = history.origins()
    #expect(origins.stream(of: direct)?.origin == .usual)
    #expect(origins.stream(of: service)?.origin == .usual)
    #expect(origins.stream(of: forwarder)?.origin == .elsewhere)
    #expect(origins.stream(of: kept)?.origin == .elsewhere)
    // Another address of the service is the same path.
    #expect(origins.stream(of: flow(99, spf: "bounce.mailer.example", .pass))?.origin == .usual)
    #expect(origins.facts(of: kept, messages: 5).knownSelectors == ["example.com/s1"])
  }

  @Test func tooLittleMailTellsNothing() {
    let direct = flow(1, spf: "example.com", .pass, aligned: true)
    var history = History()
    history.add(direct, messages: 19)
    #expect(history.origins().stream(of: direct)?.origin == nil)
    history.add(direct, messages: 1)
    #expect(history.origins().stream(of: direct)?.origin == .usual)
  }

  @Test func equalHistoriesHaveEqualFingerprints() {
    var first = History()
    var second = History()
    let (a, b) = (flow(1, spf: "example.com", .pass, aligned: true), flow(2, spf: "x.example", .pass, selector: "s2"))
    first.add(a, messages: 50)
    first.add(b, messages: 50)
    second.add(b, messages: 70)
    second.add(a, messages: 40)
    #expect(first.origins().fingerprint == second.origins().fingerprint)
    second.add(flow(3, spf: "y.example", .pass), messages: 40)
    #expect(first.origins().fingerprint != second.origins().fingerprint)
  }

  @Test func replayNeedsMoreCopiesThanWereEverSent() throws {
    let direct = flow(1, spf: "example.com", .pass, aligned: true)
    let copy = flow(2, spf: "resend.example", .pass)
    var history = History()
    history.add(direct, messages: 10_000)
    let origins = history.origins()
    let (sent, copied) = (try #require(origins.stream(of: direct)), try #require(origins.stream(of: copy)))
    func watch(_ copies: Int64) -> HistoryFacts.Replay? {
      var watch = ReplayWatch()
      watch.add(sent, day: 1, messages: 300)
      watch.add(sent, day: 2, messages: 100)
      watch.add(copied, day: 2, messages: copies)
      #expect(watch.hasCandidates == (copies >= 100))
      #expect(watch.hasReplay == (copies >= 300))
      return watch.replay(of: copied, day: 2)
    }
    #expect(watch(99) == nil)
    #expect(watch(299) == nil)
    #expect(watch(300)?.bestOriginDay == 300)
  }
}
