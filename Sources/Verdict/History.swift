import DMARC

/// Learns from all stored mail which paths each of our signatures usually takes.
///
/// A path is the domain that SPF passed for, else the address: services send from many addresses under one envelope domain.
public struct History: Sendable {
  /// Below this, a selector has too little mail to have usual paths.
  static let minimumMessages: Int64 = 20
  /// A path that carries at least one in this many messages of a selector is a usual one.
  static let usualShare: Int64 = 5

  private struct Path: Sendable {
    var messages: Int64 = 0
    /// SPF passed and was aligned: the domain owner authorises it.
    var isAuthorised = false
  }

  private var paths: [String: [String: Path]] = [:]

  /// A history of nothing.
  public init() {}

  /// Takes in a flow whose DKIM passed and was aligned, with all its messages.
  public mutating func add(_ flow: FlowFacts, messages: Int64) {
    guard flow.terms.outcome.evaluatedDKIM == .pass else { return }
    let path = Self.path(of: flow)
    for selector in flow.terms.alignedSelectors {
      var entry = paths[selector, default: [:]][path, default: Path()]
      entry.messages += messages
      entry.isAuthorised = entry.isAuthorised || flow.terms.outcome.evaluatedSPF == .pass
      paths[selector, default: [:]][path] = entry
    }
  }

  /// The usual paths of each selector; one with too little mail has none.
  public func origins() -> Origins {
    var usual: [String: Set<String>] = [:]
    for (selector, paths) in paths {
      let total = paths.values.reduce(0) { $0 + $1.messages }
      guard total >= Self.minimumMessages else { continue }
      usual[selector] = Set(paths.filter { $0.value.isAuthorised || $0.value.messages * Self.usualShare >= total }.keys)
    }
    return Origins(known: Set(paths.keys), usual: usual)
  }

  static func path(of flow: FlowFacts) -> String { flow.terms.envelopePath ?? "\(flow.source)" }
}

/// The usual paths of our signatures, ready to be asked about one flow.
public struct Origins: Sendable {
  let known: Set<String>
  let usual: [String: Set<String>]
  /// A number for each selector with usual paths.
  private let numbers: [String: Int]

  init(known: Set<String>, usual: [String: Set<String>]) {
    self.known = known
    self.usual = usual
    numbers = Dictionary(uniqueKeysWithValues: usual.keys.sorted().enumerated().map { ($1, $0) })
  }

  /// A text that is equal for equal origins, so that it can be told whether old verdicts still rest on the same ground.
  public var fingerprint: String {
    let usualText = usual.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.sorted().joined(separator: ","))" }
    return (known.sorted() + usualText).joined(separator: "\n")
  }

  /// What is known of a flow.
  public func facts(of flow: FlowFacts, messages: Int64, replay: HistoryFacts.Replay? = nil) -> HistoryFacts {
    HistoryFacts(
      messages: messages, origin: stream(of: flow)?.origin, knownSelectors: known.intersection(flow.terms.selectors),
      replay: replay)
  }

  /// Which signatures a flow carries, and whether it comes by a usual path of theirs; nil where that cannot be told.
  public func stream(of flow: FlowFacts) -> SignedStream? {
    let numbered = flow.terms.alignedSelectors.filter { usual[$0] != nil }
    if numbered.isEmpty { return nil }
    let path = History.path(of: flow)
    let isUsual = numbered.contains { usual[$0]?.contains(path) == true }
    return SignedStream(selectors: numbered.compactMap { numbers[$0] }, origin: isUsual ? .usual : .elsewhere)
  }
}

/// A flow as the watch for replays sees it.
public struct SignedStream: Sendable, Hashable {
  /// Numbers of the selectors that it is signed with.
  let selectors: [Int]
  /// Whether it comes by a usual path of one of them.
  public let origin: HistoryFacts.Origin
}
