import DMARC
import Foundation
import Store
import Synchronization
package import Verdict

/// Classifies all messages in the name of one organisation.
package final class OrganisationClassifier {
  private let flows: any FlowSource
  private let context: ClassificationContext
  private let spf: SPFIndex
  private let history: OrganisationHistory
  private var outcomes: AlignedOutcomeCache
  /// The hosts that the organisation's own DNS names.
  private let ownHosts: [IPAddress: OwnHost]

  private var entries: [Entry] = []
  private var sources: [Source] = []
  private var sourceNumbers: [Int64: Int32] = [:]
  private var numbers: [Int64: Int32] = [:]
  private var outcomeKeys: [OutcomeKey] = []
  private var outcomeNumbers: [OutcomeKey: Int32] = [:]
  private var sourceTraits: [SourceTraits] = []
  private var traitNumbers: [SourceTraits: Int32] = [:]

  /// A flow. There may be a million, so values that repeat are stored once and referred to by number.
  private struct Entry {
    var id: Int64
    var source: Int32
    var pair: Int32
    var senderID: Int32
    var verdictHash: Int
  }

  private struct Source {
    var address: IPAddress
    var facts: Int32
  }

  private struct OutcomeKey: Hashable {
    var outcome, policy: Int64
  }

  private struct SourceTraits: Hashable {
    var facts: SourceFacts
    var isHostLookedUp: Bool
  }

  /// Everything about one flow that its verdict depends on.
  package struct Facts: Sendable {
    /// The flow.
    package var flow: FlowFacts
    /// What is known about the source.
    package var source: SourceFacts
    /// What the operator has declared.
    package var declared: OperatorFacts
    /// What is known about earlier messages.
    package var history: HistoryFacts
    /// The row id of the known sender.
    var senderID: Int64?
    /// Whether the host name was looked up, whatever the result.
    package var isHostLookedUp: Bool
    /// Whether the SPF record has terms that only a receiver can evaluate.
    package var isSPFInconclusive: Bool
  }

  /// Reads the flows of the From domains of an organisation.
  init(
    _ flows: any FlowSource, headerFroms: [Int64], context: ClassificationContext, standings: ReporterStandings,
    relays: LearnedRelays
  ) throws {
    self.flows = flows
    self.context = context
    spf = try SPFIndex(flows)
    history = OrganisationHistory(
      context.ruleContext, trustPolicy: standings.trustPolicy, unverifiedOrganisations: standings.unverified)
    history.learnedRelays = relays.organisations
    outcomes = AlignedOutcomeCache(context.ruleContext.organisations)
    ownHosts = try Self.ownHosts(flows, headerFroms)
    try flows.forEachFlow(of: headerFroms) { try add($0) }
    var days = DailySums { [history] sum in
      let isTrusted = standings.trusted.map { trusted in sum.organisation.map(trusted.contains) ?? false } ?? true
      history.addDay(
        flow: sum.flow, day: sum.day, reporter: sum.reporter, messages: sum.messages,
        organisation: isTrusted ? sum.organisation : nil, reportingOrganisation: sum.organisation,
        isEstimated: sum.isEstimated)
    }
    try flows.forEachDay(of: headerFroms) { day in
      if let number = numbers[day.flowID] { days.add(Int(number), day) }
    }
    days.finish { sources[Int(entries[$0].source)].address }
    history.complete(reporters: standings.reporters, recipients: try flows.recipients(of: headerFroms))
  }

  private static func ownHosts(_ flows: any FlowSource, _ headerFroms: [Int64]) throws -> [IPAddress: OwnHost] {
    try flows.ownHosts(of: flows.names(ofHeaderFroms: Set(headerFroms))).compactMapValues { host in
      OwnHost.Kind(rawValue: host.type).map { OwnHost(name: host.name, kind: $0) }
    }
  }

  private func add(_ flow: StoredFlow) throws {
    let outcome = try outcomes.outcome(of: flow.outcomeID, flow.policyID, flows)
    let source = number(of: flow)
    var facts = sourceTraits[Int(sources[Int(source)].facts)].facts
    // The date of the flow is not known yet; the newest SPF record is sufficient for the history.
    if !spf.isEmpty { facts.spf = try spf.authorisation(of: flow.source, by: Self.domains(outcome), on: .latest) }
    let (declared, senderID) = context.declared(flow.source, outcome, facts)
    history.add(
      HistoricFlow(
        outcome: outcome, source: source, address: flow.source, sourceFacts: facts, declared: declared,
        outcomeID: flow.outcomeID))
    numbers[flow.id] = Int32(entries.count)
    let pair = OutcomeKey(outcome: flow.outcomeID, policy: flow.policyID)
    let number = outcomeNumbers[pair] ?? Int32(outcomeKeys.count)
    if outcomeNumbers.updateValue(number, forKey: pair) == nil { outcomeKeys.append(pair) }
    entries.append(
      Entry(
        id: flow.id, source: source, pair: number, senderID: Int32(senderID ?? 0),
        verdictHash: flow.knownSenderID == senderID ? flow.verdictText?.hashValue ?? 0 : 0))
  }

  private func number(of flow: StoredFlow) -> Int32 {
    if let known = sourceNumbers[flow.sourceID] { return known }
    let name = flow.host.flatMap(DomainName.init)
    let geo = context.geolocation(of: flow.source)
    var facts = SourceFacts(
      fcrdnsName: name, hostOrganisation: name.map { context.ruleContext.organisations.domain(of: $0) ?? $0 },
      asn: geo.asn, country: geo.country)
    facts.ownHost = ownHosts[flow.source]
    let traits = SourceTraits(facts: facts, isHostLookedUp: flow.isHostLookedUp)
    let traitNumber = traitNumbers[traits] ?? Int32(sourceTraits.count)
    if traitNumbers.updateValue(traitNumber, forKey: traits) == nil { sourceTraits.append(traits) }
    let number = Int32(sources.count)
    sourceNumbers[flow.sourceID] = number
    sources.append(Source(address: flow.source, facts: traitNumber))
    return number
  }

  /// The domains whose SPF records could make these messages pass with alignment.
  private static func domains(_ outcome: AlignedOutcome) -> [DomainName] {
    var names = [outcome.from, outcome.policy.domain.flatMap(DomainName.init)].compactMap { $0 }
    names += outcome.ownEnvelopeDomains
    return names
  }

  /// The facts about a flow, by its position.
  private func facts(_ index: Int) throws -> Facts {
    let entry = entries[index]
    let source = sources[Int(entry.source)]
    let pair = outcomeKeys[Int(entry.pair)]
    let outcome = try outcomes.outcome(of: pair.outcome, pair.policy, flows)
    let traits = sourceTraits[Int(source.facts)]
    var facts = traits.facts
    let domains = Self.domains(outcome)
    if !spf.isEmpty {
      facts.spf = try spf.authorisation(of: source.address, by: domains, on: history.lastDay(of: index))
    }
    facts = history.source(of: index, facts, address: source.address)
    let (declared, senderID) = context.declared(source.address, outcome, facts)
    return Facts(
      flow: FlowFacts(
        source: source.address, outcome: outcome, messages: history.messages(of: index),
        isEstimated: history.isEstimated(index)), source: facts,
      declared: declared, history: history.facts(of: index), senderID: senderID,
      isHostLookedUp: traits.isHostLookedUp, isSPFInconclusive: try !spf.isEmpty && spf.isInconclusive(domains))
  }

  /// The number of flows.
  var count: Int { entries.count }

  /// The relays that the organisation's mail shows.
  var relays: [(key: String, isSteady: Bool)] { history.relays }

  /// The facts about the flows of a source, by row id.
  func facts(of address: IPAddress) throws -> [Int64: Facts] {
    var result: [Int64: Facts] = [:]
    for (index, entry) in entries.enumerated() where sources[Int(entry.source)].address == address {
      result[entry.id] = try facts(index)
    }
    return result
  }

  /// The facts about flows, by row id.
  func facts(ofFlows ids: Set<Int64>) throws -> [Int64: Facts] {
    var result: [Int64: Facts] = [:]
    for (index, entry) in entries.enumerated() where ids.contains(entry.id) { result[entry.id] = try facts(index) }
    return result
  }

  /// The number of flows that are classified at a time.
  private static let chunk = 4_000

  /// Classifies all flows.
  /// - Returns: the verdicts that differ from the stored ones.
  func verdicts() throws -> VerdictChanges {
    var changes = VerdictChanges()
    for start in stride(from: 0, to: entries.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, entries.count)
      let facts = try range.map { try self.facts($0) }
      let verdicts = Self.verdicts(facts, ids: range.map { entries[$0].id }, context: context.ruleContext)
      for (index, verdict) in zip(range, verdicts) {
        let known = entries[index].verdictHash
        if known == 0 || known != verdict.text(rulesVersion: RuleEngine.version).hashValue { changes.add(verdict) }
      }
    }
    return changes
  }

  /// Evaluates the rules on all cores. They are pure functions, so the verdicts do not depend on the number of threads.
  private static func verdicts(_ facts: [Facts], ids: [Int64], context: RuleContext) -> [StoredVerdict] {
    let parts = facts.count < fewFlows ? 1 : max(1, ProcessInfo.processInfo.activeProcessorCount)
    let results = Mutex<[Int: [StoredVerdict]]>([:])
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      let range = (facts.count * part / parts)..<(facts.count * (part + 1) / parts)
      let verdicts = range.map { verdict(facts[$0], ids[$0], context: context) }
      results.withLock { $0[part] = verdicts }
    }
    return results.withLock { results in (0..<parts).flatMap { results[$0] ?? [] } }
  }

  /// Up to this many flows are not worth other threads, and many small organisations are classified at the same time anyway.
  private static let fewFlows = 1_000

  private static func verdict(_ facts: Facts, _ id: Int64, context: RuleContext) -> StoredVerdict {
    let judgement = facts.judgement(in: context)
    return StoredVerdict(
      flowID: id, verdict: judgement.verdict.rawValue, subtype: judgement.subtype.rawValue,
      confidence: judgement.confidence.rawValue, rule: judgement.rule.rawValue, isUnknownIP: judgement.isUnknownIP,
      issues: judgement.issues.map(\.rawValue), knownSenderID: facts.senderID)
  }
}

extension OrganisationClassifier.Facts {
  /// The verdict on the flow with its evidence and advice.
  package func judgement(in context: RuleContext) -> Judgement {
    RuleEngine.judge(flow, source: source, declared: declared, history: history, context: context)
  }

  func steps(in context: RuleContext) -> [RuleEngine.Step] {
    RuleEngine.steps(flow, source: source, declared: declared, history: history, context: context)
  }
}

extension CalendarDay {
  /// A day after the days of all reports.
  fileprivate static let latest = CalendarDay(number: 1 << 40)
}
