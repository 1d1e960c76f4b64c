import DMARC
import Testing
import Verdict

/// Builds flows for tests in the words of a report.
struct FlowBuilder {
  var outcome = AuthenticationOutcome()
  var policy = PolicyPublished()
  var history = HistoryFacts()
  var sender: KnownSender?
  var ownDomains: [DomainName] = []

  init(dkim: AlignedResult, spf: AlignedResult, from: String = "example.com") {
    outcome.evaluatedDKIM = dkim
    outcome.evaluatedSPF = spf
    outcome.headerFrom = from
    policy.domain = "example.com"
  }

  func signed(_ domain: String, _ result: AuthResult, selector: String = "s1") -> FlowBuilder {
    var copy = self
    copy.outcome.dkim.append(DKIMResult(domain: domain, selector: selector, result: result))
    return copy
  }

  func sent(by domain: String, _ result: AuthResult, scope: String? = nil) -> FlowBuilder {
    var copy = self
    copy.outcome.spf.append(SPFResult(domain: domain, scope: scope, result: result))
    return copy
  }

  func because(_ type: OverrideType, _ comment: String? = nil) -> FlowBuilder {
    var copy = self
    copy.outcome.reasons.append(OverrideReason(type: type, comment: comment))
    return copy
  }

  func declared(_ kind: KnownSender.Kind) -> FlowBuilder {
    var copy = self
    copy.sender = KnownSender(name: "Declared", kind: kind)
    return copy
  }

  func with(_ change: (inout FlowBuilder) -> Void) -> FlowBuilder {
    var copy = self
    change(&copy)
    return copy
  }

  var judgement: Judgement {
    let flow = FlowFacts(source: IPAddress(v4: 0xc000_0201), outcome: outcome, policy: policy)
    return Procedure.judge(flow, OperatorFacts(knownSender: sender, ownDomains: ownDomains), history)
  }

  var name: String { "\(judgement.verdict.rawValue)/\(judgement.subtype)" }
}

@Suite struct ProcedureTests {
  private let passing = FlowBuilder(dkim: .pass, spf: .fail).signed("example.com", .pass)
  private let failing = FlowBuilder(dkim: .fail, spf: .fail)

