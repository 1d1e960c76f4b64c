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
  private var sourceNumbers = NumberTable()
  private var sourceIDs: [Int64] = []
  private var numbers = NumberTable()
  private var outcomeKeys: [OutcomeKey] = []
  private var outcomeNumbers: [OutcomeKey: Int32] = [:]
  private var sourceTraits: [SourceTraits] = []
  private var traitNumbers: [SourceTraits: Int32] = [:]
  /// The distinct stored verdicts; the first one stands for none.
  private var verdictHashes: [UInt64?] = [nil]
  private var verdictNumbers: [UInt64: Int32] = [:]

  /// A flow. There may be a million, so values that repeat are stored once and referred to by number.
  private struct Entry {
    var id: Int64
    var source: Int32
    var pair: Int32
    /// The stored verdict; 0 if there is none, or if it rests on another known sender.
    var verdict: Int32
  }

  private struct Source {
    var address: IPAddress
    var facts: Int32
  }

  /// Small numbers for identifiers.
  private struct Numbering {
    private(set) var numbers: [Int64: Int64] = [:]

    mutating func number(of id: Int64) -> Int64 {
      if let known = numbers[id] { return known }
      let number = Int64(numbers.count)
      numbers[id] = number
      return number
    }
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
    // The history works with small numbers; identifiers may be anything.
    var (reporters, organisations) = (Numbering(), Numbering())
    history = OrganisationHistory(
      context.ruleContext, trustPolicy: standings.trustPolicy,
      unverifiedOrganisations: Set(standings.unverified.map { organisations.number(of: $0) }))
    history.learnedRelays = relays.organisations
    outcomes = AlignedOutcomeCache(context.ruleContext.organisations)
    ownHosts = try Self.ownHosts(flows, headerFroms)
    try flows.forEachFlow(of: headerFroms) { try add($0) }
    var days = DailySums { [history] sum in
      let isTrusted = standings.trusted.map { trusted in sum.organisation.map(trusted.contains) ?? false } ?? true
      let organisation = sum.organisation.map { organisations.number(of: $0) }
      history.addDay(
        flow: sum.flow, day: sum.day, reporter: reporters.number(of: sum.reporter), messages: sum.messages,
        organisation: isTrusted ? organisation : nil, reportingOrganisation: organisation,
        isEstimated: sum.isEstimated)
    }
    try flows.forEachDay(of: headerFroms) { day in
      if let number = number(ofFlow: day.flowID) { days.add(Int(number), day) }
    }
    var ties: [Int32: UInt64] = [:]
    func tie(_ flow: Int) throws -> UInt64 {
      let pair = entries[flow].pair
      if let known = ties[pair] { return known }
      let tie = try outcome(ofPair: pair).contentHash
      ties[pair] = tie
      return tie
    }
    try days.finish(source: { sources[Int(entries[$0].source)].address }, tie: tie)
    // What remains is needed for each flow.
    (numbers, sourceNumbers, sourceIDs) = (NumberTable(), NumberTable(), [])
    (outcomeNumbers, traitNumbers) = ([:], [:])
    let names = reporters.numbers.compactMap { id, number in standings.reporters[id].map { (number, $0) } }
    history.complete(
      reporters: Dictionary(uniqueKeysWithValues: names), recipients: try flows.recipients(of: headerFroms))
  }

  private func number(ofFlow id: Int64) -> Int32? {
    numbers.find(UInt64(bitPattern: id)) { entries[Int($0)].id == id }
  }

  private static func ownHosts(_ flows: any FlowSource, _ headerFroms: [Int64]) throws -> [IPAddress: OwnHost] {
    try flows.ownHosts(of: flows.names(ofHeaderFroms: Set(headerFroms))).compactMapValues { host in
      OwnHost.Kind(rawValue: host.type).map { OwnHost(name: host.name, kind: $0) }
    }
  }

  private func add(_ flow: StoredFlow) throws {
    guard let source = try number(ofSource: flow.sourceID) else { return }
    let outcome = try outcomes.outcome(of: flow.outcomeID, flow.policyID, flows)
    let address = sources[Int(source)].address
    var facts = sourceTraits[Int(sources[Int(source)].facts)].facts
    // The date of the flow is not known yet; the newest SPF record is sufficient for the history.
    if !spf.isEmpty { facts.spf = try spf.authorisation(of: address, by: Self.domains(outcome), on: .latest) }
    let (declared, senderID) = context.declared(address, outcome, facts)
    history.add(
      HistoricFlow(
        outcome: outcome, source: source, address: address, sourceFacts: facts, declared: declared,
        outcomeID: flow.outcomeID))
    let next = Int32(entries.count)
    _ = numbers.number(
      UInt64(bitPattern: flow.id), next: next, hash: { UInt64(bitPattern: entries[Int($0)].id) },
      isEqual: { _ in false })
    entries.append(
      Entry(
        id: flow.id, source: source, pair: number(ofOutcome: flow),
        verdict: flow.knownSenderID == senderID ? number(ofVerdict: flow.verdictHash) : 0))
  }

  private func number(ofOutcome flow: StoredFlow) -> Int32 {
    let pair = OutcomeKey(outcome: flow.outcomeID, policy: flow.policyID)
    // Flows mostly come outcome by outcome.
    if outcomeKeys.last == pair { return Int32(outcomeKeys.count - 1) }
    if let known = outcomeNumbers[pair] { return known }
    let number = Int32(clamping: outcomeKeys.count)
    outcomeNumbers[pair] = number
    outcomeKeys.append(pair)
    return number
  }

  private func number(ofVerdict hash: UInt64?) -> Int32 {
    guard let hash else { return 0 }
    if let known = verdictNumbers[hash] { return known }
    let number = Int32(verdictHashes.count)
    verdictNumbers[hash] = number
    verdictHashes.append(hash)
    return number
  }

  private func number(ofSource id: Int64) throws -> Int32? {
    if let known = sourceNumbers.find(UInt64(bitPattern: id), isEqual: { sourceIDs[Int($0)] == id }) { return known }
    guard let source = try flows.source(id) else { return nil }
    let name = source.host.flatMap(DomainName.init)
    let geo = context.geolocation(of: source.address)
    var facts = SourceFacts(
      fcrdnsName: name, hostOrganisation: name.map { context.ruleContext.organisations.domain(of: $0) ?? $0 },
      asn: geo.asn, country: geo.country)
    facts.ownHost = ownHosts[source.address]
    let traits = SourceTraits(facts: facts, isHostLookedUp: source.isHostLookedUp)
    let traitNumber = traitNumbers[traits] ?? Int32(sourceTraits.count)
    if traitNumbers.updateValue(traitNumber, forKey: traits) == nil { sourceTraits.append(traits) }
    let number = Int32(sources.count)
    _ = sourceNumbers.number(
      UInt64(bitPattern: id), next: number, hash: { UInt64(bitPattern: sourceIDs[Int($0)]) }, isEqual: { _ in false })
    sourceIDs.append(id)
    sources.append(Source(address: source.address, facts: traitNumber))
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
    try facts(index, try outcome(ofPair: entries[index].pair))
  }

  private func outcome(ofPair number: Int32) throws -> AlignedOutcome {
    let pair = outcomeKeys[Int(number)]
    return try outcomes.outcome(of: pair.outcome, pair.policy, flows)
  }

  /// The same with the outcome of the flow. Several threads may call this at the same time for outcomes that were read by one.
  private func facts(_ index: Int, _ outcome: AlignedOutcome) throws -> Facts {
    let entry = entries[index]
    let source = sources[Int(entry.source)]
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
  private static let chunk = 8_000
  /// Up to this many flows are not worth other threads, and many small organisations are classified at the same time anyway.
  private static let fewFlows = 1_000

  /// Classifies all flows, on all cores if there are many. The rules are pure functions, so the verdicts do not depend on the number of
  /// threads.
  /// - Returns: the verdicts that differ from the stored ones.
  func verdicts() throws -> VerdictChanges {
    var changes = VerdictChanges()
    for start in stride(from: 0, to: entries.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, entries.count)
      // Only one thread reads the database.
      let outcomes = try outcomes(of: range)
      let parts = range.count < Self.fewFlows ? 1 : max(1, ProcessInfo.processInfo.activeProcessorCount)
      let results = Mutex<[Int: Result<[StoredVerdict], any Error>]>([:])
      // What the threads read does not change before all of them have ended.
      nonisolated(unsafe) let classifier = self
      DispatchQueue.concurrentPerform(iterations: parts) { part in
        let first = range.lowerBound + range.count * part / parts
        let last = range.lowerBound + range.count * (part + 1) / parts
        let result = Result { try classifier.verdicts(of: first..<last, outcomes) }
        results.withLock { $0[part] = result }
      }
      let found = results.withLock { $0 }
      for part in 0..<parts { for verdict in try found[part]?.get() ?? [] { changes.add(verdict) } }
    }
    changes.sort()
    return changes
  }

  /// The outcomes of flows, by the number of the pair; the SPF records that they need are read, too.
  private func outcomes(of range: Range<Int>) throws -> [Int32: AlignedOutcome] {
    var found: [Int32: AlignedOutcome] = [:]
    for index in range where found[entries[index].pair] == nil {
      let outcome = try outcome(ofPair: entries[index].pair)
      found[entries[index].pair] = outcome
      if !spf.isEmpty { try spf.load(Self.domains(outcome)) }
    }
    return found
  }

  /// The verdicts that differ from the stored ones.
  private func verdicts(of range: Range<Int>, _ outcomes: [Int32: AlignedOutcome]) throws -> [StoredVerdict] {
    var different: [StoredVerdict] = []
    for index in range {
      let entry = entries[index]
      guard let outcome = outcomes[entry.pair] else { continue }
      let verdict = Self.verdict(try facts(index, outcome), entry.id, context: context.ruleContext)
      if verdictHashes[Int(entry.verdict)] != verdict.hash(rulesVersion: RuleEngine.version) {
        different.append(verdict)
      }
    }
    return different
  }

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

extension AlignedOutcome {
  /// A hash of the outcome and the policy, equal in every store.
  fileprivate var contentHash: UInt64 {
    var text = JSONText()
    text.array {
      $0.value(reported.disposition?.rawValue)
      $0.value(reported.evaluatedDKIM?.rawValue)
      $0.value(reported.evaluatedSPF?.rawValue)
      $0.value(reported.headerFrom)
      $0.value(reported.envelopeFrom)
      $0.dkimResults(reported.dkim)
      $0.spfResults(reported.spf)
      $0.reasons(reported.reasons)
      $0.value(reported.extensionXML)
    }
    text.policy(policy)
    return text.string.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

extension CalendarDay {
  /// A day after the days of all reports.
  fileprivate static let latest = CalendarDay(number: 1 << 40)
}
