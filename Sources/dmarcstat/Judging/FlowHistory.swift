import DMARC
import Store
import Verdict

/// What all stored mail tells about the usual paths of our signatures, read once for a round of judging.
final class FlowHistory {
  let origins: Origins
  private let flows: FlowStore
  private var terms = TermsCache()
  /// Flows whose signatures have usual paths, by row id: index into `streams`, because most are alike.
  private var streamOfFlow: [Int64: Int32] = [:]
  private var streams: [SignedStream] = []
  /// Messages that came by unusual paths.
  private var copies: Int64 = 0

  init(_ flows: FlowStore) throws {
    self.flows = flows
    var history = History()
    var terms = TermsCache()
    try flows.forEach(.all, dkimAlignedOnly: true) { history.add(terms.facts(of: $0), messages: $0.messages) }
    origins = history.origins()
    self.terms = terms
    try findStreams()
  }

  private func findStreams() throws {
    var numbers: [SignedStream: Int32] = [:]
    try flows.forEach(.all, dkimAlignedOnly: true) { flow in
      guard let stream = origins.stream(of: terms.facts(of: flow)) else { return }
      if stream.origin == .elsewhere { copies += flow.messages }
      let number = numbers[stream] ?? Int32(streams.count)
      if numbers.updateValue(number, forKey: stream) == nil { streams.append(stream) }
      streamOfFlow[flow.id] = number
    }
  }

  func facts(of flow: StoredFlow) -> FlowFacts { terms.facts(of: flow) }

  private func stream(_ flow: Int64) -> SignedStream? { streamOfFlow[flow].map { streams[Int($0)] } }

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
      guard result[flow] == nil, let stream = stream(flow), stream.origin == .elsewhere else { return }
      result[flow] = watch.replay(of: stream, day: day)
    }
    return result
  }

  private func watch(sinceReport report: Int64) throws -> ReplayWatch {
    var watch = ReplayWatch()
    try flows.forEachDay(sinceReport: report) { day, flow, messages in
      if let stream = stream(flow) { watch.add(stream, day: day, messages: messages) }
    }
    return watch
  }
}

/// Outcomes under their policies, in the rules' terms; a bounded number of them is kept.
private struct TermsCache {
  private struct Pair: Hashable {
    var outcome, policy: Int64
  }

  private static let limit = 20_000
  private var known: [Pair: OutcomeTerms] = [:]

  mutating func facts(of flow: StoredFlow) -> FlowFacts {
    let pair = Pair(outcome: flow.outcomeID, policy: flow.policyID)
    if let terms = known[pair] { return FlowFacts(source: flow.source, terms: terms) }
    let terms = OutcomeTerms(flow.outcome, flow.policy)
    if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
    known[pair] = terms
    return FlowFacts(source: flow.source, terms: terms)
  }
}