  @Test func fiveCombinationsOfEveryGuide() {
    let both = FlowBuilder(dkim: .pass, spf: .pass).signed("example.com", .pass).sent(by: "example.com", .pass)
    #expect(both.name == "aligned/both")
    let spfOnly = FlowBuilder(dkim: .fail, spf: .pass).signed("example.com", .fail).sent(by: "example.com", .pass)
    #expect(spfOnly.name == "aligned/spf-only")
    #expect(spfOnly.judgement.issues == ["dkim-broken"])
    #expect(
      failing.sent(by: "esp.example", .pass).signed("example.com", .fail).judgement.verdict == .unknownUnauthenticated)
    #expect(passing.sent(by: "example.com", .fail).judgement.verdict == .forwarded)
    #expect(
      failing.sent(by: "esp.example", .pass).signed("esp.example", .pass).declared(.service).name
        == "misaligned-service/declared")
  }

  @Test func survivingSignatures() {
    let kept = passing.sent(by: "example.com", .softfail)
    #expect(kept.name == "forwarded/dkim-survived")
    #expect(kept.judgement.confidence == .low)
    #expect(kept.with { $0.history.origin = .elsewhere }.judgement.confidence == .high)
    #expect(kept.with { $0.history.origin = .usual }.name == "aligned/dkim-only")
    #expect(kept.declared(.own).name == "aligned/dkim-only")
    #expect(kept.declared(.forwarder).judgement.rule == "R5d")
    #expect(kept.because(.forwarded).judgement.rule == "R5c")
    let replaced = passing.sent(by: "forward.example.net", .pass)
    #expect(replaced.judgement.rule == "R5e")
    let provider = passing.signed("mailer.example", .pass).sent(by: "bounce.mailer.example", .pass)
    #expect(provider.name == "aligned/dkim-only")
  }

  @Test func replayComesBeforeForwarding() {
    let replay = HistoryFacts.Replay(day: CalendarDay(number: 20_000), copies: 500, bestOriginDay: 200)
    let flow = passing.sent(by: "x.example", .pass).with {
      $0.history.origin = .elsewhere
      $0.history.replay = replay
    }
    #expect(flow.name == "dkim-replay-suspected/volume")
    #expect(flow.judgement.evidence.last?.text.contains("500 messages") == true)
    #expect(flow.declared(.forwarder).judgement.verdict == .forwarded)
  }

  @Test func reporterThatContradictsItself() {
    let flow = failing.signed("example.com", .pass)
    #expect(flow.name == "receiver-error/inconsistent-report")
    // The same signature with pass and fail: results of several messages were merged, nothing contradicts.
    #expect(flow.signed("example.com", .fail).judgement.verdict != .receiverError)
  }

  @Test func strictAlignment() {
    let flow = failing.signed("mail.example.com", .pass).with { $0.policy.adkim = .strict }
    #expect(flow.name == "subdomain-alignment/strict")
    let spf = failing.sent(by: "mail.example.com", .pass).with { $0.policy.aspf = .strict }
    #expect(spf.name == "subdomain-alignment/strict")
    #expect(
      failing.sent(by: "mail.example.net", .pass).with { $0.policy.aspf = .strict }.judgement.verdict
        != .subdomainAlignment)
  }

  @Test func ownMistakes() {
    let own = failing.declared(.own)
    #expect(own.sent(by: "example.com", .softfail).name == "own-misconfigured/unsigned-not-in-spf")
    #expect(own.sent(by: "example.com", .permerror).name == "own-misconfigured/spf-permerror")
    #expect(own.signed("example.com", .permerror).name == "own-misconfigured/dkim-permerror")
    #expect(own.signed("example.com", .fail).name == "own-misconfigured/dkim-broken")
    #expect(own.sent(by: "other.example", .pass).name == "own-misconfigured/envelope-not-aligned")
    #expect(own.name == "own-misconfigured/unsigned")
    #expect(own.sent(by: "example.com", .temperror).name == "receiver-error/temperror")
    let cross = own.signed("example.org", .pass).with { $0.ownDomains = [DomainName("example.org")].compactMap { $0 } }
    #expect(cross.name == "own-misconfigured/cross-domain")
    // One's own list server stays fixable, even where a receiver forgives it.
    #expect(own.signed("example.com", .fail).because(.mailingList).judgement.verdict == .ownMisconfigured)
  }

  @Test func defaultSignatureOfAMailboxProvider() {
    #expect(failing.signed("example-com.20230601.gappssmtp.com", .pass).name == "misaligned-service/default-signing")
    #expect(failing.signed("other-com.20230601.gappssmtp.com", .pass).judgement.verdict == .unknownUnauthenticated)
  }

  @Test func relaysThatReceiversAttest() {
    let broken = failing.signed("example.com", .fail)
    #expect(broken.because(.mailingList).name == "mailing-list/attested")
    #expect(broken.because(.forwarded).name == "forwarded-modified/attested")
    #expect(broken.because(.localPolicy, "arc=pass as[1].d=x").name == "forwarded-modified/attested")
    #expect(broken.because(.localPolicy, "arc=pass").judgement.confidence == .medium)
    #expect(broken.sent(by: "lists.example.edu", .pass).because(.trustedForwarder).name == "mailing-list/attested")
  }

  @Test(arguments: ["arc=fail", "", "as[1].arc=pass", "xarc=pass", "arc=passed", "sampled"])
  func otherCommentsAttestNothing(comment: String) {
    #expect(failing.signed("example.com", .fail).because(.localPolicy, comment).judgement.verdict != .forwardedModified)
  }

  @Test func listsAndRelaysThatNobodyAttests() {
    let known = failing.signed("example.com", .fail).with {
      $0.history.knownSelectors = ["example.com/s1"]
      $0.history.messages = 5
    }
    #expect(known.sent(by: "lists.example.edu", .pass).name == "mailing-list/pattern")
    #expect(known.sent(by: "relay.example", .pass).name == "forwarded-modified/forwarder")
    #expect(known.name == "forwarded-modified/unidentified-relay")
    #expect(known.with { $0.history.messages = 500 }.name == "unknown-unauthenticated/spoof-suspected")
  }

  @Test func strangers() {
    #expect(failing.sent(by: "example.com", .fail).name == "unknown-unauthenticated/nothing-passes")
    #expect(failing.with { $0.history.messages = 50 }.name == "unknown-unauthenticated/spoof-suspected")
    #expect(failing.sent(by: "promo.example", .pass).name == "unknown-unauthenticated/foreign-identity")
    #expect(failing.sent(by: "example.com", .temperror).name == "unknown-unauthenticated/undecided")
    // A failing name can be typed by anybody.
    #expect(
      failing.signed("gappssmtp.com", .fail).sent(by: "lists.example", .fail).name
        == "unknown-unauthenticated/nothing-passes")
  }

  @Test func passesForTheHeloNameAreNobodysIdentity() {
    #expect(failing.sent(by: "mx.example.net", .pass, scope: "helo").name == "unknown-unauthenticated/nothing-passes")
  }

  @Test func lowConfidenceIsAlwaysFlaggedAndEveryVerdictHasAdvice() {
    var generator = SystemRandomNumberGenerator()
    let domains = ["example.com", "mail.example.com", "lists.example.edu", "esp.example", "x-com.1.gappssmtp.com"]
    for _ in 0..<4_000 {
      var flow = FlowBuilder(dkim: .random(using: &generator), spf: .random(using: &generator))
      for _ in 0..<Int.random(in: 0...2) {
        flow = flow.signed(domains.randomElement() ?? "", AuthResult.allCases.randomElement() ?? .none)
      }
      flow = flow.sent(by: domains.randomElement() ?? "", AuthResult.allCases.randomElement() ?? .none)
      if Bool.random() {
        flow = flow.because(OverrideType.allCases.randomElement() ?? .other, ["arc=pass", nil].randomElement() ?? nil)
      }
      if Bool.random() { flow = flow.declared(KnownSender.Kind.allCases.randomElement() ?? .own) }
      flow.policy.adkim = AlignmentMode.allCases.randomElement()
      flow.history.messages = .random(in: 0...100)
      let judgement = flow.judgement
      #expect(judgement.confidence != .low || judgement.isUnknownIP)
      #expect(!judgement.advice.isEmpty)
      #expect(!judgement.evidence.isEmpty)
      // The reporter's word stands: only mail that it let pass may be called aligned or forwarded.
      if [.aligned, .forwarded, .dkimReplaySuspected].contains(judgement.verdict) { #expect(flow.outcome.passesDMARC) }
    }
  }
}

extension AlignedResult {
  static func random(using generator: inout SystemRandomNumberGenerator) -> AlignedResult {
    Bool.random(using: &generator) ? .pass : .fail
  }
}
