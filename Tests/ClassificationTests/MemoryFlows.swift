import DMARC
import Verdict

@testable import Classification
@testable import Store

/// Flows in memory, with sums by day and reporter, and identifiers that are hashes.
final class MemoryFlows: FlowSource, VerdictSink {
  struct Flow: Hashable {
    var source: IPAddress
    var outcome: AuthenticationOutcome
    var policy: PolicyPublished
  }

  private struct SumKey: Hashable {
    var days: CoveredDays
    var reporter: Int64
    var organisation: Int64?
  }

  private(set) var flows: [Int64: Flow] = [:]
  private var sums: [Int64: [SumKey: Int64]] = [:]
  private var sources: [Int64: IPAddress] = [:]
  private var outcomes: [Int64: AuthenticationOutcome] = [:]
  private var policies: [Int64: PolicyPublished] = [:]
  private var names: [Int64: String] = [0: ""]
  private var recipients: [Int64: Set<String>] = [:]
  private(set) var verdicts: [Int64: StoredVerdict] = [:]
  private(set) var relays: [String: Set<String>] = [:]

  /// An identifier: the same for the same text in every store that uses this hash.
  static func id(_ text: String) -> Int64 {
    Int64(bitPattern: text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } >> 1)
  }

  func add(_ report: IncomingReport, _ batch: RecordBatch, isContested: Bool) {
    var policy = PolicyPublished()
    policy.domain = report.identity.policyDomain.name
    policy.p = report.head.policy.p
    let organisation = isContested ? nil : report.sendingOrganisation.map(Self.id)
    let key = SumKey(
      days: CoveredDays(begin: report.identity.begin, end: report.identity.end),
      reporter: Self.id(report.identity.reporter), organisation: organisation)
    for row in batch.rows {
      let reported = batch.outcomes[row.outcome].canonical
      let flow = Flow(source: row.source, outcome: reported, policy: policy)
      let (source, outcome) = (Self.id("\(flow.source)"), Self.id(flow.outcome.canonicalText))
      let rule = Self.id("\(policy.domain ?? "") \(policy.p?.rawValue ?? "")")
      let id = Self.id("\(source) \(outcome) \(rule)")
      (flows[id], sources[source], outcomes[outcome], policies[rule]) = (flow, flow.source, flow.outcome, policy)
      if let name = flow.outcome.headerFrom { names[Self.id(name)] = name }
      sums[id, default: [:]][key, default: 0] += row.messages
      if flow.outcome.passesDMARC, let name = batch.envelopeTo(of: row) {
        recipients[id, default: []].insert(name.lowercased())
      }
    }
  }

  var headerFroms: [Int64: String] { names }

  private func selected(_ headerFroms: [Int64]) -> [Int64: Flow] {
    flows.filter { headerFroms.contains($0.value.outcome.headerFrom.map(Self.id) ?? 0) }
  }

  func names(ofHeaderFroms ids: Set<Int64>) -> [String] { ids.compactMap { names[$0] } }

  func forEachFlow(of headerFroms: [Int64], _ body: (StoredFlow) throws -> Void) throws {
    for (id, flow) in selected(headerFroms) {
      try body(
        StoredFlow(
          id: id, sourceID: Self.id("\(flow.source)"), outcomeID: Self.id(flow.outcome.canonicalText),
          policyID: Self.id("\(flow.policy.domain ?? "") \(flow.policy.p?.rawValue ?? "")"),
          knownSenderID: verdicts[id]?.knownSenderID,
          verdictHash: verdicts[id]?.hash(rulesVersion: RuleEngine.version)))
    }
  }

  func source(_ id: Int64) -> StoredSource? { sources[id].map { StoredSource(address: $0) } }

  func forEachDay(of headerFroms: [Int64], _ body: (FlowDay) throws -> Void) throws {
    for id in selected(headerFroms).keys {
      for (key, messages) in sums[id] ?? [:] {
        try body(
          FlowDay(
            flowID: id, days: key.days, reporterID: key.reporter, messages: messages, organisationID: key.organisation))
      }
    }
  }

  func recipients(of headerFroms: [Int64]) -> [String] {
    Array(selected(headerFroms).keys.reduce(into: Set<String>()) { $0.formUnion(recipients[$1] ?? []) })
  }

  func outcome(_ id: Int64) -> AuthenticationOutcome { outcomes[id] ?? AuthenticationOutcome() }

  func policy(_ id: Int64) -> PolicyPublished { policies[id] ?? PolicyPublished() }

  func ownHosts(of domains: [String]) -> [IPAddress: NamedHost] { [:] }

  func domainsWithSPFSnapshots() -> Set<String> { [] }

  func spfSnapshots(ofDomain domain: DomainName) -> [StoredSPFSnapshot] { [] }

  func store(_ verdicts: [StoredVerdict], rulesVersion: Int) {
    for verdict in verdicts { self.verdicts[verdict.flowID] = verdict }
  }

  func setRelays(_ relays: [(key: String, isSteady: Bool)], shownBy organisation: String) {
    self.relays[organisation] = Set(relays.map(\.key))
  }
}
