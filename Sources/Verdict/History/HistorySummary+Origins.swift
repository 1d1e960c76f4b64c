import DMARC

/// Where messages with a selector usually come from, and replays from elsewhere.
extension HistorySummary {
  /// The length of a window in days. Old origins count only for the time in which they were used.
  private static let window: Int32 = 90

  mutating func findOrigins(_ history: OrganisationHistory) {
    let count = history.selectorNames.texts.count
    var windows: [UInt64: [Int32: Int64]] = [:]
    var windowTotals: [UInt64: Int64] = [:]
    var authorised: [Set<Int32>] = Array(repeating: [], count: count)
    selectorMessages = [Int64](repeating: 0, count: count)
    var supporters = [ReportingOrganisations](repeating: ReportingOrganisations(), count: count)
    var keySupporters: [UInt64: ReportingOrganisations] = [:]
    for day in history.days {
      let flow = history.flows[Int(day.flow)]
      let isTrusted = history.isTrusted(day)
      if flow.flags.contains(.authorised) { authorisedKeys.insert(flow.infrastructure) }
      let isAligned = flow.flags.contains(.spfAligned) && history.sourceFlags[Int(flow.source)].contains(.spfAligned)
      if flow.flags.contains(.authorised) || (isAligned && isTrusted) {
        for selector in flow.streams { authorised[Int(selector)].insert(flow.infrastructure) }
      }
      guard isTrusted else { continue }
      for selector in flow.streams {
        let window = DistinctCounts.pair(selector, day.day / Self.window)
        windowTotals[window, default: 0] += day.messages
        selectorMessages[Int(selector)] += day.messages
        supporters[Int(selector)].add(day.trustedOrganisation)
        // The origins of named selectors are those of all signed messages, too.
        if selector == OrganisationHistory.allSigned, flow.firstSelector >= 0 { continue }
        for key in [flow.infrastructure, flow.envelope] where key >= 0 {
          windows[window, default: [:]][key, default: 0] += day.messages
          selectorKeys[DistinctCounts.pair(selector, key), default: 0] += day.messages
          keySupporters[DistinctCounts.pair(selector, key), default: ReportingOrganisations()].add(
            day.trustedOrganisation)
        }
      }
    }
    var origins = authorised
    let thresholds = history.context.thresholds
    var candidates: [UInt64: Set<Int32>] = [:]
    for (window, keys) in windows {
      let selector = Int(window >> 32)
      let total = windowTotals[window] ?? 0
      guard total >= thresholds.originMessages else { continue }
      for (key, messages) in keys where Double(messages) >= Double(total) * thresholds.originShare {
        // A known relay is not an origin, however much it carries, if the true origin is known.
        if !authorised[selector].isEmpty, history.isRelay(key) { continue }
        // Nor is a host of the only organisation that reports it, such as its own backup MX.
        if !authorised[selector].contains(key), !authorised[selector].isEmpty, isReportedByItself(key) { continue }
        let supporters =
          keySupporters[DistinctCounts.pair(Int32(truncatingIfNeeded: selector), key)] ?? ReportingOrganisations()
        guard history.isEnough(supporters) else { continue }
        candidates[window, default: []].insert(key)
      }
    }
    for (selector, key) in steady(candidates, history) { origins[Int(selector)].insert(key) }
    findPools(history, &origins)
    // A reporter that names no selector says only that one of them was used.
    for keys in origins { origins[Int(OrganisationHistory.allSigned)].formUnion(keys) }
    for (index, name) in history.selectorNames.texts.enumerated() where history.isEnough(supporters[index]) {
      let names = Set(origins[index].map { history.keys.text($0) })
      selectors[name] = HistoryFacts.Selector(messages: selectorMessages[index], origins: names)
      if selectorMessages[index] >= thresholds.originMessages {
        usualOrigins.formUnion(names)
        originKeys.formUnion(origins[index])
      }
    }
    markOrigins(history, origins)
  }

  /// Candidates with messages on enough of the selector's days. Many messages on one day are a burst, such as a replay, not a usual origin.
  /// Days are compared with those of the window and the one before, so that a window that has just begun is not decisive.
  private func steady(
    _ candidates: [UInt64: Set<Int32>], _ history: OrganisationHistory
  ) -> [(selector: Int32, key: Int32)] {
    struct WindowKey: Hashable {
      var window: UInt64
      var key: Int32
    }
    let selectors = Set(candidates.keys.map { Int32(truncatingIfNeeded: $0 >> 32) })
    var selectorDays: [UInt64: Set<Int32>] = [:]
    var daysByKey: [WindowKey: Set<Int32>] = [:]
    for day in history.days where history.isTrusted(day) {
      let flow = history.flows[Int(day.flow)]
      for selector in flow.streams where selectors.contains(selector) {
        let window = DistinctCounts.pair(selector, day.day / Self.window)
        selectorDays[window, default: []].insert(day.day)
        guard let keys = candidates[window] else { continue }
        for key in [flow.infrastructure, flow.envelope] where keys.contains(key) {
          daysByKey[WindowKey(window: window, key: key), default: []].insert(day.day)
        }
      }
    }
    let least = history.context.thresholds.originShare
    return daysByKey.compactMap { entry, days in
      let all = (selectorDays[entry.window]?.count ?? 0) + (selectorDays[entry.window &- 1]?.count ?? 0)
      return Double(days.count) >= Double(all) * least
        ? (Int32(truncatingIfNeeded: entry.window >> 32), entry.key) : nil
    }
  }

