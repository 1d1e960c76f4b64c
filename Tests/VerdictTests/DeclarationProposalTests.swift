import DMARC
import Lookup
import Testing

@testable import Verdict

/// How a source is to be declared, whichever command proposes it.
@Suite struct DeclarationProposalTests {
  private static let context: RuleContext = {
    let suffixes = PublicSuffixList()
    return RuleContext(organisations: Organisations { suffixes.organisation(of: $0) })
  }()

  private func command(
    _ sources: [(address: String, host: String?)], passing: String? = nil, from: [String] = ["example.com"],
    spf: AlignedResult = .fail, verdict: Verdict = .unknownUnauthenticated, several: Bool = false
  ) throws -> String? {
    var evidence = SenderEvidence(Self.context.organisations)
    for source in sources {
      evidence.add(try #require(IPAddress(source.address)), host: source.host.flatMap(DomainName.init))
    }
    for domain in from {
      var outcome = AuthenticationOutcome()
      outcome.headerFrom = domain
      outcome.evaluatedSPF = spf
      outcome.spf = [SPFResult(domain: passing ?? domain, result: passing == nil ? .fail : .pass)]
      evidence.add(outcome, messages: 10, verdict: verdict)
    }
    return DeclarationProposal(evidence, Self.context, hasOtherOrganisations: several)?.command.map { "\($0)" }
  }

  @Test func aServiceIsDeclaredByTheDomainOfItsOperator() throws {
    #expect(
      try command([("203.0.113.1", nil)], passing: "bounce.mailer.example")
        == "dmarcstat senders add mailer.example --kind service --domain mailer.example")
  }

  @Test func aMailboxProviderIsNotIdentifiedByTheDomainsOfItsCustomers() throws {
    #expect(try command([("203.0.113.1", nil)], passing: "gmail.com")?.contains("--domain") == false)
    #expect(
      try command([("203.0.113.1", nil)], passing: "example-com.20230601.gappssmtp.com")?
        .contains("--domain example-com.20230601.gappssmtp.com") == true)
  }

  @Test func aPoolIsNeverOneOwnAddress() throws {
    let pool = [("203.0.113.1", "a1.hoster.example"), ("198.51.100.2", "a2.hoster.example")]
    #expect(
      try command(pool.map { ($0.0, $0.1) })
        == "dmarcstat senders add hoster.example --kind service --host hoster.example")
    #expect(
      try command([("203.0.113.1", nil), ("203.0.113.2", nil), ("203.0.113.9", nil)])
        == "dmarcstat senders add 203.0.113.0/24 --kind service --address 203.0.113.0/24")
    let outlook = try command([("40.92.1.1", "mail-a.outbound.protection.outlook.com")])
    #expect(outlook?.contains("--kind service --host outlook.com") == true, "\(outlook ?? "")")
  }

  @Test func aServerIsDeclaredByItsAddress() throws {
    #expect(try command([("192.0.2.1", nil)]) == "dmarcstat senders add 192.0.2.1 --kind own --address 192.0.2.1")
    #expect(
      try command([("192.0.2.1", "web.example.com")])
        == "dmarcstat senders add web.example.com --kind own --address 192.0.2.1")
    // What one's own SPF record authorises is one's own, as narrowly as possible.
    #expect(
      try command([("192.0.2.8", nil), ("192.0.2.9", nil), ("192.0.2.11", nil)], spf: .pass)
        == "dmarcstat senders add 192.0.2.8/30 --kind own --address 192.0.2.8/30")
  }

  @Test func aForwarderIsNoServerOfOnesOwn() throws {
    #expect(try command([("192.0.2.1", nil)], verdict: .forwardedModified)?.contains("--kind forwarder") == true)
  }

  @Test func withSeveralOrganisationsItSaysForWhich() throws {
    let one = try command([("192.0.2.1", nil)], from: ["mail.example.com", "example.com"], several: true)
    #expect(one == "dmarcstat senders add 192.0.2.1 --kind own --address 192.0.2.1 --for example.com")
    let many = try command([("192.0.2.1", nil)], from: (1...6).map { "d\($0).example" }, several: true)
    #expect(many == "dmarcstat senders add 192.0.2.1 --kind service --address 192.0.2.1")
  }

  @Test func addressesWithNothingInCommonAreNotDeclared() throws {
    #expect(try command([("192.0.2.1", nil), ("203.0.113.1", nil)]) == nil)
    // A name that is not valid is not pasted.
    #expect(try command([("192.0.2.1", nil)], passing: "$(x).example") == nil)
  }
}
