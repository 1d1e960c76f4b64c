import DMARC
import Testing

@testable import Store

/// Answers that group sources by operator.
@Suite struct OperatorTests {
  private static let from = "example.com"

  /// A store with four failing sources of 1, 2, 3 and 4 messages: 192.0.2.1 and 192.0.2.2, 198.51.100.1 and
  /// 203.0.113.1. The last one is from a known sender.
  private func database() throws -> ReportDatabase {
    let database = try ReportDatabase()
    var outcome = AuthenticationOutcome()
    outcome.evaluatedDKIM = .fail
    outcome.evaluatedSPF = .fail
    outcome.headerFrom = Self.from
    let sources: [UInt32] = [0xc000_0201, 0xc000_0202, 0xc633_6401, 0xcb00_7101]
    let batch = RecordBatch(
      rows: sources.enumerated().map {
        RecordRow(source: IPAddress(v4: $1), messages: Int64($0 + 1), outcome: 0, envelopeTo: nil)
      }, outcomes: [outcome], envelopeTos: [])
    var head = ReportHead()
    head.policy.domain = Self.from
    let begin: Int64 = 1_790_812_800
    let report = IncomingReport(
      identity: ReportIdentity(
        reporter: "r", reportID: "1", policyDomain: try #require(DomainName(Self.from)), begin: begin,
        end: begin + 86_399),
      head: head, warnings: [], sha256: Array(repeating: 1, count: 32), rows: 4, messages: 10, droppedRows: 0,
      origin: "file.xml")
    try database.withWriter(now: begin + 100_000) { writer in
      try writer.begin()
      _ = try writer.store(report, batch)
      try writer.commit()
    }
    try database.declare(
      KnownSender(name: "Mailer", kind: .service, networks: [try #require(CIDR("203.0.113.0/24"))]))
    let sender = try #require(try database.knownSenders().first?.id)
    try database.withFlows { flows in
      var verdicts: [StoredVerdict] = []
      try flows.forEachFlow(of: flows.headerFroms().map(\.id)) {
        let source = try #require(try flows.source($0.sourceID)).address
        let isKnown = source.low >> 24 == 0xcb
        verdicts.append(
          StoredVerdict(
            flowID: $0.id, verdict: "v", subtype: "s", confidence: "high", rule: "x", isUnknownIP: !isKnown,
            issues: [], knownSenderID: isKnown ? sender : nil))
      }
      try flows.store(verdicts, rulesVersion: 7)
    }
    return database
  }

  /// Gives all of 192.0.2.0/24 and 203.0.113.0/24 one name.
  private let naming = SourceNaming(declared: "declared") { address, _ in
    let first = address.low >> 24
    return first == 0xc6 ? .init("Other", basis: "map") : .init("Mailer", basis: first == 0xc0 ? "asn" : "network")
  }

  @Test func failuresAreSummedByName() throws {
    let groups = try database().failures(by: .operator, RecordFilter(), naming: naming)
    #expect(groups.map(\.key) == ["Mailer", "Other"])
    #expect(groups.map(\.messages) == [7, 3])
    #expect(groups.map(\.sources) == [3, 1])
    #expect(groups.map(\.namedBy) == [["asn", "declared"], ["map"]])
    #expect(groups.map(\.knownSenders) == [["Mailer"], []])
  }

  @Test func pagesOfFailuresKnowTheTotal() throws {
    let ranked = try database().rankedFailures(by: .operator, RecordFilter(limit: 1), naming: naming)
    #expect(ranked.groups.map(\.key) == ["Mailer"])
    #expect(ranked.total.lines == 2 && ranked.total.messages == 10)
  }

  @Test func otherGroupingsHaveNoNames() throws {
    for grouping in FailureGrouping.allCases where grouping != .operator {
      #expect(try database().failures(by: grouping, RecordFilter(), naming: naming).allSatisfy(\.namedBy.isEmpty))
    }
  }

  @Test func sourcesThatNeedReviewAreOneLineForEachName() throws {
    let answer = try database().unknownSenders(RecordFilter(), severities: [], naming: naming)
    #expect(answer.lines.map(\.source) == ["Mailer", "Other"])
    #expect(answer.lines.map(\.addresses) == [2, 1])
    #expect(answer.lines.map(\.form) == [.operatorPool, .operatorPool])
    #expect(answer.lines.map(\.namedBy) == [["asn"], ["map"]])
    // Sources with the same name may belong to different operators, so declaring them together is not proposed.
    #expect(answer.lines.allSatisfy { $0.pool.sources.isEmpty })
    let first = try database().unknownSenders(RecordFilter(limit: 1), severities: [], naming: naming)
    #expect(first.omitted.lines == 1)
    let place = try #require(first.lines.first?.place)
    let rest = try database().unknownSenders(RecordFilter(), severities: [], after: place, naming: naming)
    #expect(rest.lines.map(\.source) == ["Other"])
  }

  @Test func forwardedMailIsSummedByName() throws {
    let all = try database().forwarding(RecordFilter(), verdicts: ["v"], naming: naming)
    #expect(all.lines.map(\.forwarder) == ["Mailer", "Other"])
    #expect(all.lines.map(\.messages) == [7, 3])
    #expect(all.lines.map(\.namedBy) == [["asn", "declared"], ["map"]])
    let rest = try database().forwarding(RecordFilter(), verdicts: ["v"], after: (7, "Mailer"), naming: naming)
    #expect(rest.lines.map(\.forwarder) == ["Other"])
  }
}
