import DMARC

/// Which hosts are known from intact messages that they delivered over weeks.
extension OrganisationHistory {
  /// Whether a key stands for one operator's mail, rather than for many customers or a whole network.
  func isNarrow(_ key: Int32) -> Bool {
    if narrowKeys.count < keys.count {
      narrowKeys.append(contentsOf: repeatElement(nil, count: keys.count - narrowKeys.count))
    }
    if let known = narrowKeys[Int(key)] { return known }
    let isNarrow = Self.isNarrow(keys.text(key), context)
    narrowKeys[Int(key)] = isNarrow
    return isNarrow
  }

  private static func isNarrow(_ text: String, _ context: RuleContext) -> Bool {
    if text.hasPrefix("AS") { return false }
    let name = text.hasPrefix("spf:") ? String(text.dropFirst(4)) : text
    guard IPAddress(name) == nil, let domain = DomainName(name) else { return true }
    if context.table.isFreemail(domain) { return false }
    return context.table.entry(for: domain).map { !$0.kind.isShared && $0.kind != .hosting } ?? true
  }

  /// The key under which the host of a flow counts as new: none for hosts of an operator with many customers, which are never new.
  func newcomer(_ flow: FlowTraits) -> Int32? {
    if flow.flags.contains(.customerHost) { return flow.place }
    if isNarrow(flow.infrastructure) { return flow.infrastructure }
    return keys.text(flow.infrastructure).hasPrefix("AS") ? flow.place : nil
  }

  /// Whether a key has delivered intact messages for weeks.
  func isSteady(_ key: Int32, in summary: HistorySummary) -> Bool {
    let presence = summary.intact[Int(key)]
    return Int64(presence.days) >= context.thresholds.steadyDays && presence.span >= context.thresholds.steadySpan
      && isNarrow(key)
      && !summary.isMostlyFailing(key) && summary.isCoherent(key)
  }

  /// Whether the host of a flow delivers mail of ours regularly, so that it does not belong to a campaign.
  func isKnownHost(_ flow: FlowTraits, in summary: HistorySummary) -> Bool {
    isSteady(flow.place, in: summary)
      || (!flow.flags.contains(.customerHost) && isSteady(flow.infrastructure, in: summary))
      || sourceFlags[Int(flow.source)].contains(.spfAligned) || summary.originKeys.contains(flow.infrastructure)
  }

  /// The maximum number of relays that one organisation's mail teaches.
  private static let mostTaught = 1_000

  /// The infrastructures and places that delivered intact messages, although these usually come from elsewhere, and whether they did so for
  /// weeks.
  public var relays: [(key: String, isSteady: Bool)] {
    let found = Set(flows.lazy.filter { $0.flags.contains(.elsewhere) }.flatMap(\.hostKeys)).filter { key in
      summary.intact[Int(key)].days > 0 && !summary.replayKeys.contains(key) && isEnough(summary.supporters[Int(key)])
        && isNarrow(key) && summary.isCoherent(key)
    }
    let most = found.sorted { one, other in
      let days = (summary.intact[Int(one)].days, summary.intact[Int(other)].days)
      return days.0 == days.1 ? keys.text(one) > keys.text(other) : days.0 > days.1
    }
    return most.prefix(Self.mostTaught).map { (keys.text($0), isSteady($0, in: summary)) }
  }

  func relayNumbers() -> [Int32: Int] {
    var numbers: [Int32: Int] = [:]
    for (text, organisations) in learnedRelays { if let key = keys[text] { numbers[key] = organisations } }
    return numbers
  }

  /// Counts the authorised addresses of each network. An address that other domains pass for too belongs to a provider, whose neighbours are
  /// its other customers.
  func countNeighbours() {
    for (source, flags) in sourceFlags.enumerated() where flags.contains(.spfAligned) && !flags.contains(.foreignPass) {
      if let network = sourceNetworks[source] { authorisedNeighbours[network, default: 0] += 1 }
    }
  }

  /// The number of authorised addresses beside a source in its network.
  func neighbours(of source: Int32) -> Int64 {
    guard let network = sourceNetworks[Int(source)] else { return 0 }
    let flags = sourceFlags[Int(source)]
    let isOne = flags.contains(.spfAligned) && !flags.contains(.foreignPass)
    return (authorisedNeighbours[network] ?? 0) - (isOne ? 1 : 0)
  }

  /// The keys of the organisations that reporters belong to, by reporter.
  func reporterKeys() -> [Int32: Int32] {
    reporterNames.compactMapValues { text -> Int32? in
      guard let name = DomainName(text), name.labels.count > 1 else { return nil }
      return keys[(context.organisations.domain(of: name) ?? name).name]
    }
  }
}
