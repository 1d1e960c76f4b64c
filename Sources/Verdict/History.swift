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
public struct Origins: Sendable, Hashable {
  let known: Set<String>
  let usual: [String: Set<String>]

  /// A text that is equal for equal origins, so that it can be told whether old verdicts still rest on the same ground.
  public var fingerprint: String {
    let usualText = usual.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.sorted().joined(separator: ","))" }
    return (known.sorted() + usualText).joined(separator: "\n")
  }

  /// What is known of a flow.
  public func facts(of flow: FlowFacts, messages: Int64, replay: HistoryFacts.Replay? = nil) -> HistoryFacts {
    HistoryFacts(
      messages: messages, origin: origin(of: flow), knownSelectors: known.intersection(flow.terms.selectors),
      replay: replay)
  }

  /// Whether a flow comes by a usual path of its signature; nil where that cannot be told.
  public func origin(of flow: FlowFacts) -> HistoryFacts.Origin? {
    let known = flow.terms.alignedSelectors.compactMap { usual[$0] }
    if known.isEmpty { return nil }
    let path = History.path(of: flow)
    return known.contains { $0.contains(path) } ? .usual : .elsewhere
  }
}
