import DMARC

/// The statistics of an organisation's messages that the rules need, computed from all days.
struct HistorySummary {
  /// By key, which is an infrastructure, a place, an envelope organisation or an identity.
  var firstDay: [Int32] = []
  var activeDays: [Int32] = []
  var reporters: [Int32] = []
  var messages: [Int64] = []
  var relayedIntact = SparseColumn<Int64>(0, count: 0)
  var attested = SparseColumn<Int64>(0, count: 0)
  /// By key: failing messages that trusted organisations report.
  var failing: [Int64] = []
  /// By key: the days with messages whose own signature is intact although they usually come from elsewhere, and the days with failing
  /// messages that show steadiness.
  var intact = SparseColumn(Presence(), count: 0)
  var failingDays: [Presence] = []
  /// By key: the number of places with failing messages of this identity.
  var places: [Int32] = []
  /// By key: aligned SPF passes, and those of them that are signed.
  var authorised = SparseColumn<Int64>(0, count: 0)
  var authorisedSigned = SparseColumn<Int64>(0, count: 0)
  /// By key: messages that the operator of the host itself reports.
  var reportedByItself = SparseColumn<Int64>(0, count: 0)
  /// By key: the number of places, and of those with intact messages that usually come from elsewhere.
  var allPlaces: [Int32] = []
  var intactPlaces: [Int32] = []
  /// By key: failing messages with a broken own signature.
  var broken = SparseColumn<Int64>(0, count: 0)
  /// Places that most of their signed messages usually come from.
  var usualPlaces: Set<Int32> = []
  /// By place: the identity with which most of its failing messages authenticate.
  var identities: [Int32: Int32] = [:]
  /// If no organisation is trusted: those that report intact or attested messages of a key, as `key << 32 | organisation`,
  /// sorted.
  var intactPairs: [UInt64] = []
  /// By key: trusted organisations that report intact or attested messages.
  var supporters = SparseColumn(ReportingOrganisations(), count: 0)
  /// By volume: messages on the busiest day.
  var busiest: [Int64] = []
  /// By volume, and by key: whether reports over several days are among those that the numbers rest on.
  var isVolumeEstimated: [Bool] = []
  var isKeyEstimated: [Bool] = []
  /// By flow.
  var lastDay: [Int32] = []
  /// By key: the maximum number of infrastructures with unauthenticated messages on one of its days.
  var campaign: [Int32] = []
  /// By From domain.
  var dailyMessages: [Double?] = []
  var signRate: [Double?] = []
  /// By `domain/selector`.
  var selectors: [String: HistoryFacts.Selector] = [:]
  /// The usual origins of all selectors with enough messages.
  var usualOrigins: Set<String> = []
  var originKeys: Set<Int32> = []
  /// Keys that the operator or an SPF record authorises.
  var authorisedKeys: Set<Int32> = []
  var selectorMessages: [Int64] = []
  /// Messages of a selector by key: `selector << 32 | key`.
  var selectorKeys: [UInt64: Int64] = [:]
  /// By selector: reporters that receive messages directly from its usual origins.
  var directReporters: [Int32: Set<String>] = [:]
  /// By flow: the day of the replay that it was part of.
  var replays: [Int32: (selector: Int32, day: HistoryFacts.SelectorDay)] = [:]
  /// Infrastructures and places that appeared with a replay and vanished with it.
  var replayKeys: Set<Int32> = []
  var newestDay: Int32 = 0

  init() {}

  init(_ history: OrganisationHistory) {
    countKeys(history)
    countFailingDays(history)
    countIdentities(history)
    rateDomains(history)
    findOrigins(history)
    countIntactDays(history)
    countFlows(history)
    findReplays(history)
  }

