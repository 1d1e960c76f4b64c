import DMARC
import Testing
import Verdict

/// Hosts that are probably the owner's, although nobody has declared them.
@Suite struct OwnHostTests {
  private let failing = FlowBuilder(dkim: .fail, spf: .fail).sent(by: "example.com", .fail)

  @Test func onlyTheOwnerPublishesANameOfTheDomain() {
    let department = failing.host("mail.vet.example.com").times(80)
    #expect(department.name == "own-misconfigured/unsigned-not-in-spf high")
    #expect(department.judgement.sourceStatus == .own)
    // Names made from addresses belong to the customers of an access provider.
    #expect(failing.host("host-113-1.dyn.example.com").judgement.verdict == .unknownUnauthenticated)
    #expect(failing.host("mail.vet.example.net").judgement.verdict == .unknownUnauthenticated)
  }

  @Test func exchangesAreOwnHosts() throws {
    let name = try #require(DomainName("mx1.example.com"))
    let exchange = failing.with { $0.sourceFacts.ownHost = OwnHost(name: name, kind: .exchange) }
    #expect(exchange.name == "own-misconfigured/unsigned-not-in-spf high")
    let address = failing.with { $0.sourceFacts.ownHost = OwnHost(name: name, kind: .address) }
    #expect(address.name == "own-misconfigured/unsigned-not-in-spf medium!")
    #expect(address.judgement.rule == .r23)
  }

  @Test func neighboursOfAuthorisedAddressesAreProbablyOurs() {
    let neighbour = failing.with { $0.history.authorisedNeighbours = 2 }
    #expect(neighbour.name == "own-misconfigured/unsigned-not-in-spf medium!")
    #expect(neighbour.signed("example.com", .fail).judgement.subtype == .dkimBroken)
    #expect(
      neighbour.sent(by: "other.example", .pass).judgement.verdict == .unknownUnauthenticated)
  }

  @Test func aSteadySourceIsAskedAboutFirst() {
    let steady = failing.times(60).with { $0.history.campaignAddresses = 30 }
      .seen(HistoryFacts.Source(failingDays: 70, failingSpan: 79))
    #expect(steady.name == "unknown-unauthenticated/undecided low!")
    #expect(steady.judgement.evidence.contains { $0.code == "STEADY_SOURCE" })
    for (days, span) in [(14, 30), (15, 60), (20, 26)] as [(Int64, Int64)] {
      let other = failing.times(60).seen(HistoryFacts.Source(failingDays: days, failingSpan: span))
      #expect(other.name == "unknown-unauthenticated/spoof-suspected high!", "\(days) of \(span)")
    }
  }

  @Test func aTemporaryErrorIsNoMissingKey() {
    let flow = FlowBuilder(dkim: .fail, spf: .fail).sent(by: "example.com", .temperror)
      .signed("example-com.20230601.gappssmtp.com", .pass)
    #expect(flow.judgement.verdict == .misalignedService)
    #expect(flow.authorised(shared: true).name == "receiver-error/temperror medium")
  }

  @Test func whatAReporterDoesNotSayOthersDo() throws {
    let silent = FlowBuilder(dkim: .fail, spf: .fail)
    let service = try #require(DomainName("sendgrid.net"))
    let known = silent.with { $0.history.siblingIdentity = service }
    #expect(known.judgement.verdict == .misalignedService)
    #expect(known.sent(by: "example.com", .fail).judgement.verdict == .unknownUnauthenticated)
  }
}
