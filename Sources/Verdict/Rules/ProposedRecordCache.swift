/// Remembers what was offered for which names while many flows are advised on: their names repeat, and validating them takes time.
public final class ProposedRecordCache {
  private static let mostNames = 4_096
  private var known: [[String?]: Offer] = [:]

  /// An empty memory.
  public init() {}

  /// What ``ProposedRecords`` says about the names in `values`.
  func offer(_ values: [String: String]) -> Offer {
    let names = ProposedRecords.keys.map { values[$0] }
    if let offer = known[names] { return offer }
    let offer = Offer(ProposedRecords(values))
    if known.count >= Self.mostNames { known.removeAll(keepingCapacity: true) }
    known[names] = offer
    return offer
  }

  /// Records, and the keys of what cannot be published.
  struct Offer {
    /// What each key stands for in a text: a record, else the name that makes it invalid.
    let texts: [(key: String, text: String)]
    let unpublishable: Set<String>

    init(_ records: ProposedRecords) {
      let all = records.all
      texts = all.map { ($0.key, $0.record ?? $0.name) }
      unpublishable = records.invalidNames.union(all.filter { $0.record == nil }.map(\.key))
    }
  }
}
