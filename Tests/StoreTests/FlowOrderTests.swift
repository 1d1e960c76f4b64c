import DMARC
import GRDB
import Testing

@testable import Store

/// Flows are read by outcome, or in the order in which they are stored: the same ones.
@Suite struct FlowOrderTests {
  private struct Read: Hashable {
    var id, source, outcome, policy: Int64
    var verdict: UInt64?
  }

  /// Reports about two From domains, some of whose flows have a verdict.
  private func database() throws -> ReportDatabase {
    let database = try ReportDatabase()
    let makers = (1...12).map { number -> ReportMaker in
      let domain = number % 3 == 0 ? "example.org" : "example.com"
      var maker = ReportMaker(id: "\(number)", content: UInt8(number))
      (maker.domain, maker.from, maker.messages) = (domain, domain, Int64(number))
      return maker
    }
    _ = try database.store(makers)
    try database.withFlows { flows in
      // Flows of all outcomes in turn.
      for number in 1...20 {
        try flows.db.execute(
          sql: "INSERT INTO source (address, text) VALUES (?, ?)",
          arguments: [DatabaseBytes([203, 0, 113, UInt8(number)]), "203.0.113.\(number)"])
        try flows.db.execute(
          sql:
            "INSERT INTO flow (source_id, outcome_id, policy_id) SELECT max(source.id), outcome_id, policy_id FROM flow, source WHERE flow.id = ?",
          arguments: [number % 4 + 1])
      }
      let ids = try Int64.fetchAll(flows.db, sql: "SELECT id FROM flow WHERE id % 2 = 0")
      try flows.store(
        ids.map {
          StoredVerdict(
            flowID: $0, verdict: "aligned", subtype: "both", confidence: "high", rule: "R1", isUnknownIP: false,
            issues: [], knownSenderID: nil)
        }, rulesVersion: 1)
    }
    return database
  }

  @Test(arguments: [["example.com"], ["example.org"], ["example.com", "example.org"]])
  func bothOrdersReadTheSameFlows(_ names: [String]) throws {
    let database = try database()
    func read(leastFlows: Int64) throws -> [Read] {
      try database.readFlows { flows in
        flows.leastFlows = leastFlows
        let ids = try Int64.fetchAll(
          flows.db, sql: "SELECT id FROM domain WHERE name IN (SELECT value FROM json_each(?))",
          arguments: [OutcomeColumns.list(names)])
        var found: [Read] = []
        try flows.forEachFlow(of: ids) { flow in
          found.append(
            Read(
              id: flow.id, source: flow.sourceID, outcome: flow.outcomeID, policy: flow.policyID,
              verdict: flow.verdictHash))
        }
        return found
      }
    }
    let (looked, stored) = (try read(leastFlows: .max), try read(leastFlows: 1))
    #expect(!looked.isEmpty && Set(looked) == Set(stored) && looked.count == stored.count)
    #expect(stored.map(\.id) == stored.map(\.id).sorted())
    // Without a difference in order, nothing would have been tested.
    if names.count > 1 { #expect(looked.map(\.id) != stored.map(\.id)) }
  }
}
