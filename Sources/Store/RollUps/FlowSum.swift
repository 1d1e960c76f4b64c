import DMARC
import GRDB

/// What the reports of a period, or of one month of it, say about a flow.
struct FlowSum {
  let kindID: Int64
  let kind: FlowKind
  /// Row ids.
  let domain, flow, source, outcome: Int64
  let sum: PeriodSum
}

extension SumReader {
  /// Up to this number of sources, their flows are looked up instead of read with all others.
  static let fewSources = 2_000

  /// Calls `body` with the flows of some kinds and sources, month by month or as a whole.
  /// - Parameter sources: row ids; nil for all.
  func forEachSum(
    ofSources sources: Set<Int64>?, where condition: (FlowKind) -> Bool, _ body: (FlowSum) throws -> Void
  ) throws {
    if let sources, sources.count <= Self.fewSources {
      let sums = try FlowSums(self)
      for place in try FlowSums.places(db, "flow.source_id IN \(SQL.list(sources))") {
        guard let kind = kinds.byID[place.kind], condition(kind), let sum = try sums.sum(place) else { continue }
        let flow = try sums.flow(place.flow)
        try body(
          FlowSum(
            kindID: place.kind, kind: kind, domain: place.domain, flow: place.flow, source: flow.source,
            outcome: flow.outcome, sum: sum))
      }
      return
    }
    try forEachFlow(where: condition) { row in
      let source = row.source
      if let sources, !sources.contains(source) { return }
      let sum = row.sum
      guard sum.rows > 0 else { return }
      try body(
        FlowSum(
          kindID: row.kindID, kind: row.kind, domain: row.domain, flow: row.flow, source: source, outcome: row.outcome,
          sum: sum))
    }
  }
}
