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
  /// Flows whose signatures have usual paths, by row id.
  private let streams: [Int64: SignedStream]
  /// Messages that came by unusual paths.
  private let copies: Int64

  init(_ flows: FlowStore) throws {
    self.flows = flows
    var history = History()
    var terms: [Pair: OutcomeTerms] = [:]
    var signed: [(id: Int64, facts: FlowFacts, messages: Int64)] = []
    try flows.forEach(.all, dkimAlignedOnly: true) { flow in
      let facts = Self.facts(of: flow, &terms)
      history.add(facts, messages: flow.messages)
      signed.append((flow.id, facts, flow.messages))
    }
    let origins = history.origins()
    var streams: [Int64: SignedStream] = [:]
    var copies: Int64 = 0
    for flow in signed {
      guard let stream = origins.stream(of: flow.facts) else { continue }
      streams[flow.id] = stream
      if stream.origin == .elsewhere { copies += flow.messages }
    }
    self.origins = origins
    self.terms = terms
    self.streams = streams
    self.copies = copies
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
    guard copies >= ReplayWatch.minimumCopies else { return [:] }
    var watch = try watch(sinceReport: report)
    // Only with all days at hand is the best day of the usual paths known.
    if report > 0, watch.hasCandidates { watch = try self.watch(sinceReport: 0) }
    guard watch.hasReplay else { return [:] }
    var result: [Int64: HistoryFacts.Replay] = [:]
    try flows.forEachDay(sinceReport: 0) { day, flow, _ in
      guard result[flow] == nil, let stream = streams[flow], stream.origin == .elsewhere else { return }
      result[flow] = watch.replay(of: stream, day: day)
    }
    return result
  }

  private func watch(sinceReport report: Int64) throws -> ReplayWatch {
    var watch = ReplayWatch()
    try flows.forEachDay(sinceReport: report) { day, flow, messages in
      if let stream = streams[flow] { watch.add(stream, day: day, messages: messages) }
    }
    return watch
  }
}
