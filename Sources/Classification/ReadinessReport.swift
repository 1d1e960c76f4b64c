package import DMARC
package import Store
import Verdict

/// The cost of a stricter policy for a domain, based on the messages of a period.
package struct ReadinessReport {
  /// The effect of a stricter policy on failing messages. The raw values are printed.
  package enum Effect: String {
    /// Lost, although the organisation or one of its services sent them: must be fixed first.
    case yours
    /// Lost because a forwarder or mailing list changed them: only its operator can fix that.
    case passedOn = "passed-on"
    /// Stopped as intended: messages that the policy is for.
    case abuse
    /// Unknown.
    case undecided
  }

  /// The failing messages of one sender with one verdict.
  package struct Stream {
    /// The verdict, the From domain and the name of the sender for display.
    package var verdict, subtype, headerFrom, name: String
    /// The effect of a stricter policy.
    package var effect: Effect
    /// The number of messages.
    package var messages: Int64 = 0
    /// The source addresses.
    package var sources: Set<IPAddress> = []
    /// The first flow that was added: the one with the most messages if the largest are added first.
    package var largestFlow: StreamFlow
  }

  /// The messages that depend on an include of the SPF record.
  package struct Include {
    /// The domain of the include.
    package var name: String
    /// Messages that pass SPF through this include.
    package var messages: Int64 = 0
    /// Those of them that would fail DMARC without SPF.
    package var onlySPF: Int64 = 0
    /// The senders of these, with their messages.
    package var dependent: [String: Int64] = [:]
  }

  private struct Key: Hashable {
    var verdict, subtype, headerFrom, name: String
    var effect: Effect
  }

  private let context: ClassificationContext
  private let spf: StoredSPFSnapshot?
  private let days: Int64
  /// All messages.
  package private(set) var messages: Int64 = 0
  /// Messages that pass DMARC.
  package private(set) var passed: Int64 = 0
  /// Messages that are left out, because it is not known whether they passed.
  package private(set) var notEvaluated: Int64 = 0
  /// Messages in reports that no trusted host has authenticated.
  package private(set) var unauthenticated: Int64 = 0
  /// Messages in reports of unknown reporters.
  package private(set) var fromUnknownReporters: Int64 = 0
  /// Passing messages that would fail with strict alignment of DKIM only.
  package private(set) var failingIfStrictDKIM: Int64 = 0
  /// Passing messages that would fail with strict alignment of SPF only.
  package private(set) var failingIfStrictSPF: Int64 = 0
  /// Passing messages that would fail with strict alignment of both.
  package private(set) var failingIfStrict: Int64 = 0
  /// The includes of the SPF record, in the order of the record.
  package private(set) var includes: [Include] = []
  private var streamsByKey: [Key: Stream] = [:]

  /// Creates an empty report.
  /// - Parameters:
  ///   - spf: the newest SPF snapshot of the domain; nil if there is none.
  ///   - days: days with reports in the period.
  package init(_ context: ClassificationContext, spf: StoredSPFSnapshot?, days: Int64) {
    self.context = context
    self.spf = spf
    self.days = days
    var seen: Set<String> = []
    for range in spf?.snapshot.ranges ?? [] where range.path.count > 1 {
      if seen.insert(range.path[1].name).inserted { includes.append(Include(name: range.path[1].name)) }
    }
  }

  /// Whether there is an SPF snapshot of the domain.
  package var hasSnapshot: Bool { spf != nil }

  /// The failing streams by effect, with the largest first.
  package var streams: [Stream] {
    let order: [Effect] = [.yours, .undecided, .passedOn, .abuse]
    func rank(_ stream: Stream) -> Int { order.firstIndex(of: stream.effect) ?? 0 }
    return streamsByKey.values.sorted {
      (rank($0), $1.messages, $0.name, $0.subtype) < (rank($1), $0.messages, $1.name, $1.subtype)
    }
  }

  /// The number of failing messages with an effect.
  package func messages(_ effect: Effect) -> Int64 {
    streamsByKey.values.filter { $0.effect == effect }.reduce(0) { $0 + $1.messages }
  }

  /// The sums on which the answer rests.
  /// - Parameter reporters: the reporters of the period.
  package func figures(reporters: Int64) -> ReadinessFigures {
    var figures = ReadinessFigures()
    figures.messages = messages
    figures.passed = passed
    for stream in streamsByKey.values { figures.add(stream.messages, stream.effect) }
    figures.days = days
    figures.reporters = reporters
    figures.isSPFKnown = hasSnapshot
    return figures
  }

  /// Adds a flow.
  package mutating func add(_ flow: StreamFlow) {
    guard flow.outcome.evaluation != .none else {
      notEvaluated += flow.messages
      return
    }
    messages += flow.messages
    unauthenticated += flow.unauthenticated
    fromUnknownReporters += flow.messages - flow.believed.messages
    addToIncludes(flow)
    guard !flow.outcome.passesDMARC else {
      passed += flow.messages
      addToStrict(flow)
      return
    }
    let effect = Effect(
      FailingFlow(
        verdict: flow.verdict, subtype: flow.subtype, confidence: flow.confidence, isUnknownIP: flow.isUnknownIP,
        isDeclared: flow.knownSender != nil, days: Int64(flow.days.count), messages: flow.messages), of: days)
    let key = Key(
      verdict: flow.verdict, subtype: flow.subtype, headerFrom: flow.outcome.headerFrom ?? flow.policyDomain,
      name: name(flow, effect), effect: effect)
    // In place: a copy of the sources for each flow would take time that grows with their square.
    let new = Stream(
      verdict: key.verdict, subtype: key.subtype, headerFrom: key.headerFrom, name: key.name, effect: effect,
      largestFlow: flow)
    streamsByKey[key, default: new].messages += flow.messages
    streamsByKey[key, default: new].sources.insert(flow.source)
  }

  /// The name of the sender for display: the declared name, the domain that it authenticates as, the domain of its host, or its address.
  private func name(_ flow: StreamFlow, _ effect: Effect) -> String {
    if let sender = flow.knownSender { return sender }
    let passing = flow.outcome.passingDomains.first { name in
      flow.outcome.headerFrom.flatMap(DomainName.init).map { !context.ruleContext.organisations.areRelated(name, $0) }
        ?? true
    }
    if let passing { return passing.name }
    if let host = flow.host.flatMap(DomainName.init) {
      return (context.ruleContext.organisations.domain(of: host) ?? host).name
    }
    let isOfMany = effect == .abuse && Verdict(rawValue: flow.verdict) == .unknownUnauthenticated
    return isOfMany ? "various addresses" : "\(flow.source)"
  }

  private mutating func addToStrict(_ flow: StreamFlow) {
    guard let from = DomainName(flow.outcome.headerFrom ?? flow.policyDomain) else { return }
    func isExact(_ name: String?) -> Bool { name.flatMap(DomainName.init) == from }
    let dkim = flow.outcome.evaluatedDKIM == .pass
    let spf = flow.outcome.evaluatedSPF == .pass
    let exactDKIM = dkim && flow.outcome.dkim.contains { $0.result == .pass && isExact($0.domain) }
    let exactSPF = spf && flow.outcome.spf.contains { $0.result == .pass && isExact($0.domain) }
    if !exactDKIM, !spf { failingIfStrictDKIM += flow.messages }
    if !exactSPF, !dkim { failingIfStrictSPF += flow.messages }
    if !exactDKIM, !exactSPF { failingIfStrict += flow.messages }
  }

  private mutating func addToIncludes(_ flow: StreamFlow) {
    guard flow.outcome.evaluatedSPF == .pass, let ranges = spf?.snapshot.ranges else { return }
    guard let range = ranges.first(where: { $0.network.contains(flow.source) }), range.path.count > 1 else { return }
    guard let index = includes.firstIndex(where: { $0.name == range.path[1].name }) else { return }
    includes[index].messages += flow.messages
    guard flow.outcome.evaluatedDKIM != .pass else { return }
    includes[index].onlySPF += flow.messages
    includes[index].dependent[name(flow, .yours), default: 0].addClamped(flow.messages)
  }
}
