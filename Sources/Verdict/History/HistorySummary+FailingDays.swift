extension HistorySummary {
  /// Counts the days with failing messages by key. Steady failure speaks for a forgotten server or a relay and against a campaign, so one
  /// patient sender of reports must not be able to add days.
  mutating func countFailingDays(_ history: OrganisationHistory) {
    let confirmed = Self.confirmedDays(history)
    var counter = PresenceCounter()
    Self.forEachFailure(history) { key, day in
      if let confirmed, !confirmed.contains(DistinctCounts.pair(key, day.day)) { return }
      counter.add(key, day.day, day.messages)
    }
    failingDays = counter.presences(keys: history.keys.count)
  }

  /// The days of each key, as `key << 32 | day`, on which two organisations report failing messages; nil if the days of one are enough,
  /// because it is trusted or the only one.
  private static func confirmedDays(_ history: OrganisationHistory) -> Set<UInt64>? {
    guard history.trustPolicy == .corroborated, history.trustedOrganisations.areSeveral else { return nil }
    var first: [UInt64: Int32] = [:]
    var confirmed: Set<UInt64> = []
    forEachFailure(history) { key, day in
      let pair = DistinctCounts.pair(key, day.day)
      if first[pair, default: day.trustedOrganisation] != day.trustedOrganisation { confirmed.insert(pair) }
      first[pair] = first[pair] ?? day.trustedOrganisation
    }
    return confirmed
  }

  private static func forEachFailure(
    _ history: OrganisationHistory, _ body: (_ key: Int32, _ day: Day) -> Void
  ) {
    for day in history.days where history.isTrusted(day) {
      let flow = history.flows[Int(day.flow)]
      guard !flow.flags.contains(.passes) else { continue }
      for key in flow.keys { body(key, day) }
    }
  }
}
