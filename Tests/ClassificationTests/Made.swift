import DMARC
import Foundation
import Testing

@testable import Settings
@testable import Store

/// Flows, reports and senders for tests.
enum Made {
  static func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

  static func sender(_ name: String = "Office", _ network: String = "192.0.2.0/28") throws -> KnownSender {
    KnownSender(name: name, kind: .own, networks: [try #require(CIDR(network))])
  }

  static func flow(
    _ verdict: String, _ subtype: String = "x", messages: Int64 = 10, dkim: AlignedResult = .fail,
    spf: AlignedResult = .fail, source: UInt32 = 0xc000_0201, _ change: (inout StreamFlow) -> Void = { _ in }
  ) -> StreamFlow {
    var outcome = AuthenticationOutcome()
    outcome.evaluatedDKIM = dkim
    outcome.evaluatedSPF = spf
    outcome.headerFrom = "example.com"
    var flow = StreamFlow(
      source: IPAddress(v4: source), messages: messages, days: [1, 2, 3], reporters: [1],
      believed: .init(messages: 0, days: [], organisations: []), unauthenticated: 0, organisations: [1, 2],
      placingOrganisations: [1, 2], outcome: outcome, policyDomain: "example.com", verdict: verdict, subtype: subtype,
      confidence: "high", rule: "R", isUnknownIP: false)
    change(&flow)
    return flow
  }

  /// Stores a report of two rows: one message that passes by DKIM, and one that fails.
  static func store(
    _ number: UInt8, from domain: String, source: UInt32 = 0xc000_0201, in database: ReportDatabase
  ) throws {
    var pass = AuthenticationOutcome()
    pass.evaluatedDKIM = .pass
    pass.evaluatedSPF = .pass
    pass.headerFrom = domain
    pass.dkim = [DKIMResult(domain: domain, selector: "s", result: .pass)]
    pass.spf = [SPFResult(domain: domain, result: .pass)]
    var fail = AuthenticationOutcome()
    fail.evaluatedDKIM = .fail
    fail.evaluatedSPF = .fail
    fail.headerFrom = domain
    let batch = RecordBatch(
      rows: [
        RecordRow(source: IPAddress(v4: source), messages: 1, outcome: 0, envelopeTo: nil),
        RecordRow(source: IPAddress(v4: 0xc633_6401), messages: 1, outcome: 1, envelopeTo: nil),
      ], outcomes: [pass, fail], envelopeTos: [])
    var head = ReportHead()
    head.policy.domain = domain
    head.policy.p = RequestedPolicy.none
    let begin: Int64 = 1_790_812_800
    let report = IncomingReport(
      identity: ReportIdentity(
        reporter: "r", reportID: "\(number)", policyDomain: try name(domain), begin: begin, end: begin + 86_399),
      head: head, warnings: [], sha256: Array(repeating: number, count: 32), rows: 2, messages: 2, droppedRows: 0,
      origin: "file.xml")
    try database.withWriter(now: begin + 100_000) { writer in
      try writer.begin()
      _ = try writer.store(report, batch)
      try writer.commit()
    }
  }
}
