import DMARC
import Store
import Verdict

/// What all stored mail tells about the usual paths of our signatures, read once for a round of judging.
final class FlowHistory {
  private struct Pair: Hashable {
    var outcome, policy: Int64
  }

  let origins: Origins
  private let flows: FlowStore
  private var terms: [Pair: OutcomeTerms] = [:]
  /// Flows whose DKIM passed and was aligned, by row id.
  private var signed: [Int64: FlowFacts] = [:]
  private var signedMessages: [Int64: Int64] = [:]

  init(_ flows: FlowStore) throws {
    self.flows = flows
    var history = History()
    var terms: [Pair: OutcomeTerms] = [:]
    var signed: [Int64: FlowFacts] = [:]
    var signedMessages: [Int64: Int64] = [:]
    try flows.forEach(.all, dkimAlignedOnly: true) { flow in
      let facts = Self.facts(of: flow, &terms)
      history.add(facts, messages: flow.messages)
      signed[flow.id] = facts
      signedMessages[flow.id] = flow.messages
    }
    origins = history.origins()
    self.terms = terms
    self.signed = signed
    self.signedMessages = signedMessages
  }

  func facts(of flow: StoredFlow) -> FlowFacts { Self.facts(of: flow, &terms) }

  private static func facts(of flow: StoredFlow, _ terms: inout [Pair: OutcomeTerms]) -> FlowFacts {
    let pair = Pair(outcome: flow.outcomeID, policy: flow.policyID)
    if let known = terms[pair] { return FlowFacts(source: flow.source, terms: known) }
    let made = OutcomeTerms(flow.outcome, flow.policy)
    terms[pair] = made
    return FlowFacts(source: flow.source, terms: made)
  }

  /// Flows that took part in a replay on a day of the reports stored after the one given. Days are looked at only where enough
  /// copies came from elsewhere at all.
  func replays(sinceReport report: Int64) throws -> [Int64: HistoryFacts.Replay] {
    let elsewhere = signed.filter { origins.origin(of: $0.value) == .elsewhere }
    let copies = elsewhere.keys.reduce(0) { $0 + (signedMessages[$1] ?? 0) }
    guard copies >= ReplayWatch.minimumCopies else { return [:] }
    var watch = try watch(sinceReport: report)
    // Only with all days at hand is the best day of the usual paths known.
    if report > 0, watch.hasCandidates { watch = try self.watch(sinceReport: 0) }
    guard watch.hasReplay else { return [:] }
    var result: [Int64: HistoryFacts.Replay] = [:]
    try flows.forEachDay(sinceReport: 0) { day, flow, _ in
      guard result[flow] == nil, let facts = elsewhere[flow] else { return }
      result[flow] = watch.replay(of: facts, day: day)
    }
    return result
  }

  private func watch(sinceReport report: Int64) throws -> ReplayWatch {
    var watch = ReplayWatch()
    try flows.forEachDay(sinceReport: report) { day, flow, messages in
      if let facts = signed[flow] { watch.add(facts, day: day, messages: messages, origins) }
    }
    return watch
  }
}