  private func isReportedByItself(_ key: Int32) -> Bool {
    reportedByItself[Int(key)] > 0
      && reportedByItself[Int(key)].multipliedClamped(by: 10) >= messages[Int(key)].multipliedClamped(by: 9)
  }

  /// Messages whose selector or envelope a reporter does not list come from where the others at the same place come from.
  private mutating func markUsualPlaces(_ history: OrganisationHistory) {
    var balance: [Int32: Int64] = [:]
    for day in history.days where history.isTrusted(day) {
      let flow = history.flows[Int(day.flow)]
      guard flow.firstSelector >= 0 else { continue }
      let messages = flow.flags.contains(.origin) ? day.messages : Int64(0).subtractingClamped(day.messages)
      balance[flow.place, default: 0].addClamped(messages)
    }
    usualPlaces = Set(balance.filter { $0.value > 0 }.keys)
    for index in history.flows.indices {
      let flow = history.flows[index]
      guard flow.flags.contains(.dkimAligned), flow.firstSelector < 0, usualPlaces.contains(flow.place) else {
        continue
      }
      history.flows.insert(.origin, at: index)
      history.flows.remove(.elsewhere, at: index)
    }
  }

  /// Whether the usual origins of a selector of the flow are known, or of any if the reporter names none.
  private func isKnown(_ flow: FlowTraits, _ origins: [Set<Int32>], _ history: OrganisationHistory) -> Bool {
    let streams = flow.firstSelector >= 0 ? flow.selectors : flow.streams
    return streams.contains {
      !origins[Int($0)].isEmpty && selectorMessages[Int($0)] >= history.context.thresholds.originMessages
    }
  }

  private mutating func markOrigins(_ history: OrganisationHistory, _ origins: [Set<Int32>]) {
    for index in history.flows.indices where history.flows[index].flags.contains(.dkimAligned) {
      let flow = history.flows[index]
      // Messages without a known selector share the origins of all.
      let known = flow.selectors.filter { !origins[Int($0)].isEmpty }
      let isOrigin = (known.isEmpty ? [OrganisationHistory.allSigned] : known).contains { selector in
        let keys = origins[Int(selector)]
        return keys.contains(flow.infrastructure) || (flow.envelope >= 0 && keys.contains(flow.envelope))
      }
      if isOrigin {
        history.flows.insert(.origin, at: index)
      } else if isKnown(flow, origins, history) {
        history.flows.insert(.elsewhere, at: index)
      }
    }
    markUsualPlaces(history)
    let organisations = history.reporterNames.compactMapValues { text -> String? in
      guard let name = DomainName(text), name.labels.count > 1 else { return nil }
      return (history.context.organisations.domain(of: name) ?? name).name
    }
    var seen: Set<UInt64> = []
    for day in history.days where history.isTrusted(day) && history.flows[Int(day.flow)].flags.contains(.origin) {
      for selector in history.flows[Int(day.flow)].selectors
      where seen.insert(DistinctCounts.pair(selector, day.reporter)).inserted {
        if let name = organisations[day.reporter] { directReporters[selector, default: []].insert(name) }
      }
    }
  }
}

extension FlowTraits {
  /// The streams that aligned signatures belong to: that of all signed messages, and the selectors.
  var streams: FewKeys {
    flags.contains(.dkimAligned)
      ? FewKeys(OrganisationHistory.allSigned, firstSelector, secondSelector) : FewKeys(-1)
  }

  /// The aligned passing selectors that the reporter names.
  var selectors: FewKeys { FewKeys(firstSelector, secondSelector) }
}

extension OrganisationHistory {
  /// Whether a key names an operator of the table that forwards messages.
  fileprivate func isRelay(_ key: Int32) -> Bool {
    let text = keys.text(key)
    let name = text.hasPrefix("spf:") ? String(text.dropFirst(4)) : text
    return DomainName(name).flatMap(context.table.entry(for:))?.kind.relays ?? false
  }
}
