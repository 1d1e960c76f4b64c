import Classification
import DMARC
import Settings
import Testing

@testable import Store

@Suite struct ReadinessReportTests {
  private func report(spf: StoredSPFSnapshot? = nil) throws -> ReadinessReport {
    ReadinessReport(try ClassificationContext(Configuration(), []), spf: spf, days: 30)
  }

  private func flow(
    _ verdict: String, _ subtype: String = "x", messages: Int64 = 10, dkim: AlignedResult = .fail,
    spf: AlignedResult = .fail, source: UInt32 = 0xc000_0201, _ change: (inout StreamFlow) -> Void = { _ in }
  ) -> StreamFlow {
    var outcome = AuthenticationOutcome()
    outcome.evaluatedDKIM = dkim
    outcome.evaluatedSPF = spf
    outcome.headerFrom = "example.com"
    var flow = StreamFlow(
      source: IPAddress(v4: source), messages: messages, days: [1], reporters: [1],
      believed: .init(messages: messages, days: [1], organisations: [1]), unauthenticated: 0, organisations: [1],
      placingOrganisations: [], outcome: outcome, policyDomain: "example.com", verdict: verdict, subtype: subtype,
      confidence: "high", rule: "R", isUnknownIP: false)
    change(&flow)
    return flow
  }

  @Test func failingMessagesAreSortedByTheEffectOfAPolicy() throws {
    var report = try report()
    report.add(flow("own-misconfigured", messages: 5))
    report.add(flow("mailing-list", messages: 7))
    report.add(flow("unknown-unauthenticated", messages: 100))
    report.add(flow("own-misconfigured", messages: 3, source: 0xc000_0202) { $0.confidence = "low" })
    report.add(flow("aligned", messages: 50, dkim: .pass))
    #expect(report.messages == 165)
    #expect(report.passed == 50)
    #expect(report.messages(.yours) == 5)
    #expect(report.messages(.passedOn) == 7)
    #expect(report.messages(.abuse) == 100)
    #expect(report.messages(.undecided) == 3)
    #expect(report.streams.map(\.effect) == [.yours, .undecided, .passedOn, .abuse])
  }

  @Test func flowsOfOneSenderFormOneStream() throws {
    var report = try report()
    for source in 1...3 as ClosedRange<UInt32> {
      report.add(flow("unknown-unauthenticated", source: source) { $0.isUnknownIP = true })
    }
    #expect(report.streams.count == 1)
    #expect(report.streams.first?.messages == 30)
    #expect(report.streams.first?.sources.count == 3)
  }

  @Test func strictAlignmentCostsWhatPassesByASubdomain() throws {
    var report = try report()
    report.add(
      flow("aligned", messages: 4, dkim: .pass) {
        $0.outcome.dkim = [DKIMResult(domain: "mail.example.com", selector: "s", result: .pass)]
      })
    report.add(
      flow("aligned", messages: 6, dkim: .pass) {
        $0.outcome.dkim = [DKIMResult(domain: "example.com", selector: "s", result: .pass)]
      })
    #expect(report.passed == 10)
    #expect(report.failingIfStrictDKIM == 4)
    #expect(report.failingIfStrict == 4)
  }

  @Test func includeCountsTheMessagesThatDependOnIt() throws {
    let domain = try #require(DomainName("example.com"))
    let include = try #require(DomainName("_spf.mailer.example"))
    let snapshot = SPFSnapshot(
      domain: domain, status: .valid, errors: [],
      ranges: [
        .init(network: try #require(CIDR("192.0.2.0/24")), path: [domain, include], term: "ip4", isEverybody: false)
      ], dynamicTerms: [], lookUps: 1, voidLookUps: 0, record: nil)
    var report = try report(spf: StoredSPFSnapshot(snapshot: snapshot, isShared: [true], takenAt: 0, checkedAt: 0))
    report.add(flow("aligned", messages: 3, dkim: .pass, spf: .pass))
    report.add(flow("aligned", messages: 4, spf: .pass))
    report.add(flow("aligned", messages: 5, spf: .pass, source: 0xc633_6401))
    #expect(report.includes.map(\.name) == [include.name])
    #expect(report.includes.first?.messages == 7)
    #expect(report.includes.first?.onlySPF == 4)
  }
}
