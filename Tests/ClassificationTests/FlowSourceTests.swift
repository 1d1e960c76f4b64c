import DMARC
import GRDB
import Seeds
import Testing
import Verdict

@testable import Classification
@testable import Settings
@testable import Store

/// Judging gives the same verdicts whatever holds the flows.
@Suite struct FlowSourceTests {
  /// A flow without identifiers.
  private func text(_ source: String, _ outcome: String, _ policy: String) -> String {
    "\(source) \(outcome) \(policy)"
  }

  private func verdicts(_ database: ReportDatabase) throws -> [String: String] {
    let rows = try database.readFlows { flows in
      try Row.fetchAll(
        flows.db,
        sql: """
          SELECT source.text, lower(hex(outcome.key)), domain.name || ' ' || coalesce(policy.p, ''), flow.verdict || ' ' || subtype
            || ' ' || confidence || ' ' || rule || ' ' || unknown_ip || ' ' || coalesce(issues, '')
          FROM flow JOIN source ON source.id = source_id JOIN outcome ON outcome.id = outcome_id
          JOIN policy ON policy.id = policy_id JOIN domain ON domain.id = policy.domain_id
          """)
    }
    return Dictionary(uniqueKeysWithValues: rows.map { (text($0[0], $0[1], $0[2]), $0[3] as String) })
  }

  private func verdicts(_ flows: MemoryFlows) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: flows.flows.map { id, flow in
        let verdict = flows.verdicts[id].map {
          "\($0.verdict) \($0.subtype) \($0.confidence) \($0.rule) \($0.isUnknownIP ? 1 : 0) "
            + $0.issues.joined(separator: " ")
        }
        return (
          text(
            "\(flow.source)", "\(flow.outcome.canonicalHash)",
            "\(flow.policy.domain ?? "") \(flow.policy.p?.rawValue ?? "")"), verdict ?? ""
        )
      })
  }

  /// What the review of the reporters has found, with the identifiers of the flows in memory.
  private func standings(_ database: ReportDatabase) throws -> ReporterStandings {
    try database.readFlows { flows in
      let found = try ReporterStandings(flows)
      let names = try flows.sendingOrganisations().reduce(into: [:]) { $0[$1.id] = $1.name }
      func ids(_ set: Set<Int64>) -> Set<Int64> { Set(set.compactMap { names[$0].map(MemoryFlows.id) }) }
      return ReporterStandings(
        reporters: Dictionary(uniqueKeysWithValues: found.reporters.values.map { (MemoryFlows.id($0), $0) }),
        trustPolicy: found.trustPolicy, trusted: found.trusted.map(ids), unverified: ids(found.unverified))
    }
  }

  @Test(arguments: 1...Seeded.rounds(6, long: 100)) func flowsInMemoryAreJudgedAsThoseInSQLite(seed: Int) throws {
    var history = MadeHistory("sources \(seed)", organisations: 3)
    let database = try ReportDatabase()
    for _ in 0..<12 { try history.advance(database, reports: 8) }
    let classifier = try Classifier(Configuration(), database)
    try classifier.refresh(database)
    let contested = try database.readFlows {
      try String.fetchSet($0.db, sql: "SELECT report_key FROM report WHERE contested")
    }
    let memory = MemoryFlows()
    for (report, batch) in history.reports {
      memory.add(report, batch, isContested: contested.contains(report.identity.reportID))
    }
    let context = classifier.context
    let relays = try database.readFlows { try LearnedRelays.judged($0) }
    let groups = Dictionary(grouping: memory.headerFroms.keys) {
      context.organisation(ofHeaderFrom: memory.headerFroms[$0] ?? "")
    }
    func judge() throws -> Int {
      try groups.reduce(0) { sum, group in
        let organisation = try OrganisationClassifier(
          memory, headerFroms: group.value, context: context, standings: standings(database), relays: relays)
        let changes = try organisation.verdicts()
        memory.store(changes[0..<changes.count], rulesVersion: RuleEngine.version)
        memory.setRelays(organisation.relays, shownBy: group.key)
        return sum + changes.count
      }
    }
    #expect(try judge() == memory.flows.count)
    let (found, expected) = (verdicts(memory), try verdicts(database))
    #expect(Set(found.keys) == Set(expected.keys))
    #expect(found.filter { $0.value != expected[$0.key] } == [:])
    let taught = try database.readFlows { flows in
      try Row.fetchAll(flows.db, sql: "SELECT organisation, key FROM learned_relay")
    }
    let shown = Dictionary(grouping: taught) { $0[0] as String }.mapValues { Set($0.map { $0[1] as String }) }
    #expect(memory.relays.filter { !$0.value.isEmpty } == shown)
    // Nothing has changed, so nothing is stored again.
    #expect(try judge() == 0)
  }
}
