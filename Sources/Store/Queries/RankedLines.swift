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
  private let pools: [SenderPool]

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
    pools = SenderPool.fold(flagged.sources, owners)
    lines =
      isFolded
      ? try Self.lines(reader, flagged, pools, severities, owners) : flagged.sources.map { SenderPool($0) }
  }

  /// Each campaign as one line, and the other sources by pool.
  private static func lines(
    _ reader: SumReader, _ flagged: FlaggedSources, _ pools: [SenderPool], _ severities: [VerdictSeverity],
    _ owners: SourceOwners
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
      !source.isSteady && kinds[source.kind] != nil && !(owners.hostOwner(source).map(own.contains) ?? false)
    }
    let groups = Dictionary(grouping: candidates) { kinds[$0.kind] }
    var campaigns: [SenderPool] = []
    var taken: Set<Int64> = []
    for (kind, members) in groups.sorted(by: { ($0.key?.name ?? "") < ($1.key?.name ?? "") }) {
      guard let kind, members.count >= kind.least else { continue }
      let byID = Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0) })
      for campaign in SenderCampaigns.find(try appearances(reader, byID), least: kind.least) {
        campaigns.append(SenderPool.campaign(campaign.compactMap { byID[$0] }, owners))
        taken.formUnion(campaign)
      }
    }
    if taken.isEmpty { return pools }
    return campaigns + SenderPool.fold(flagged.sources.filter { !taken.contains($0.id) }, owners)
  }

  private static func appearances(
    _ reader: SumReader, _ sources: [Int64: FlaggedSource]
  ) throws -> [SenderCampaigns.Appearance] {
    var found: Set<SenderCampaigns.Appearance> = []
    try reader.forEachFlow(where: \.isUnknownIP) { row in
      guard let source = sources[row.source] else { return }
      for day in row.sum.days.numbers {
        found.insert(SenderCampaigns.Appearance(source: source.id, domain: row.domain, day: day))
      }
    }
    return Array(found)
  }

  /// The lines up to the limit of the filter.
  func result() throws -> RankedSenders {
    let ranked = try ranked()
    let shown = ranked.prefix(reader.filter.limit ?? ranked.count)
    let rest = ranked.dropFirst(shown.count)
    let poolOfSource = Dictionary(
      shown.isEmpty ? [] : pools.flatMap { pool in pool.sources.map { ($0.id, pool) } }, uniquingKeysWith: { $1 })
    let parts = shown.map { line -> (line: SenderPool, pool: SenderPool?) in
      (line.pool, line.pool.form == .campaign ? nil : line.pool.sources.first.flatMap { poolOfSource[$0.id] })
    }
    var senders: [UnknownSender] = []
    for start in stride(from: 0, to: parts.count, by: Self.page) {
      let page = start..<min(start + Self.page, parts.count)
      var details = LineDetails(reader)
      try details.read(Array(parts[page]))
      for index in page {
        senders.append(try details.sender(index - start, parts[index].line, shown[index].threat))
      }
    }
    return RankedSenders(
      lines: senders, omittedLines: rest.count,
      omittedMessages: rest.reduce(0) { $0.addingClamped($1.pool.messages) }, acknowledged: acknowledged)
  }

  /// Lines whose details are read in one pass.
  private static let page = 20_000

  /// Whether a line is new depends on all reports, so it is only looked up for lines that can be shown.
  private func ranked() throws -> [(pool: SenderPool, threat: Double)] {
    let first = try FirstDays(reader.db)
    var ranked = lines.map { (pool: $0, threat: $0.threat(newest)) }
    func sort() {
      ranked.sort { ($1.threat, $1.pool.messages, $0.pool.name) < ($0.threat, $0.pool.messages, $1.pool.name) }
    }
    sort()
    guard let limit = reader.filter.limit, limit > 0 else {
      for index in ranked.indices { try complete(&ranked[index], first) }
      sort()
      return ranked
    }
    // A threat can only get smaller by this, so lines move back until those in front are all known.
    var known = 0
    while known < min(limit, ranked.count) {
      let before = ranked[known].threat
      try complete(&ranked[known], first)
      if ranked[known].threat < before {
        let line = ranked.remove(at: known)
        let place = ranked[known...].firstIndex { other in
          (other.threat, other.pool.messages, line.pool.name) < (line.threat, line.pool.messages, other.pool.name)
        }
        ranked.insert(line, at: place ?? ranked.count)
      } else {
        known += 1
      }
    }
    return ranked
  }

  private func complete(_ line: inout (pool: SenderPool, threat: Double), _ first: FirstDays) throws {
    guard !line.pool.isComplete else { return }
    try line.pool.complete { try first.day(ofSource: $0) }
    line.threat = line.pool.threat(newest)
  }
}
