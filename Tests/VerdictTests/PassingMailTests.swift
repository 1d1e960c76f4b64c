import DMARC
import Testing
import Verdict

@Suite struct PassingMailTests {
  private let passing = FlowBuilder(dkim: .pass, spf: .fail).signed("example.com", .pass)
  private let failing = FlowBuilder(dkim: .fail, spf: .fail)

  @Test func fiveBasicCombinations() {
    let both = FlowBuilder(dkim: .pass, spf: .pass).signed("example.com", .pass).sent(by: "example.com", .pass)
    #expect(both.name == "aligned/both high")
    let spfOnly = FlowBuilder(dkim: .fail, spf: .pass).signed("example.com", .fail).sent(by: "example.com", .pass)
    #expect(spfOnly.name == "aligned/spf-only high")
    #expect(spfOnly.judgement.issues == [.dkimBroken])
    let service = failing.sent(by: "em.sendgrid.net", .pass).declared(.service)
    #expect(service.name == "misaligned-service/declared high")
    #expect(service.signed("sendgrid.net", .pass).name == "misaligned-service/declared high")
    #expect(passing.sent(by: "example.com", .fail).known().name == "forwarded/dkim-survived high")
    #expect(passing.sent(by: "example.com", .fail).declared(.own).name == "aligned/dkim-only high")
  }

  @Test func issuesOfPassingMessages() {
    let spfOnly = FlowBuilder(dkim: .fail, spf: .pass).sent(by: "example.com", .pass)
    #expect(spfOnly.judgement.issues == [.dkimMissing])
    #expect(spfOnly.signed("esp.example", .pass).judgement.issues == [.dkimThirdPartyOnly])
    #expect(spfOnly.signed("example.com", .temperror).judgement.issues == [.dkimTemperror])
    #expect(spfOnly.signed("example.com", .permerror).judgement.issues == [.dkimPermerror])
    #expect(passing.sent(by: "example.com", .softfail).declared(.own).judgement.issues == [.spfFailOwnEnvelope])
    #expect(passing.sent(by: "esp.example", .pass).declared(.own).judgement.issues == [.spfNotAligned])
    let both = FlowBuilder(dkim: .pass, spf: .pass).signed("mail.example.com", .fail).signed("example.com", .pass)
    #expect(both.judgement.issues == [.dkimBroken])
  }

  @Test func unsignedMessagesFromSharedAddressesNeedReview() {
    let flow = FlowBuilder(dkim: .fail, spf: .pass).sent(by: "example.com", .pass).authorised(shared: true)
      .with { $0.history.signRate = 0.99 }
    #expect(flow.name == "aligned/spf-only medium")
    #expect(flow.judgement.issues.contains(.sharedSPFUnsigned))
    #expect(flow.declared(.service).name == "aligned/spf-only high")
    #expect(flow.authorised(shared: false).name == "aligned/spf-only high")
    #expect(flow.with { $0.history.signRate = 0.5 }.name == "aligned/spf-only high")
  }

  @Test func directOrForwarded() {
    let kept = passing.sent(by: "example.com", .softfail)
    #expect(kept.authorised(shared: false).judgement.rule == .r4a)
    let provider = passing.signed("amazonses.com", .pass)
    #expect(provider.sent(by: "eu.amazonses.com", .pass).judgement.rule == .r4b)
    #expect(provider.sent(by: "other.example", .pass).host("mail-1.google.com").judgement.rule == .r5b)
    #expect(kept.known(origins: ["203.0.113.1"]).judgement.rule == .r4c)
    #expect(kept.host("mx.uni.example").known(origins: ["uni.example"]).judgement.rule == .r4c)
    #expect(kept.because(.forwarded).judgement.rule == .r5c)
    #expect(kept.declared(.forwarder).judgement.rule == .r5d)
    #expect(passing.sent(by: "gmail.com", .pass).host("mail-1.google.com").name == "forwarded/dkim-survived medium")
    #expect(passing.sent(by: "mail.mcsv.net", .pass).name == "aligned/dkim-only medium")
    #expect(kept.host("eu1.smtp.exclaimer.net").name == "aligned/dkim-only medium!")
    #expect(passing.sent(by: "forward.example.net", .pass).judgement.rule == .r5e)
    #expect(kept.times(500).name == "aligned/dkim-only medium!")
    #expect(kept.times(5).name == "forwarded/dkim-survived low!")
    #expect(kept.times(5).with { $0.history.isReportedByIntermediary = true }.name == "forwarded/dkim-survived medium!")
    // Without enough messages, the usual origins are unknown.
    #expect(kept.known(messages: 19).times(5).judgement.rule == .r5f)
    #expect(kept.known().name == "forwarded/dkim-survived high")
    #expect(passing.known().name == "forwarded/dkim-survived medium")
  }

