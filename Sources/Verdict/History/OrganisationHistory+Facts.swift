public import DMARC

extension OrganisationHistory {
  /// The number of messages on the busiest day of the volume that a flow is counted in.
  public func messages(of flow: Int) -> Int64 { summary.busiest[Int(flows[flow].volume)] }

  /// Whether that number rests on reports over several days.
  public func isEstimated(_ flow: Int) -> Bool { summary.isVolumeEstimated[Int(flows[flow].volume)] }

  /// The last UTC day of a flow.
  public func lastDay(of flow: Int) -> CalendarDay { CalendarDay(number: Int64(summary.lastDay[flow])) }

  /// The facts about a source. If its SPF record was not expanded, the SPF results that receivers reported are used instead.
  public func source(of flow: Int, _ facts: SourceFacts, address: IPAddress) -> SourceFacts {
    guard facts.spf?.isAuthorised != true else { return facts }
    let host = context.table.entry(for: address) ?? facts.fcrdnsName.flatMap(context.table.entry(for:))
    guard let observed = observedSPF(flows[flow], host: host) else { return facts }
    var facts = facts
    facts.spf = observed
    return facts
  }

  /// The facts about earlier messages for the rules.
  public func facts(of index: Int) -> HistoryFacts {
    let flow = flows[index]
    var facts = HistoryFacts()
    facts.selectors = summary.selectors
    facts.usualOrigins = summary.usualOrigins
    facts.signRate = summary.signRate[Int(flow.from)]
    facts.dailyMessages = summary.dailyMessages[Int(flow.from)]
    facts.correspondents = correspondents
    if flow.flags.contains(.unauthenticated) {
      facts.campaignAddresses = Int64(summary.campaign[Int(flow.campaignKey)])
    }
    facts.source = sourceHistory(flow)
    facts.support = support(of: index)
    facts.usualCosigners = usualCosigners
    if flow.signers >= 0 {
      facts.companions = signerLists.lists[Int(flow.signers)].reduce(into: []) { $0.formUnion(companions[$1] ?? []) }
    }
    facts.authorisedNeighbours = neighbours(of: flow.source)
    facts.isReplayHost = summary.replayKeys.contains(flow.place)
    facts.identity = identity(flow)
    facts.isUsualPlace = summary.usualPlaces.contains(flow.place)
    facts.organisationsRelayedFor = Int64(
      max(relaysByKey[flow.infrastructure] ?? 0, relaysByKey[flow.place] ?? 0))
    if flow.flags.contains(.withoutResults) {
      facts.siblingIdentity = summary.identities[flow.place].flatMap { RuleFacts.identity(of: keys.text($0)) }
    }
    let supported = supportedKeys(of: index)
    addIntactDays(supported, to: &facts)
    facts.source?.relayedIntact = supported.map { summary.relayedIntact[$0] }.max() ?? 0
    facts.source?.attested = supported.map { summary.attested[$0] }.max() ?? 0
    if trustPolicy == .corroborated, trustedOrganisations.areSeveral, !flow.flags.contains(.passes) {
      facts.unsupportedOrigins = unsupportedOrigins(of: flow, except: supported)
    }
    facts.isReportedByIntermediary = flow.selectors.contains {
      summary.directReporters[$0]?.contains(keys.text(flow.infrastructure)) ?? false
    }
    if let replay = summary.replays[Int32(index)] {
      facts.selectorDays = [selectorNames.texts[Int(replay.selector)]: replay.day]
      facts.source?.firstSeenDays = replay.day.day.map { $0.number - Int64(summary.firstDay[Int(flow.infrastructure)]) }
    }
    return facts
  }

  /// While no organisation is trusted, failing messages count as coming from a usual origin only if all that report them support it, or if
  /// the origin is authorised.
  private func unsupportedOrigins(of flow: FlowTraits, except supported: [Int]) -> [String] {
    [flow.infrastructure, flow.envelope]
      .filter { $0 >= 0 && !supported.contains(Int($0)) && !summary.authorisedKeys.contains($0) }
      .map { keys.text($0) }
  }

  private func identity(_ flow: FlowTraits) -> HistoryFacts.Identity? {
    let sibling = flow.flags.contains(.withoutResults) ? summary.identities[flow.place] : nil
    guard let identity = flow.identity >= 0 ? flow.identity : sibling else { return nil }
    let key = Int(identity)
    return HistoryFacts.Identity(
      days: Int64(summary.activeDays[key]), span: summary.failingDays[key].span, messages: summary.messages[key],
      reporters: Int64(summary.reporters[key]), places: Int64(summary.places[key]), broken: summary.broken[key])
  }

  /// Takes the days with intact messages from the key with most of them that stands for one operator.
  private func addIntactDays(_ supported: [Int], to facts: inout HistoryFacts) {
    let keys = supported.map { Int32($0) }.filter {
      summary.intact[Int($0)].days > 0 && isNarrow($0) && summary.isCoherent($0)
    }
    guard let best = keys.max(by: { summary.intact[Int($0)].days < summary.intact[Int($1)].days }) else { return }
    let presence = summary.intact[Int(best)]
    facts.source?.intactDays = Int64(presence.days)
    facts.source?.intactSpan = presence.span
    facts.source?.intactBusiest = presence.busiest
  }

  private func sourceHistory(_ flow: FlowTraits) -> HistoryFacts.Source {
    let keys = [flow.infrastructure, flow.envelope].filter { $0 >= 0 }.map(Int.init)
    func most(_ values: [Int32]) -> Int64 { Int64(keys.map { values[$0] }.max() ?? 0) }
    let first = keys.map { summary.firstDay[$0] }.min() ?? 0
    let shares = flow.selectors.map { selector -> Double in
      let total = summary.selectorMessages[Int(selector)]
      let part = summary.selectorKeys[DistinctCounts.pair(selector, flow.infrastructure)] ?? 0
      return total > 0 ? Double(part) / Double(total) : 0
    }
    let place = Int(flow.place)
    let authorised = summary.authorised[Int(flow.infrastructure)]
    var source = HistoryFacts.Source(
      firstSeenDays: Int64(summary.newestDay) - Int64(first), activeDays: most(summary.activeDays),
      messages: keys.map { summary.messages[$0] }.max(), reporters: most(summary.reporters), share: shares.max(),
      failingDays: Int64(summary.failingDays[place].days), failingSpan: summary.failingDays[place].span,
      signRate: authorised >= context.thresholds.originMessages
        ? Double(summary.authorisedSigned[Int(flow.infrastructure)]) / Double(authorised) : nil)
    source.isOnWorkingDays = summary.failingDays[place].isOnWorkingDays
    source.isEstimated = keys.contains { summary.isKeyEstimated[$0] }
    return source
  }
}
