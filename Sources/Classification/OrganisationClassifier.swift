import DMARC
import Foundation
import Store
import Synchronization
import Verdict

/// Judges all mail in the name of one organisation.
package final class OrganisationClassifier {
  private let flows: FlowStore
  private let context: ClassificationContext
  private let spf: SPFIndex
  private let history: OrganisationHistory
  private var outcomes: AlignedOutcomeCache

  private var entries: [Entry] = []
  private var sources: [Source] = []
  private var sourceNumbers: [Int64: Int32] = [:]
  private var numbers: [Int64: Int32] = [:]
  private var pairs: [Pair] = []
  private var pairNumbers: [Pair: Int32] = [:]
  private var places: [Place] = []
  private var placeNumbers: [Place: Int32] = [:]

  /// There may be a million of each: what repeats is held once.
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

  private struct Pair: Hashable {
    var outcome, policy: Int64
  }

  private struct Place: Hashable {
    var facts: SourceFacts
    var isHostLookedUp: Bool
  }

  /// Everything about one flow that a verdict rests on.
  package struct Facts: Sendable {
    package var flow: FlowFacts
    package var source: SourceFacts
    package var declared: OperatorFacts
    package var history: HistoryFacts
    var senderID: Int64?
    /// The host name was looked up, whatever came of it.
    package var isHostLookedUp: Bool
    /// The SPF record has terms that only a receiver can evaluate.
    package var isSPFInconclusive: Bool
  }

  init(
    _ flows: FlowStore, headerFroms: [Int64], context: ClassificationContext,
    reporters: [Int64: String], trustPolicy: TrustPolicy
  ) throws {
    self.flows = flows
    self.context = context
    spf = try SPFIndex(flows)
    let unverifiedOrganisations = trustPolicy == .corroborated ? try Self.unverifiedOrganisations(flows) : []
    history = OrganisationHistory(
      context.ruleContext, trustPolicy: trustPolicy, unverifiedOrganisations: unverifiedOrganisations)
    outcomes = AlignedOutcomeCache(context.ruleContext.organisations)
    try flows.forEachFlow(of: headerFroms) { try add($0) }
    let known = trustPolicy == .trusted ? try flows.knownOrganisations() : nil
    var days = DaySums { [history] flow, day, reporter, organisation, messages in
      let isBelieved = known.map { known in organisation.map(known.contains) ?? false } ?? true
      history.addDay(
        flow: flow, day: day, reporter: reporter, messages: messages, organisation: isBelieved ? organisation : nil,
        reportingOrganisation: organisation)
    }
    try flows.forEachDay(of: headerFroms) { day in
      if let number = numbers[day.flowID] { days.add(Int(number), day) }
    }
    days.flush()
    history.complete(reporters: reporters, recipients: try flows.recipients(of: headerFroms))
  }

  /// Organisations whose reports anybody could have sent. Files count as put there by the operator, unless most reports come by mail.
  private static func unverifiedOrganisations(_ flows: FlowStore) throws -> Set<Int64> {
    try flows.isMostlyMail() ? Set(flows.sendingOrganisations().map(\.id)) : flows.organisationsByMail()
  }

  private func add(_ flow: StoredFlow) throws {
    let outcome = try outcomes.outcome(of: flow.outcomeID, flow.policyID, flows)
    let source = number(of: flow)
    var facts = places[Int(sources[Int(source)].facts)].facts
    // The date of the flow is not known yet; the newest record will do for the history.
    if !spf.isEmpty { facts.spf = try spf.authorisation(of: flow.source, by: Self.domains(outcome), on: .latest) }
    let (declared, senderID) = context.declared(flow.source, outcome, facts)
    history.add(
      HistoricFlow(
        outcome: outcome, source: source, address: flow.source, sourceFacts: facts, declared: declared,
        outcomeID: flow.outcomeID))
    numbers[flow.id] = Int32(entries.count)
    let pair = Pair(outcome: flow.outcomeID, policy: flow.policyID)
    let number = pairNumbers[pair] ?? Int32(pairs.count)
    if pairNumbers.updateValue(number, forKey: pair) == nil { pairs.append(pair) }
    entries.append(
      Entry(
        id: flow.id, source: source, pair: number, senderID: Int32(senderID ?? 0),
        verdictHash: flow.knownSenderID == senderID ? flow.verdictText?.hashValue ?? 0 : 0))
  }

  private func number(of flow: StoredFlow) -> Int32 {
    if let known = sourceNumbers[flow.sourceID] { return known }
    let name = flow.host.flatMap(DomainName.init)
    let geo = context.place(of: flow.source)
    let place = Place(
      facts: SourceFacts(
        fcrdnsName: name, hostOrganisation: name.map { context.ruleContext.organisations.domain(of: $0) ?? $0 },
        asn: geo.asn, country: geo.country), isHostLookedUp: flow.isHostLookedUp)
    let facts = placeNumbers[place] ?? Int32(places.count)
    if placeNumbers.updateValue(facts, forKey: place) == nil { places.append(place) }
    let number = Int32(sources.count)
    sourceNumbers[flow.sourceID] = number
    sources.append(Source(address: flow.source, facts: facts))
    return number
  }

  /// Domains whose SPF record could let this mail pass in alignment.
  private static func domains(_ outcome: AlignedOutcome) -> [DomainName] {
    var names = [outcome.from, outcome.policy.domain.flatMap(DomainName.init)].compactMap { $0 }
    names += outcome.ownEnvelopeDomains
    return names
  }

  /// The facts on a flow, by its position.
  private func facts(_ index: Int) throws -> Facts {
    let entry = entries[index]
    let source = sources[Int(entry.source)]
    let pair = pairs[Int(entry.pair)]
    let outcome = try outcomes.outcome(of: pair.outcome, pair.policy, flows)
    let place = places[Int(source.facts)]
    var facts = place.facts
    let domains = Self.domains(outcome)
    if !spf.isEmpty {
      facts.spf = try spf.authorisation(of: source.address, by: domains, on: history.lastDay(of: index))
    }
    facts = history.source(of: index, facts, address: source.address)
    let (declared, senderID) = context.declared(source.address, outcome, facts)
    return Facts(
      flow: FlowFacts(source: source.address, outcome: outcome, messages: history.messages(of: index)), source: facts,
      declared: declared, history: history.facts(of: index), senderID: senderID,
      isHostLookedUp: place.isHostLookedUp, isSPFInconclusive: try !spf.isEmpty && spf.isInconclusive(domains))
  }

  /// The facts on the flows of one source, by row id.
  func facts(of address: IPAddress) throws -> [Int64: Facts] {
    var result: [Int64: Facts] = [:]
    for (index, entry) in entries.enumerated() where sources[Int(entry.source)].address == address {
      result[entry.id] = try facts(index)
    }
    return result
  }

  private static let chunk = 4_000

  /// Judges all flows and stores the verdicts that have changed; returns how many have.
  func judge(_ progress: (Int) -> Void) throws -> Int {
    var changed = 0
    for start in stride(from: 0, to: entries.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, entries.count)
      let facts = try range.map { try self.facts($0) }
      let verdicts = Self.judge(facts, ids: range.map { entries[$0].id }, context: context.ruleContext)
      let fresh = zip(range, verdicts).filter { index, verdict in
        entries[index].verdictHash != verdict.text(rulesVersion: RuleEngine.version).hashValue
      }.map(\.1)
      try flows.store(fresh, rulesVersion: RuleEngine.version)
      changed += fresh.count
      progress(range.count)
    }
    return changed
  }

  /// On all cores: the rules are pure.
  private static func judge(_ facts: [Facts], ids: [Int64], context: RuleContext) -> [StoredVerdict] {
    let parts = 4
    let results = Mutex<[Int: [StoredVerdict]]>([:])
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      let range = (facts.count * part / parts)..<(facts.count * (part + 1) / parts)
      let verdicts = range.map { verdict(facts[$0], ids[$0], context: context) }
      results.withLock { $0[part] = verdicts }
    }
    return results.withLock { results in (0..<parts).flatMap { results[$0] ?? [] } }
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
  package func judgement(in context: RuleContext) -> Judgement {
    RuleEngine.judge(flow, source: source, declared: declared, history: history, context: context)
  }

  func steps(in context: RuleContext) -> [RuleEngine.Step] {
    RuleEngine.steps(flow, source: source, declared: declared, history: history, context: context)
  }
}

