/// How serious the verdict of each kind of flow is.
struct VerdictRanks {
  /// The rank of a kind of flow.
  struct Rank {
    /// The position of the verdict in ``VerdictRanks/names``.
    var name: Int32
    var severity: Int64
    /// The place in the order from harmless to serious.
    var order: Int
  }

  /// The verdicts, as `verdict/subtype`.
  let names: [String]
  private var ranks: [Rank]
  /// By row id of the kind of flow; there are some hundred.
  private var others: [Int64: Rank] = [:]
  private static let mostDense: Int64 = 4_096

  init(_ kinds: FlowKinds, _ severities: [VerdictSeverity]) {
    let known = Dictionary(
      severities.map { ("\($0.verdict)/\($0.subtype)", $0.severity) }, uniquingKeysWith: { first, _ in first })
    let named = kinds.byID.filter(\.value.isUnknownIP).map { id, kind in
      let name = "\(kind.verdict)/\(kind.subtype)"
      return (id: id, name: name, severity: known[name] ?? 0)
    }
    names = Set(named.map(\.name)).sorted()
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32(truncatingIfNeeded: $0)) })
    let last = named.lazy.map(\.id).filter { $0 < Self.mostDense }.max() ?? 0
    ranks = Array(repeating: Rank(name: 0, severity: 0, order: 0), count: Int(max(0, last)) + 1)
    for (order, kind) in named.sorted(by: { ($0.severity, $0.name) < ($1.severity, $1.name) }).enumerated() {
      let rank = Rank(name: places[kind.name] ?? 0, severity: kind.severity, order: order)
      if kind.id >= 0, kind.id < Self.mostDense { ranks[Int(kind.id)] = rank } else { others[kind.id] = rank }
    }
  }

  subscript(_ kind: Int64) -> Rank {
    kind >= 0 && kind < Int64(ranks.count)
      ? ranks[Int(kind)] : others[kind] ?? Rank(name: 0, severity: 0, order: 0)
  }
}
