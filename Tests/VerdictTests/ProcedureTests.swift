import DMARC
import Seeds
import Testing
import Verdict

@Suite struct ProcedureTests {
  private static let domains = [
    "example.com", "mail.example.com", "lists.example.edu", "esp.example", "example-com.1.gappssmtp.com",
    "sendgrid.net",
    "gmail.com", "x.onmicrosoft.com",
  ]
  private static let hosts = [
    "mail-1.google.com", "x.mimecast.com", "mail.python.org", "o1.sendgrid.net", "h.example.net",
  ]

  /// A record with random facts.
  private func random(_ generator: inout some RandomNumberGenerator) -> FlowBuilder {
    func chance() -> Bool { Bool.random(using: &generator) }
    func one<Value>(_ values: [Value]) -> Value { values.randomElement(using: &generator) ?? values[0] }
    var flow = FlowBuilder(dkim: one([.pass, .fail]), spf: one([.pass, .fail, .fail]))
    for _ in 0..<one([0, 1, 2]) {
      flow = flow.signed(one(Self.domains), one(AuthResult.allCases), selector: one(["s1", "s2"]))
    }
    for _ in 0..<one([0, 1, 1, 2]) {
      flow = flow.sent(by: one(Self.domains), one(AuthResult.allCases), scope: one([nil, "helo"]))
    }
    if chance() {
      flow = flow.because(one(OverrideType.allCases), one(["arc=pass", "arc=pass remote-ip[1]=192.0.2.1", nil]))
    }
    if one([true, false, false]) { flow = flow.declared(one(KnownSender.Kind.allCases)) }
    if chance() { flow = flow.host(one(Self.hosts)) }
    if chance() {
      flow = flow.known(origins: one([["example.com"], ["google.com"], ["203.0.113.1"]]), messages: one([5, 500]))
    }
    if one([true, false, false]) { flow = flow.authorised(shared: chance()) }
    if one([true, false, false]) { flow.declared.ownDomains = ["esp.example"].compactMap(DomainName.init) }
    if one([true, false, false]) { flow.history.correspondents = Set(["esp.example"].compactMap(DomainName.init)) }
    if one([true, false, false, false]) { flow.source = IPAddress(v4: 0x285f_0101) }
    flow.history.isReportedByIntermediary = chance()
    flow.policy.adkim = one([.relaxed, .strict])
    flow.policy.aspf = one([.relaxed, .strict])
    flow.messages = one([1, 5, 30, 500])
    flow.history.signRate = one([nil, 0, 0.6, 1])
    flow.history.source = one([
      nil, .init(firstSeenDays: 1, activeDays: 9, messages: 90, reporters: 3, share: 0.5, relayedIntact: 2),
    ])
    if chance() {
      flow.history.selectorDays["example.com/s1"] = .init(
        origin: 1, elsewhere: 300, bestOriginDay: 20, newInfrastructures: 30)
    }
    return flow
  }

  @Test func invariantsHoldForRandomFacts() {
    var generator = Seeded()
    let phrasebooks = Language.allCases.map { Phrasebook($0) }
    var rules: Set<RuleName> = []
    for _ in 0..<Seeded.rounds(5_000, long: 20_000) {
      let flow = random(&generator)
      let judgement = flow.judgement
      rules.insert(judgement.rule)
      #expect(judgement.confidence != .low || judgement.isUnknownIP, "low confidence must be looked at")
      #expect(judgement.verdict.subtypes.contains(judgement.subtype))
      // The reported result decides: only messages that passed are `aligned` or a replay.
      if [.aligned, .dkimReplaySuspected].contains(judgement.verdict) { #expect(flow.outcome.passesDMARC) }
      #expect(judgement.verdict != .unknownUnauthenticated || judgement.isUnknownIP)
      #expect(!judgement.evidence.isEmpty)
      for phrasebook in phrasebooks {
        for piece in judgement.evidence + [judgement.advice] {
          let text = phrasebook.text(piece)
          #expect(text != piece.code && !text.contains("{"), "\(piece.code) has no text")
        }
      }
    }
    // Without all rules, the test would prove less than it claims.
    #expect(rules.count >= 28, "\(rules.map(\.rawValue).sorted())")
  }

  @Test func equalFactsGetEqualVerdicts() {
    var generator = Seeded()
    for _ in 0..<500 {
      let flow = random(&generator)
      #expect(flow.name == flow.name)
    }
  }

  @Test func stepsEndWithTheRuleThatDecided() {
    var generator = Seeded()
    let phrasebook = Phrasebook(.english)
    for _ in 0..<1_000 {
      let flow = random(&generator)
      let steps = RuleEngine.steps(
        flow.flow, source: flow.sourceFacts, declared: flow.declared, history: flow.history,
        context: FlowBuilder.context)
      #expect(steps.last?.rule == flow.judgement.rule)
      #expect(steps.last?.reason == nil)
      for step in steps.dropLast() {
        #expect(step.reason.map { phrasebook.text($0) != $0.code } ?? false, "\(step)")
      }
      for step in steps { #expect(phrasebook.text("rule.\(step.rule)") != "rule.\(step.rule)") }
    }
  }

  @Test func thresholdsCanBeSet() {
    var context = FlowBuilder.context
    context.thresholds.spoofMessages = 5
    let flow = FlowBuilder(dkim: .fail, spf: .fail).times(5)
    let judgement = RuleEngine.judge(flow.flow, context: context)
    #expect(judgement.subtype == .spoofSuspected)
  }
}