/// Adds up the messages of a flow by day and reporter: its records come one after another, and there may be a million of them.
private struct DaySums {
  private struct Key: Hashable {
    var day, reporter: Int64
    var organisation: Int64?
  }

  private let body: (_ flow: Int, _ day: Int64, _ reporter: Int64, _ organisation: Int64?, _ messages: Int64) -> Void
  private var flow = -1
  private var sums: [Key: Int64] = [:]

  init(_ body: @escaping (Int, Int64, Int64, Int64?, Int64) -> Void) { self.body = body }

  mutating func add(_ number: Int, _ day: FlowDay) {
    if number != flow { flush() }
    flow = number
    sums[Key(day: day.day, reporter: day.reporterID, organisation: day.organisationID), default: 0] += day.messages
  }

  mutating func flush() {
    for (key, messages) in sums { body(flow, key.day, key.reporter, key.organisation, messages) }
    sums.removeAll(keepingCapacity: true)
  }
}

extension CalendarDay {
  /// After all days of reports.
  fileprivate static let latest = CalendarDay(number: 1 << 40)
}

/// Outcomes under their policies, aligned with their From domains; the number kept is bounded.
struct AlignedOutcomeCache {
  private struct Pair: Hashable {
    var outcome, policy: Int64
  }

  private static let limit = 20_000
  /// Bytes of their texts.
  private static let byteLimit = 8 << 20
  private var bytes = 0
  private let organisations: Organisations
  private var known: [Pair: AlignedOutcome] = [:]

  init(_ organisations: Organisations) { self.organisations = organisations }

  mutating func outcome(of id: Int64, _ policy: Int64, _ flows: FlowStore) throws -> AlignedOutcome {
    let pair = Pair(outcome: id, policy: policy)
    if let outcome = known[pair] { return outcome }
    let outcome = AlignedOutcome(try flows.outcome(id), try flows.policy(policy), organisations)
    let weight = outcome.reported.textBytes
    if known.count >= Self.limit || bytes + weight > Self.byteLimit {
      known.removeAll(keepingCapacity: true)
      bytes = 0
    }
    bytes += weight
    known[pair] = outcome
    return outcome
  }
}