  @Test func replayTakesPrecedenceOverForwarding() {
    func day(_ copies: Int64, new: Int64 = 3) -> HistoryFacts.SelectorDay {
      HistoryFacts.SelectorDay(origin: 50, elsewhere: copies, bestOriginDay: 200, newInfrastructures: new)
    }
    let flow = passing.sent(by: "x.example", .pass).known()
    func on(_ day: HistoryFacts.SelectorDay) -> FlowBuilder {
      flow.with { $0.history.selectorDays["example.com/s1"] = day }
    }
    #expect(on(day(500)).name == "dkim-replay-suspected/volume medium!")
    #expect(on(day(500)).judgement.rule == .r6)
    #expect(on(day(500, new: 20)).name == "dkim-replay-suspected/burst high!")
    #expect(on(day(199)).judgement.verdict == .forwarded)
    #expect(on(day(500)).host("mail-1.google.com").judgement.verdict == .forwarded)
    #expect(on(day(500)).declared(.forwarder).judgement.verdict == .forwarded)
    let young = on(day(500)).seen(HistoryFacts.Source(firstSeenDays: 1, messages: 150))
    #expect(young.name == "dkim-replay-suspected/burst high!")
    // One new place may be a list or a new server.
    let alone = on(day(500, new: 1)).seen(HistoryFacts.Source(firstSeenDays: 1, messages: 150))
    #expect(alone.name == "dkim-replay-suspected/volume medium!")
    // Without usual sources, there is nothing to compare the copies with.
    let none = HistoryFacts.SelectorDay(origin: 0, elsewhere: 150, bestOriginDay: 0, newInfrastructures: 30)
    #expect(on(none).judgement.verdict == .forwarded)
  }

  @Test func anSPFPassThatTheEvaluationDeniesIsAContradiction() {
    let flow = passing.sent(by: "example.com", .pass)
    #expect(flow.name == "aligned/dkim-only medium")
    #expect(flow.judgement.rule == .r4h)
    #expect(flow.judgement.evidence.contains { $0.code == "INCONSISTENT_PASS" })
    let steps = RuleEngine.steps(flow.flow, history: flow.history, context: FlowBuilder.context)
    #expect(steps.first { $0.rule == .r2 }?.reason?.code == "no.spf-contradictory")
    // Strict alignment rejects such a pass, and merged results contradict nothing.
    #expect(passing.sent(by: "bounce.example.com", .pass).with { $0.policy.aspf = .strict }.judgement.rule != .r4h)
    let union = flow.sent(by: "example.com", .fail)
    #expect(union.judgement.rule != .r4h)
    // The same for a signature.
    let spf = FlowBuilder(dkim: .fail, spf: .pass).signed("example.com", .pass).sent(by: "example.com", .pass)
    #expect(spf.name == "aligned/spf-only high")
    #expect(spf.judgement.issues.isEmpty)
    #expect(spf.judgement.evidence.contains { $0.code == "INCONSISTENT_PASS" })
  }

  @Test func aSourceThatNeedsReviewGetsAdvice() {
    let both = FlowBuilder(dkim: .pass, spf: .pass).signed("example.com", .pass).sent(by: "example.com", .pass)
    #expect(both.judgement.advice.code == "advice.aligned.both")
    let unknown = both.with { $0.history.support = .unknownReporters }
    #expect(unknown.name == "aligned/both low!")
    #expect(unknown.judgement.advice.code == "advice.aligned.review")
    #expect(passing.times(5).judgement.advice.code == "advice.forwarded.review")
    for language in Language.allCases {
      let text = Phrasebook(language).text(unknown.judgement.advice)
      #expect(text.contains("dmarcstat senders add"))
      #expect(text.contains("trusted_hosts"))
    }
  }

  @Test func selfContradictingReporter() {
    let flow = failing.signed("example.com", .pass)
    #expect(flow.name == "receiver-error/inconsistent-report high")
    // The same signature with pass and fail: results of several messages were merged, which is not a contradiction.
    #expect(flow.signed("example.com", .fail).judgement.verdict != .receiverError)
    #expect(failing.sent(by: "bounce.example.com", .pass).judgement.rule == .r1)
    #expect(failing.sent(by: "bounce.example.com", .pass).with { $0.policy.aspf = .strict }.judgement.rule == .r7)
  }
}
