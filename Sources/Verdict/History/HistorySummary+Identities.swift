/// What failing messages authenticate as, by place.
extension HistorySummary {
  /// Counts the places of each identity, and finds the identity that other reporters give for a place.
  mutating func countIdentities(_ history: OrganisationHistory) {
    places =
      DistinctCounts(
        history.flows.lazy.filter { $0.identity >= 0 }.map { DistinctCounts.pair($0.identity, $0.place) },
        keys: history.keys.count
      ).counts
    var sums: [UInt64: Int64] = [:]
    for day in history.days where history.isTrusted(day) {
      let flow = history.flows[Int(day.flow)]
      guard flow.identity >= 0 else { continue }
      sums[DistinctCounts.pair(flow.place, flow.identity), default: 0] += day.messages
    }
    var greatest: [Int32: (identity: Int32, messages: Int64)] = [:]
    for (pair, messages) in sums {
      let (place, identity) = (Int32(truncatingIfNeeded: pair >> 32), Int32(truncatingIfNeeded: pair))
      // Of equal ones, the name decides, so that the order in which flows are read does not matter.
      if let known = greatest[place],
        (known.messages, history.keys.text(identity)) > (messages, history.keys.text(known.identity))
      {
        continue
      }
      greatest[place] = (identity, messages)
    }
    identities = greatest.mapValues(\.identity)
  }
}
