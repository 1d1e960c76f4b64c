import DMARC
import GRDB

/// The lines of `unknown-senders`: sources that need review, folded and ranked.
struct RankedLines {
  private let reader: SumReader
  private let first: SourceFirstDays
  private let sources: FlaggedSources
  /// The places of the sources that count.
  private let chosen: [Int32]
  private let acknowledged: Int
  private let newest: Int64
  private let lines: SenderPools
  /// Whether some sources are in campaigns, so that lines may lack sources of their pools.
  private let areCampaigns: Bool

  init(
    _ reader: SumReader, _ severities: [VerdictSeverity], _ owners: SourceOwners, newSince: CalendarDay?,
    today: CalendarDay, isFolded: Bool, acknowledgements: [AcknowledgedSource]
  ) throws {
    self.reader = reader
    first = try SourceFirstDays(reader)
    var acknowledged = 0
    let sources = try FlaggedSources(reader, severities, owners) { address, host, severity in
      let isKnown = acknowledgements.contains { $0.covers(address, host: host, severity: severity) }
      if isKnown { acknowledged += 1 }
      return !isKnown
    }
    self.sources = sources
    self.acknowledged = acknowledged
    var chosen = sources.places.map { Int32(truncatingIfNeeded: $0) }
    if let newSince {
      let (first, since) = (first, newSince.number)
      try chosen.removeAll { place in
        let place = Int(place)
        guard sources.firstDay(place) >= since else { return true }
        return try first.day(place, sources) < since
      }
    }
    self.chosen = chosen
    newest = chosen.lazy.map { sources.lastDay(Int($0)) }.filter { $0 <= today.number }.max() ?? 0
    var lines = SenderPools(sources)
    if owners.naming != nil {
      lines.foldByName(chosen)
      areCampaigns = false
    } else if isFolded {
      let campaigns = try Campaigns(reader, sources, chosen, severities, owners)
      for campaign in campaigns.all { lines.append(.campaign, campaign) }
      lines.fold(chosen.lazy.filter { !campaigns.isTaken[Int($0)] })
      areCampaigns = !campaigns.all.isEmpty
    } else {
      lines.appendSingle(chosen)
      areCampaigns = false
    }
    self.lines = lines
  }

  /// The lines up to the limit of the filter.
  /// - Parameters:
  ///   - after: only lines after this place; nil for all.
  ///   - onLine: takes each line; then the result has the first one only. Nil to get all in the result.
  func result(after: SenderPlace?, onLine: ((UnknownSender) throws -> Void)? = nil) throws -> RankedSenders {
    let names = try SenderNames(lines, reader)
    var ranking = try LineRanking(lines, names, newest, first)
    let shown = try ranking.first(reader.filter.limit ?? lines.all.count, after: after)
    let pools = pools(of: shown.map(\.pool))
    var senders: [UnknownSender] = []
    for start in stride(from: 0, to: shown.count, by: Self.page) {
      let page = start..<min(start + Self.page, shown.count)
      var details = try LineDetails(reader, sources)
      try details.read(
        page.map { index in
          let line = shown[index].pool
          return LineDetails.Wanted(line: Array(lines.members(line)), pool: pools[index])
        })
      for index in page {
        let sender = try details.sender(index - start, shown[index], lines, names, first)
        try onLine?(sender)
        if onLine == nil || senders.isEmpty { senders.append(sender) }
      }
    }
    return RankedSenders(
      lines: senders, omittedLines: ranking.omitted.lines, omittedMessages: ranking.omitted.messages,
      acknowledged: acknowledged)
  }

  /// Lines whose details are read in one pass.
  private static let page = 10_000

  /// The pool that a declaration of each line would be about.
  private func pools(of shown: [SenderPool]) -> [LineDetails.Pool] {
    // A name is only a hint, and no reason to declare every source that has it.
    if shown.contains(where: { $0.label == .named }) { return shown.map { _ in .none } }
    guard areCampaigns || shown.contains(where: { $0.form == .address }) else { return shown.map { _ in .line } }
    let firsts = shown.map { $0.form == .campaign ? nil : lines.members($0).first }
    let wanted = Set(firsts.compactMap { $0 })
    var folded = SenderPools(sources)
    folded.fold(relatives(of: wanted))
    var poolOfSource: [Int: [Int]] = [:]
    for pool in folded.all {
      let members = Array(folded.members(pool))
      for place in members where wanted.contains(place) { poolOfSource[place] = members }
    }
    return zip(shown, firsts).map { line, first in
      guard let members = first.flatMap({ poolOfSource[$0] }) else { return .none }
      return members.elementsEqual(lines.members(line)) ? .line : .other(members)
    }
  }

  /// The sources that can be in one pool with some of them.
  private func relatives(of wanted: Set<Int>) -> [Int32] {
    let hosts = Set(wanted.compactMap(sources.owner))
    let systems = Set(wanted.compactMap(sources.system))
    var networks = Set(wanted.map(sources.network))
    // Whether a source counts for its system depends on how many there are in its network.
    if !systems.isEmpty {
      for place in chosen {
        if let system = sources.system(Int(place)), systems.contains(system) {
          networks.insert(sources.network(Int(place)))
        }
      }
    }
    return chosen.filter { place in
      let place = Int(place)
      return networks.contains(sources.network(place)) || sources.owner(place).map(hosts.contains) ?? false
        || sources.system(place).map(systems.contains) ?? false
    }
  }
}

/// The campaigns among sources that need review.
private struct Campaigns {
  /// The places of the sources of each campaign.
  private(set) var all: [[Int32]] = []
  /// By place: whether the source is in a campaign.
  private(set) var isTaken: [Bool]

  init(
    _ reader: SumReader, _ sources: FlaggedSources, _ chosen: [Int32], _ severities: [VerdictSeverity],
    _ owners: SourceOwners
  ) throws {
    isTaken = Array(repeating: false, count: sources.places.count)
    let named = Dictionary(
      severities.compactMap { known in known.campaign.map { ("\(known.verdict)/\(known.subtype)", $0) } },
      uniquingKeysWith: { first, _ in first })
    let kinds = sources.kinds.map { named[$0] }
    // A host with a confirmed name of the domain owner may be theirs, even if it fails on the day of a campaign.
    let policyDomains = try String.fetchAll(
      reader.db, sql: "SELECT name FROM domain WHERE id IN (SELECT domain_id FROM policy)")
    let own = Set(policyDomains.lazy.compactMap(DomainName.init).compactMap(owners.organisation))
    let isOwn = sources.ownerNames.map(own.contains)
    for kind in Set(kinds.compactMap { $0?.name }).sorted() {
      guard let least = kinds.lazy.compactMap({ $0 }).first(where: { $0.name == kind })?.least else { continue }
      let isOfKind = kinds.map { $0?.name == kind }
      let members = chosen.filter { place in
        let place = Int(place)
        return isOfKind[Int(sources.kind(place))] && !sources.isSteady(place)
          && !(sources.owner(place).map { isOwn[$0] } ?? false)
      }
      guard members.count >= least else { continue }
      for campaign in SenderCampaigns.find(sources.appearances(of: members), least: least) {
        for place in campaign { isTaken[Int(place)] = true }
        all.append(campaign)
      }
    }
  }
}
