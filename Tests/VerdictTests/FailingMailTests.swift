import DMARC
import Testing

@testable import Verdict

@Suite struct FailingMailTests {
  private let failing = FlowBuilder(dkim: .fail, spf: .fail)
  private var broken: FlowBuilder { failing.signed("example.com", .fail) }

  @Test func ownMisconfigurations() {
    let own = failing.declared(.own)
    #expect(own.sent(by: "example.com", .softfail).name == "own-misconfigured/unsigned-not-in-spf high")
    #expect(own.sent(by: "example.com", .permerror).name == "own-misconfigured/spf-permerror high")
    #expect(own.signed("example.com", .permerror).name == "own-misconfigured/dkim-permerror high")
    #expect(own.signed("example.com", .fail).name == "own-misconfigured/dkim-broken high")
    #expect(own.sent(by: "other.example", .pass).name == "own-misconfigured/envelope-not-aligned high")
    #expect(own.sent(by: "example.com", .temperror).name == "receiver-error/temperror high")
    // RFC 7489 App. C explains this word as a temporary error.
    #expect(own.sent(by: "example.com", .unknown).name == "receiver-error/temperror high")
    #expect(failing.authorised(shared: false).sent(by: "", .none).name == "own-misconfigured/unsigned high")
    // The own list server stays fixable, even if a receiver overrides the policy.
    #expect(own.signed("example.com", .fail).because(.mailingList).judgement.verdict == .ownMisconfigured)
    let relay = failing.host("eu1.smtp.exclaimer.net").sent(by: "example.com", .fail)
    #expect(relay.name == "own-misconfigured/unsigned-not-in-spf medium")
  }

  @Test func otherOwnDomains() throws {
    let other = try #require(DomainName("example.org"))
    let cross = failing.signed("mail.example.org", .pass).with { $0.declared.ownDomains = [other] }
    #expect(cross.name == "own-misconfigured/cross-domain medium")
    let strict = failing.signed("mail.example.com", .pass).with { $0.policy.adkim = .strict }
    #expect(strict.name == "subdomain-alignment/strict high")
    #expect(failing.signed("mail.example.net", .pass).with { $0.policy.adkim = .strict }.judgement.rule == .r19)
  }

