import DMARC
import Foundation
import GRDB

/// The lines of `unknown-senders`: sources that need review, folded and ranked.
struct RankedLines {
  private let reader: SumReader
  private let owners: SourceOwners
  private var flagged: FlaggedSources
  private let acknowledged: Int
  private let newest: Int64
  private let lines: [SenderPool]
  /// Whether some sources are in campaigns, so that lines may lack sources of their pools.
  private let areCampaigns: Bool

  init(
    _ reader: SumReader, _ severities: [VerdictSeverity], _ owners: SourceOwners, newSince: CalendarDay?,
    today: CalendarDay, isFolded: Bool, acknowledgements: [AcknowledgedSource]
  ) throws {
    self.reader = reader
    self.owners = owners
    flagged = try FlaggedSources(reader, severities)
    let all = flagged.sources.count
    if !acknowledgements.isEmpty {
      flagged.removeAll { source in acknowledgements.contains { $0.covers(source) } }
    }
    acknowledged = all - flagged.sources.count
    if let newSince {
      try flagged.findFirstDays(after: newSince.number.subtractingClamped(1), reader.db)
      flagged.removeAll { $0.firstDay < newSince.number }
    }
    newest = flagged.sources.lazy.map(\.lastDay).filter { $0 <= today.number }.max() ?? 0
    lines = isFolded ? try Self.lines(reader, flagged, severities, owners) : SenderPool.single(flagged.sources)
    areCampaigns = lines.contains { $0.form == .campaign }
  }

  /// Each campaign as one line, and the other sources by pool.
  private static func lines(
    _ reader: SumReader, _ flagged: FlaggedSources, _ severities: [VerdictSeverity], _ owners: SourceOwners
  ) throws -> [SenderPool] {
    let named = Dictionary(
      severities.compactMap { known in known.campaign.map { ("\(known.verdict)/\(known.subtype)", $0) } },
      uniquingKeysWith: { first, _ in first })
    let kinds = flagged.kinds.map { named[$0] }
    // A host with a confirmed name of the domain owner may be theirs, even if it fails on the day of a campaign.
    let policyDomains = try String.fetchAll(
      reader.db, sql: "SELECT name FROM domain WHERE id IN (SELECT domain_id FROM policy)")
    let own = Set(policyDomains.compactMap(DomainName.init).compactMap(owners.organisation))
    let candidates = flagged.sources.filter { source in
      !source.isSteady && kinds[Int(source.kind)] != nil && !(owners.hostOwner(source).map(own.contains) ?? false)
    }
    let groups = Dictionary(grouping: candidates) { kinds[Int($0.kind)] }
    var campaigns: [SenderPool] = []
    var taken: Set<Int64> = []
    for (kind, members) in groups.sorted(by: { ($0.key?.name ?? "") < ($1.key?.name ?? "") }) {
      guard let kind, members.count >= kind.least else { continue }
      var places = RowNumbers()
      for (place, member) in members.enumerated() { places[member.id] = place }
      for campaign in SenderCampaigns.find(try appearances(reader, members, places), least: kind.least) {
        campaigns.append(SenderPool.campaign(campaign.compactMap { id in places[id].map { members[$0] } }, owners))
        taken.formUnion(campaign)
      }
    }
    return campaigns + SenderPool.fold(flagged.sources.filter { !taken.contains($0.id) }, owners)
  }

  private static func appearances(
    _ reader: SumReader, _ sources: [FlaggedSource], _ places: RowNumbers
  ) throws -> [SenderCampaigns.Appearance] {
    var once: [SenderCampaigns.Appearance] = []
    var several: Set<SenderCampaigns.Appearance> = []
    var isKnown = [Bool](repeating: false, count: sources.count)
    try reader.forEachFlow(where: \.isUnknownIP) { row in
      guard let place = places[row.source] else { return }
      let source = sources[place]
      for day in row.sum.days.numbers {
        let appearance = SenderCampaigns.Appearance(source: source.id, domain: row.domain, day: day)
        if source.days > 1 || source.domains > 1 {
          several.insert(appearance)
        } else if !isKnown[place] {
          isKnown[place] = true
          once.append(appearance)
        }
      }
    }
    return once + several
  }

  /// The lines up to the limit of the filter.
  /// - Parameter after: only lines after this place; nil for all.
  func result(after: SenderPlace?) throws -> RankedSenders {
    var ranking = try LineRanking(lines, newest, FirstDays(reader.db))
    let shown = try ranking.first(reader.filter.limit ?? lines.count, after: after)
    let pools = try pools(of: shown.map(\.pool))
    var senders: [UnknownSender] = []
    for start in stride(from: 0, to: shown.count, by: Self.page) {
      let page = start..<min(start + Self.page, shown.count)
      var details = LineDetails(reader)
      try details.read(page.map { (shown[$0].pool, pools[$0]) })
      for index in page {
        senders.append(try details.sender(index - start, shown[index].pool, shown[index].threat))
      }
    }
    return RankedSenders(
      lines: senders, omittedLines: ranking.omitted.lines, omittedMessages: ranking.omitted.messages,
      acknowledged: acknowledged)
  }

  /// Lines whose details are read in one pass.
  private static let page = 20_000

