/// A cache of proposed records for advice on many flows: names repeat, and validating them takes time.
public final class ProposedRecordCache {
  private static let mostNames = 4_096
  private var known: [[String?]: Offer] = [:]

  /// Creates an empty cache.
  public init() {}

  /// The cached ``ProposedRecords`` for the names in `values`.
  func offer(_ values: [String: String]) -> Offer {
    let names = ProposedRecords.keys.map { values[$0] }
    if let offer = known[names] { return offer }
    let offer = Offer(ProposedRecords(values))
    if known.count >= Self.mostNames { known.removeAll(keepingCapacity: true) }
    known[names] = offer
    return offer
  }

  /// The records, and the keys of names that cannot be published.
  struct Offer {
    /// The text for each key: a record, or the name that makes it invalid.
    let texts: [(key: String, text: String)]
    let unpublishable: Set<String>

    init(_ records: ProposedRecords) {
      let all = records.all
      texts = all.map { ($0.key, $0.record ?? $0.name) }
      unpublishable = records.invalidNames.union(all.filter { $0.record == nil }.map(\.key))
    }
  }
}