  private mutating func countKeys(_ history: OrganisationHistory) {
    let count = history.keys.count
    firstDay = [Int32](repeating: .max, count: count)
    messages = [Int64](repeating: 0, count: count)
    relayedIntact = SparseColumn(0, count: count)
    attested = relayedIntact
    failing = messages
    isKeyEstimated = [Bool](repeating: false, count: count)
    supporters = SparseColumn(ReportingOrganisations(), count: count)
    authorised = relayedIntact
    authorisedSigned = relayedIntact
    reportedByItself = relayedIntact
    broken = relayedIntact
    let organisations = history.reporterKeys()
    var pairs: [UInt64] = []
    pairs.reserveCapacity(
      history.days.reduce(0) { $0 + history.flows[Int($1.flow)].keys.reduce(0) { count, _ in count + 1 } })
    for day in history.days {
      let flow = history.flows[Int(day.flow)]
      newestDay = max(newestDay, day.day)
      let isSigned = flow.flags.contains(.dkimAligned)
      let clears = history.isTrusted(day) && !flow.flags.isDisjoint(with: [.dkimAligned, .attested])
      for key in flow.keys {
        firstDay[Int(key)] = min(firstDay[Int(key)], day.day)
        messages[Int(key)] += day.messages
        if day.isEstimated { isKeyEstimated[Int(key)] = true }
        if !flow.flags.contains(.passes) {
          if flow.flags.contains(.brokenSignature) { broken[Int(key)] = broken[Int(key)].addingClamped(day.messages) }
          if history.isTrusted(day) {
            failing[Int(key)] = failing[Int(key)].addingClamped(day.messages)
          }
        }
        if organisations[day.reporter] == key { reportedByItself[Int(key)] += day.messages }
        if flow.flags.contains(.spfAligned), history.isTrusted(day) {
          authorised[Int(key)] += day.messages
          if isSigned { authorisedSigned[Int(key)] += day.messages }
        }
        if clears {
          if flow.flags.contains(.dkimAligned) { relayedIntact[Int(key)] += day.messages }
          if flow.flags.contains(.attested) { attested[Int(key)] += day.messages }
          supporters[Int(key)].add(day.trustedOrganisation)
          if history.trustPolicy == .corroborated {
            let pair = DistinctCounts.pair(key, day.trustedOrganisation)
            if intactPairs.last != pair { intactPairs.append(pair) }
          }
        }
        pairs.append(DistinctCounts.pair(key, day.day))
      }
    }
    RadixSort.makeUnique(&intactPairs)
    // If organisations are trusted, it depends on the flow which ones suffice; see `supportedKeys`.
    if history.trustPolicy == .corroborated {
      // Keys without supporters have neither.
      supporters.forEachSet { key, organisations in
        guard !history.isEnough(organisations) else { return }
        relayedIntact[key] = 0
        attested[key] = 0
      }
    }
    activeDays = DistinctCounts(sorting: &pairs, keys: count).counts
    pairs.removeAll(keepingCapacity: true)
    for day in history.days {
      for key in history.flows[Int(day.flow)].keys { pairs.append(DistinctCounts.pair(key, day.reporter)) }
    }
    reporters = DistinctCounts(sorting: &pairs, keys: count).counts
    pairs = []
  }

  /// Whether at least half of the places of an infrastructure have delivered intact messages, so that it is one operator's. A key that is not
  /// an infrastructure has no other places.
  func isCoherent(_ key: Int32) -> Bool { intactPlaces[Int(key)].multipliedClamped(by: 2) >= allPlaces[Int(key)] }

  private mutating func countIntactDays(_ history: OrganisationHistory) {
    var intactDays = PresenceCounter()
    for day in history.days where history.isTrusted(day) {
      let flow = history.flows[Int(day.flow)]
      guard flow.flags.contains(.elsewhere) else { continue }
      for key in flow.relayKeys { intactDays.add(key, day.day, day.messages) }
    }
    let count = history.keys.count
    intact = SparseColumn(Presence(), count: count)
    intactDays.eachPresence { intact[Int($0)] = $1 }
    allPlaces =
      DistinctCounts(history.flows.lazy.map { DistinctCounts.pair($0.infrastructure, $0.place) }, keys: count)
      .counts
    intactPlaces =
      DistinctCounts(
        history.flows.lazy.filter { $0.flags.contains(.elsewhere) }.map {
          DistinctCounts.pair($0.infrastructure, $0.place)
        },
        keys: count
      ).counts
  }