  /// The pool that a declaration of each line would be about; nil for campaigns.
  private func pools(of shown: [SenderPool]) throws -> [SenderPool?] {
    guard areCampaigns || shown.contains(where: { $0.form == .address }) else { return shown }
    var poolOfSource: [Int64: SenderPool] = [:]
    let wanted = Set(shown.lazy.filter { $0.form != .campaign }.compactMap { $0.sources.first?.id })
    for pool in SenderPool.fold(relatives(of: wanted), owners) {
      for source in pool.sources where wanted.contains(source.id) { poolOfSource[source.id] = pool }
    }
    return shown.map { line in
      line.form == .campaign ? nil : line.sources.first.flatMap { poolOfSource[$0.id] }
    }
  }

  /// The sources that can be in one pool with some of them.
  private func relatives(of wanted: Set<Int64>) -> [FlaggedSource] {
    let chosen = flagged.sources.filter { wanted.contains($0.id) }
    let hosts = Set(chosen.compactMap(owners.hostOwner))
    let systems = Set(chosen.compactMap { owners.asn($0.address) })
    var networks = Set(chosen.compactMap(\.network))
    // Whether a source counts for its system depends on how many there are in its network.
    if !systems.isEmpty {
      for source in flagged.sources {
        if let system = owners.asn(source.address), systems.contains(system), let network = source.network {
          networks.insert(network)
        }
      }
    }
    return flagged.sources.filter { source in
      source.network.map(networks.contains) ?? false || owners.hostOwner(source).map(hosts.contains) ?? false
        || owners.asn(source.address).map(systems.contains) ?? false
    }
  }
}

/// Ranks lines by threat, messages and name.
///
/// Whether a line is new depends on all reports, so it is only looked up for lines that can be shown; until then, it counts as new if the
/// period does not say otherwise. Names are only made for lines with the same threat and messages.
private struct LineRanking {
  private let lines: [SenderPool]
  private let newest: Int64
  private let first: FirstDays
  private var entries: [Entry]
  /// The first of the entries that are not in the order of their names yet.
  private var unnamed = 0
  /// Lines that turned out not to be new, in order.
  private var demoted: [(place: SenderPlace, line: Int)] = []
  /// The lines after the last one that is shown, and their messages.
  private(set) var omitted: (lines: Int, messages: Int64)

  private struct Entry {
    var threat: Double
    var messages: Int64
    var line: Int
    var isNew: Bool
  }

  init(_ lines: [SenderPool], _ newest: Int64, _ first: FirstDays) throws {
    self.lines = lines
    self.newest = newest
    self.first = first
    entries = lines.indices.map { index in
      let isNew = lines[index].isNew(newest)
      return Entry(
        threat: max(0, lines[index].threat(isNew: isNew)), messages: lines[index].messages, line: index, isNew: isNew)
    }
    entries.sort { ($1.threat, $1.messages) < ($0.threat, $0.messages) }
    omitted = (lines.count, entries.reduce(0) { $0.addingClamped($1.messages) })
  }

  /// The lines of a page.
  mutating func first(_ limit: Int, after: SenderPlace?) throws -> [(pool: SenderPool, threat: Double)] {
    var shown: [(pool: SenderPool, threat: Double)] = []
    while shown.count < limit, let (place, line) = try next() {
      omitted.lines -= 1
      omitted.messages -= place.messages
      guard after?.precedes(place) ?? true else { continue }
      var pool = lines[line]
      try pool.complete { try first.day(ofSource: $0) }
      shown.append((pool, place.threat))
    }
    return shown
  }

  private var position = 0

  private mutating func next() throws -> (place: SenderPlace, line: Int)? {
    while position < entries.count {
      orderByName(at: position)
      let entry = entries[position]
      let place = lines[entry.line].place(entry.threat)
      if let known = demoted.first, known.place.precedes(place) { return demoted.removeFirst() }
      position += 1
      guard entry.isNew, try !isNew(lines[entry.line]) else { return (place, entry.line) }
      let lower = lines[entry.line].place(lines[entry.line].threat(isNew: false))
      let index = demoted.partitioningIndex { lower.precedes($0.place) }
      demoted.insert((lower, entry.line), at: index)
    }
    return demoted.isEmpty ? nil : demoted.removeFirst()
  }

  private func isNew(_ line: SenderPool) throws -> Bool {
    try line.sources.allSatisfy { try first.isNew($0, since: newest.subtractingClamped(SenderPool.newDays - 1)) }
  }

  /// Brings entries with the same threat and messages into the order of their names.
  private mutating func orderByName(at position: Int) {
    guard position >= unnamed else { return }
    var end = position + 1
    while end < entries.count, entries[end].threat == entries[position].threat,
      entries[end].messages == entries[position].messages
    { end += 1 }
    if end > position + 1 {
      let named = entries[position..<end].map { ($0, lines[$0.line].place($0.threat)) }
      entries.replaceSubrange(position..<end, with: named.sorted { $0.1.precedes($1.1) }.map(\.0))
    }
    unnamed = end
  }
}

extension Array {
  /// The first position for whose element a condition holds, if it holds for all elements after that.
  fileprivate func partitioningIndex(_ condition: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