  @Test func defaultSignatureOfAMailboxProvider() throws {
    #expect(
      failing.signed("example-com.20230601.gappssmtp.com", .pass).name == "misaligned-service/default-signing high")
    #expect(failing.signed("other-com.20230601.gappssmtp.com", .pass).judgement.verdict == .unknownUnauthenticated)
    let tenant = failing.signed("examplecorp.onmicrosoft.com", .pass).sent(by: "example.com", .fail)
    #expect(tenant.name == "misaligned-service/default-signing medium!")
    #expect(tenant.host("mail-1.google.com").judgement.rule != .r9)
    let name = try #require(DomainName("examplecorp.onmicrosoft.com"))
    #expect(tenant.with { $0.declared.ownTenants = [name] }.name == "misaligned-service/default-signing high")
  }

  @Test func attestedRelays() throws {
    #expect(broken.because(.mailingList).name == "mailing-list/attested high")
    #expect(broken.because(.forwarded).name == "forwarded-modified/attested high")
    #expect(broken.because(.localPolicy, "arc=pass as[1].d=x").name == "forwarded-modified/attested high")
    #expect(failing.because(.localPolicy, "arc=pass").name == "forwarded-modified/attested medium")
    #expect(broken.sent(by: "lists.example.edu", .pass).because(.trustedForwarder).name == "mailing-list/attested high")
    let first = broken.because(.localPolicy, "arc=pass remote-ip[1]=198.51.100.7")
    let ours = try #require(CIDR("198.51.100.0/24"))
    let theirs = try #require(CIDR("192.0.2.0/24"))
    #expect(first.with { $0.declared.ownNetworks = [ours] }.judgement.confidence == .high)
    #expect(first.with { $0.declared.ownNetworks = [theirs] }.judgement.confidence == .medium)
  }

  @Test(arguments: ["arc=fail", "", "as[1].arc=pass", "xarc=pass", "arc=passed", "sampled"])
  func otherCommentsAreNotAttestations(comment: String) {
    #expect(broken.because(.localPolicy, comment).judgement.verdict != .forwardedModified)
  }

  @Test func mailingLists() {
    let list = broken.sent(by: "lists.example.edu", .pass).times(3)
    #expect(list.name == "mailing-list/pattern low!")
    #expect(list.declared(.forwarder).name == "mailing-list/pattern medium")
    #expect(list.known().seen(HistoryFacts.Source(relayedIntact: 4)).name == "mailing-list/pattern medium")
    #expect(list.known().seen(HistoryFacts.Source(attested: 4)).name == "mailing-list/pattern medium")
    #expect(broken.host("mail.python.org").sent(by: "python.org", .pass).name == "mailing-list/pattern medium")
    // A name alone does not explain many messages.
    #expect(list.times(500).judgement.rule == .r19)
    // kernel.org also has ordinary mailboxes.
    #expect(failing.sent(by: "kernel.org", .pass).judgement.rule == .r19)
  }

  @Test func signatureBreakingRelays() {
    let relay = broken.sent(by: "corp.example.net", .pass).times(2)
    #expect(relay.known().name == "forwarded-modified/forwarder low!")
    #expect(relay.known().seen(HistoryFacts.Source(relayedIntact: 7)).name == "forwarded-modified/forwarder medium")
    #expect(relay.judgement.rule == .r19)
    #expect(relay.known().times(30).judgement.rule == .r19)
    #expect(relay.known().times(30).with { $0.history.dailyMessages = 1_000 }.judgement.rule == .r15)
    #expect(broken.host("x.inkyphishfence.com").name == "forwarded-modified/gateway medium")
    // Anyone can get a mailbox there.
    #expect(relay.host("mail-1.google.com").name == "forwarded-modified/forwarder low!")
    #expect(relay.host("mail-1.google.com").known().name == "forwarded-modified/forwarder medium")
    #expect(broken.known().times(10).name == "forwarded-modified/unidentified-relay low!")
    #expect(broken.known().times(11).judgement.rule == .r22)
  }

  @Test func relaysOfUnsignedMessages() {
    let kept = failing.sent(by: "example.com", .fail)
    #expect(kept.declared(.forwarder).with { $0.history.signRate = 0 }.name == "forwarded/unsigned medium")
    #expect(kept.declared(.forwarder).name == "forwarded-modified/forwarder low!")
    #expect(
      failing.sent(by: "srs.example.net", .pass).declared(.forwarder).name == "forwarded-modified/forwarder medium")
    let pool = failing.sent(by: "example.com", .fail).with { $0.source = IPAddress(v4: 0x285f_0101) }
    #expect(pool.name == "unknown-unauthenticated/forwarded-unauthenticated medium!")
  }

  @Test func othersAuthenticatedAsThemselves() throws {
    let service = failing.sent(by: "em.sendgrid.net", .pass)
    #expect(service.name == "misaligned-service/esp low!")
    #expect(service.seen(HistoryFacts.Source(activeDays: 5, messages: 60)).name == "misaligned-service/esp medium!")
    let ours = service.signed("example.com", .fail).host("o1.sendgrid.net").known(origins: ["sendgrid.net"])
    #expect(ours.name == "misaligned-service/esp medium")
    #expect(ours.judgement.issues == [.dkimBroken])
    #expect(failing.sent(by: "gmail.com", .pass).name == "misaligned-service/send-as low!")
    let other = failing.sent(by: "other.example", .pass)
    #expect(
      other.seen(HistoryFacts.Source(activeDays: 9, messages: 9, reporters: 2)).name
        == "misaligned-service/other-org low!")
    let partner = try #require(DomainName("other.example"))
    #expect(other.with { $0.history.correspondents = [partner] }.name == "forwarded-modified/resender low!")
    #expect(other.name == "unknown-unauthenticated/foreign-identity medium!")
  }

  @Test func unidentifiedSenders() {
    #expect(failing.sent(by: "example.com", .fail).name == "unknown-unauthenticated/nothing-passes medium!")
    let abuse = failing.sent(by: "example.com", .fail)
    #expect(abuse.times(50).name == "unknown-unauthenticated/spoof-suspected high!")
    #expect(
      abuse.with { $0.history.campaignAddresses = 10 }.name == "unknown-unauthenticated/spoof-suspected high!")
    #expect(failing.sent(by: "example.com", .temperror).name == "unknown-unauthenticated/undecided low!")
    let silent = failing.sent(by: "example.com", .softfail).with { $0.history.signRate = 0 }
    #expect(silent.name == "unknown-unauthenticated/undecided low!")
    // Anyone can use any name that fails.
    #expect(
      failing.signed("gappssmtp.com", .fail).sent(by: "lists.example", .fail).name
        == "unknown-unauthenticated/nothing-passes medium!")
    #expect(failing.authorised(shared: true).sent(by: "", .none).name == "own-misconfigured/shared-infrastructure low!")
    #expect(broken.authorised(shared: true).name == "own-misconfigured/shared-infrastructure medium")
  }

  // MARK: HELO

  private func texts(_ flow: FlowBuilder) -> [String] { flow.judgement.evidence.map { Phrasebook(.english).text($0) } }

  @Test func heloNameIsNoIdentityOfTheMail() {
    let helo = failing.sent(by: "mx.example.net", .pass, scope: "helo")
    #expect(helo.name == "unknown-unauthenticated/nothing-passes medium!")
    #expect(helo.sent(by: "example.com", .fail, scope: "mfrom").judgement.rule == .r22)
    #expect(texts(helo).contains { $0.contains("HELO name mx.example.net, which says who operates the host") })
    #expect(!texts(helo).contains { $0.contains("or any other domain") && $0.contains("neither") })
    // It is no replaced envelope either.
    let forwarded = FlowBuilder(dkim: .pass, spf: .fail).signed("example.com", .pass).sent(
      by: "mx.example.net", .pass, scope: "helo")
    #expect(forwarded.judgement.rule == .r5g)
    #expect(!texts(forwarded).contains { $0.contains("envelope was replaced") })
  }

  @Test func ownHELONameMeansAnOwnHost() {
    let own = failing.sent(by: "mx2.example.com", .pass, scope: "helo").sent(by: "example.com", .fail, scope: "mfrom")
    #expect(own.name == "own-misconfigured/unsigned-not-in-spf medium")
    #expect(
      texts(own).contains("SPF passed for the HELO name mx2.example.com: your own DNS authorises this host by HELO"))
    // The record of the domain itself may include addresses that others share.
    let shared = failing.sent(by: "example.com", .pass, scope: "helo").sent(by: "example.com", .fail, scope: "mfrom")
    #expect(shared.name == "own-misconfigured/unsigned-not-in-spf medium!")
  }

  @Test func scopesOfOneMessageAreNoMergedRows() {
    let both = failing.sent(by: "example.com", .pass, scope: "helo").sent(by: "example.com", .fail, scope: "mfrom")
    #expect(!both.flow.outcome.isUnion)
    #expect(failing.sent(by: "example.com", .pass).sent(by: "example.com", .fail).flow.outcome.isUnion)
    // A HELO pass of the domain does not contradict an evaluation of MAIL FROM.
    #expect(both.judgement.rule != .r1)
    #expect(failing.sent(by: "mx.example.com", .pass, scope: "helo").judgement.rule != .r1)
  }

  // MARK: What the receiver does not say

  @Test func oldWordsAreNeverCertain() {
    let own = failing.declared(.own)
    #expect(own.sent(by: "example.com", .permerror).name == "own-misconfigured/spf-permerror high")
    #expect(own.sent(by: "example.com", .error).name == "own-misconfigured/spf-permerror medium")
    #expect(own.sent(by: "example.com", .temperror).name == "receiver-error/temperror high")
    let authorised = failing.authorised(shared: false)
    #expect(authorised.sent(by: "example.com", .temperror).name == "receiver-error/temperror high")
    #expect(authorised.sent(by: "example.com", .unknown).name == "receiver-error/temperror medium!")
    #expect(own.signed("example.com", .error).name == "own-misconfigured/dkim-permerror medium")
    let mixed = own.signed("example.com", .unknown).sent(by: "example.com", .error)
    #expect(!mixed.name.hasSuffix("own-misconfigured/spf-permerror high"))
    #expect(!texts(own.sent(by: "example.com", .error)).contains { $0.contains("cannot be evaluated") })
    for flow in [own, failing] {
      for result in [AuthResult.error, .unknown] {
        let texts = texts(flow.sent(by: "example.com", result))
        #expect(texts.contains { $0.contains("\"\(result)\", an old word") }, "\(texts)")
        #expect(!texts.contains { $0.contains("could not look up") || $0.contains("lookup failure") }, "\(texts)")
      }
    }
  }

  @Test func absentResultsSayNothing() {
    let empty = failing.with {
      $0.outcome.dkim = [DKIMResult(domain: "", selector: "", result: nil)]
      $0.outcome.spf = [SPFResult(domain: "", result: nil)]
    }
    #expect(empty.name == "unknown-unauthenticated/nothing-passes medium!")
    #expect(texts(empty).allSatisfy { !$0.contains("temperror") && !$0.contains("any other domain, ") })
    #expect(texts(empty).contains { $0.contains("lists no results") })
    // Read by an earlier version.
    let old = failing.with { $0.outcome.spf = [SPFResult(domain: "", result: .unknown)] }
    #expect(old.name == "unknown-unauthenticated/nothing-passes medium!")
    // The absence of results is no ground for certainty.
    #expect(failing.times(50).name == "unknown-unauthenticated/spoof-suspected medium!")
    #expect(failing.sent(by: "example.com", .fail).times(50).name == "unknown-unauthenticated/spoof-suspected high!")
    #expect(failing.declared(.own).name == "own-misconfigured/unsigned-not-in-spf medium")
    #expect(!texts(failing.declared(.own)).contains { $0.contains("not signed") })
    // Nor is the SPF record of a domain that was not checked.
    let foreign = failing.declared(.own).sent(by: "other.example", .fail)
    #expect(texts(foreign).contains { $0.contains("no SPF result that says whether example.com authorises") })
    let passing = FlowBuilder(dkim: .fail, spf: .pass)
    #expect(passing.judgement.issues == [])
    #expect(passing.sent(by: "example.com", .pass).judgement.issues == [.dkimMissing])
  }

  @Test func receiverThatWalksTheTreeMayKnowAnotherOrganisation() {
    func flow(policy: String, _ method: String?, signer: String = "example.org") -> FlowBuilder {
      FlowBuilder(dkim: .fail, spf: .fail, from: "a.dept.example.org").signed(signer, .pass).with {
        $0.policy.domain = policy
        $0.policy.discoveryMethod = method
      }
    }
    #expect(flow(policy: "example.org", nil).name == "receiver-error/inconsistent-report high")
    #expect(flow(policy: "a.dept.example.org", nil).name == "receiver-error/inconsistent-report high")
    for uncertain in [
      flow(policy: "dept.example.org", "treewalk"), flow(policy: "dept.example.org", nil),
      flow(policy: "example.org", "treewalk"),
    ] {
      #expect(uncertain.name == "receiver-error/inconsistent-report low!")
      let advice = Phrasebook(.english).text(uncertain.judgement.advice)
      #expect(advice.contains("psd=n"), "\(advice)")
    }
    let exact = flow(policy: "dept.example.org", "treewalk", signer: "a.dept.example.org")
    #expect(exact.name == "receiver-error/inconsistent-report high")
  }

  @Test func whatIsNotEvaluatedIsNotJudged() {
    let silent = failing.sent(by: "", .none).with { $0.outcome.evaluation = .none }
    #expect(silent.name == "unknown-unauthenticated/undecided low!")
    #expect(silent.times(500).name == "unknown-unauthenticated/undecided low!")
    #expect(silent.judgement.dmarcResult == "none")
    #expect(texts(silent).allSatisfy { !$0.contains("neither SPF") && !$0.contains("fail") })
    // Nobody needs to look at a known source because of it.
    #expect(silent.declared(.own).name == "receiver-error/inconsistent-report medium")
    let computed = FlowBuilder(dkim: .pass, spf: .pass).signed("example.com", .pass).with {
      $0.outcome.evaluation = .computed
    }
    #expect(computed.name == "aligned/both high")
    #expect(texts(computed).contains { $0.contains("that was computed from the results that it lists") })
  }

  @Test func earlierMailIsNotCalledUnknown() {
    func missing(_ flow: FlowBuilder) -> [String] {
      Explanation(
        flow.flow, source: flow.sourceFacts, declared: flow.declared, history: flow.history,
        context: FlowBuilder.context, isHostLookedUp: true, isSPFInconclusive: false, hasSenders: true,
        in: Phrasebook(.english)
      ).missing
    }
    let new = failing.sent(by: "example.com", .error).times(30)
    #expect(missing(new).contains("earlier mail from this source"))
    #expect(!missing(new.seen(.init(activeDays: 5, messages: 130))).contains("earlier mail from this source"))
  }
}