  /// Whether intact or attested messages of a key are too rare among failing ones to speak for them: less than 1 %.
  func isMostlyFailing(_ key: Int32) -> Bool {
    relayedIntact[Int(key)].addingClamped(attested[Int(key)]).multipliedClamped(by: 100) < failing[Int(key)]
  }

  private mutating func countFlows(_ history: OrganisationHistory) {
    busiest = [Int64](repeating: 0, count: history.volumeCount)
    isVolumeEstimated = [Bool](repeating: false, count: history.volumeCount)
    lastDay = [Int32](repeating: 0, count: history.flows.count)
    campaign = [Int32](repeating: 0, count: history.keys.count)
    var volumes = PresenceCounter()
    var hosts: [UInt64] = []
    for day in history.days {
      let flow = history.flows[Int(day.flow)]
      lastDay[Int(day.flow)] = max(lastDay[Int(day.flow)], day.day)
      if day.isEstimated { isVolumeEstimated[Int(flow.volume)] = true }
      volumes.add(flow.volume, day.day, day.messages)
      if flow.flags.contains(.unauthenticated), !history.isKnownHost(flow, in: self) {
        hosts.append(DistinctCounts.pair(day.day, flow.campaignKey))
      }
    }
    volumes.eachSum { busiest[Int($0)] = max(busiest[Int($0)], $2) }
    RadixSort.makeUnique(&hosts)
    var start = 0
    while start < hosts.count {
      let end = hosts[start...].firstIndex { $0 >> 32 != hosts[start] >> 32 } ?? hosts.count
      for pair in hosts[start..<end] {
        let key = Int(pair & 0xffff_ffff)
        campaign[key] = max(campaign[key], Int32(clamping: end - start))
      }
      start = end
    }
  }

  /// The largest reporter of a domain counts for at most this multiple of the messages that all others report.
  private static let mostOfOne: Int64 = 3

  /// The signed share and the messages per day, of passing messages only: spoofed messages say nothing about the domain.
  private mutating func rateDomains(_ history: OrganisationHistory) {
    let count = history.froms.texts.count
    var passed = [Int64](repeating: 0, count: count)
    var signed = passed
    var supporters = [ReportingOrganisations](repeating: ReportingOrganisations(), count: count)
    var dayPairs: [UInt64] = []
    var parts: [UInt64: Int64] = [:]
    for day in history.days where history.isTrusted(day) {
      let flow = history.flows[Int(day.flow)]
      guard flow.flags.contains(.passes) else { continue }
      supporters[Int(flow.from)].add(day.trustedOrganisation)
      passed[Int(flow.from)] += day.messages
      if history.trustedOrganisations.areSeveral {
        parts[DistinctCounts.pair(flow.from, day.trustedOrganisation), default: 0] += day.messages
      }
      if flow.flags.contains(.dkimAligned) { signed[Int(flow.from)] += day.messages }
      dayPairs.append(DistinctCounts.pair(flow.from, day.day))
    }
    let days = DistinctCounts(dayPairs, keys: count).counts
    let least = history.context.thresholds.originMessages
    let all = passed.reduce(0, +)
    let whole = all >= least ? Double(signed.reduce(0, +)) / Double(all) : nil
    signRate = (0..<count).map { passed[$0] >= least ? Double(signed[$0]) / Double(passed[$0]) : whole }
    var greatest = [Int64](repeating: 0, count: count)
    for (pair, messages) in parts { greatest[Int(pair >> 32)] = max(greatest[Int(pair >> 32)], messages) }
    dailyMessages = (0..<count).map {
      guard days[$0] > 0, history.isEnough(supporters[$0]) else { return nil }
      // A large volume makes failing messages look few, so no organisation alone determines it.
      let others = passed[$0] - greatest[$0]
      return Double(
        greatest[$0] > 0
          ? others.addingClamped(min(greatest[$0], others.multipliedClamped(by: Self.mostOfOne))) : others)
        / Double(days[$0])
    }
  }
}
