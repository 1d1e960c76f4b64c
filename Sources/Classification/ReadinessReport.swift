import DMARC
import Store
import Verdict

/// What a stricter policy would cost a domain, from the mail of a period.
package struct ReadinessReport {
  /// What becomes of failing mail under a stricter policy, and whether that is wanted.
  package enum Effect: String {
    /// Ours, or a service that we use: to be mended first.
    case yours
    /// Changed by a relay or a list: lost, and only their operators can mend it.
    case passedOn = "passed-on"
    /// What the policy is for.
    case abuse
    /// Cannot be told.
    case undecided
  }

  /// Failing mail of one verdict from one sender.
  package struct Stream {
    package var verdict, subtype, headerFrom, name: String
    package var effect: Effect
    package var messages: Int64 = 0
    package var sources: Set<IPAddress> = []
    package var loudest: StreamFlow
  }

  /// What hangs on an include of the SPF record.
  package struct Include {
    package var name: String
    package var messages: Int64 = 0
    /// Messages that pass by SPF alone, through this include.
    package var onlySPF: Int64 = 0
  }

  private struct Key: Hashable {
    var verdict, subtype, headerFrom, name: String
  }

  private let context: ClassificationContext
  private let spf: StoredSPFSnapshot?
  package private(set) var messages: Int64 = 0
  package private(set) var passed: Int64 = 0
  /// Messages of reports that no trusted host has authenticated, and of organisations that are not believed by themselves.
  package private(set) var unauthenticated: Int64 = 0
  package private(set) var fromUnknownReporters: Int64 = 0
  /// Passing messages that only relaxed alignment lets pass: of DKIM, of SPF, of both together.
  package private(set) var hurtByStrictDKIM: Int64 = 0
  package private(set) var hurtByStrictSPF: Int64 = 0
  package private(set) var hurtByStrict: Int64 = 0
  package private(set) var includes: [Include] = []
  private var streamsByKey: [Key: Stream] = [:]

  package init(_ context: ClassificationContext, spf: StoredSPFSnapshot?) {
    self.context = context
    self.spf = spf
    var seen: Set<String> = []
    for range in spf?.snapshot.ranges ?? [] where range.path.count > 1 {
      if seen.insert(range.path[1].name).inserted { includes.append(Include(name: range.path[1].name)) }
    }
  }

  package var hasSnapshot: Bool { spf != nil }

  /// The streams that fail, most messages first within each effect.
  package var streams: [Stream] {
    let order: [Effect] = [.yours, .undecided, .passedOn, .abuse]
    func rank(_ stream: Stream) -> Int { order.firstIndex(of: stream.effect) ?? 0 }
    return streamsByKey.values.sorted {
      (rank($0), $1.messages, $0.name, $0.subtype) < (rank($1), $0.messages, $1.name, $1.subtype)
    }
  }

  package func messages(_ effect: Effect) -> Int64 {
    streamsByKey.values.filter { $0.effect == effect }.reduce(0) { $0 + $1.messages }
  }

  package mutating func add(_ flow: StreamFlow) {
    messages += flow.messages
    unauthenticated += flow.unauthenticated
    fromUnknownReporters += flow.messages - flow.believed.messages
    addToIncludes(flow)
    guard !flow.outcome.passesDMARC else {
      passed += flow.messages
      addToStrict(flow)
      return
    }
    let key = Key(
      verdict: flow.verdict, subtype: flow.subtype, headerFrom: flow.outcome.headerFrom ?? flow.policyDomain,
      name: name(flow))
    var stream =
      streamsByKey[key]
      ?? Stream(
        verdict: key.verdict, subtype: key.subtype, headerFrom: key.headerFrom, name: key.name,
        effect: Self.effect(flow), loudest: flow)
    stream.messages += flow.messages
    stream.sources.insert(flow.source)
    streamsByKey[key] = stream
  }

  private static func effect(_ flow: StreamFlow) -> Effect {
    switch Verdict(rawValue: flow.verdict) {
    case .ownMisconfigured, .subdomainAlignment, .receiverError:
      flow.confidence == "low" ? .undecided : .yours
    case .misalignedService: flow.knownSender != nil || !flow.isUnknownIP ? .yours : .undecided
    case .forwarded, .forwardedModified, .mailingList: flow.isUnknownIP ? .undecided : .passedOn
    case .unknownUnauthenticated: flow.subtype == "undecided" ? .undecided : .abuse
    default: .undecided
    }
  }

  /// What people call the sender: as declared, else whom it authenticates as, else its operator, else its address.
  private func name(_ flow: StreamFlow) -> String {
    if let sender = flow.knownSender { return sender }
    let passing = flow.outcome.passingDomains.first { name in
      flow.outcome.headerFrom.flatMap(DomainName.init).map { !context.ruleContext.organisations.areRelated(name, $0) }
        ?? true
    }
    if let passing { return passing.name }
    if let host = flow.host.flatMap(DomainName.init) {
      return (context.ruleContext.organisations.domain(of: host) ?? host).name
    }
    return Verdict(rawValue: flow.verdict) == .unknownUnauthenticated ? "various addresses" : "\(flow.source)"
  }

  private mutating func addToStrict(_ flow: StreamFlow) {
    guard let from = DomainName(flow.outcome.headerFrom ?? flow.policyDomain) else { return }
    func isExact(_ name: String?) -> Bool { name.flatMap(DomainName.init) == from }
    let dkim = flow.outcome.evaluatedDKIM == .pass
    let spf = flow.outcome.evaluatedSPF == .pass
    let exactDKIM = dkim && flow.outcome.dkim.contains { $0.result == .pass && isExact($0.domain) }
    let exactSPF = spf && flow.outcome.spf.contains { $0.result == .pass && isExact($0.domain) }
    if !exactDKIM, !spf { hurtByStrictDKIM += flow.messages }
    if !exactSPF, !dkim { hurtByStrictSPF += flow.messages }
    if !exactDKIM, !exactSPF { hurtByStrict += flow.messages }
  }

  private mutating func addToIncludes(_ flow: StreamFlow) {
    guard flow.outcome.evaluatedSPF == .pass, let ranges = spf?.snapshot.ranges else { return }
    guard let range = ranges.first(where: { $0.network.contains(flow.source) }), range.path.count > 1 else { return }
    guard let index = includes.firstIndex(where: { $0.name == range.path[1].name }) else { return }
    includes[index].messages += flow.messages
    if flow.outcome.evaluatedDKIM != .pass { includes[index].onlySPF += flow.messages }
  }
}
