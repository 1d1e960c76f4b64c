import DMARC
import GRDB

/// Folds the sources of each campaign against a policy domain into one line, as `unknown-senders` does for all domains.
struct ReviewFolding {
  private let campaigns: [String: VerdictSeverity.Campaign]
  private let addresses: ReviewAddresses
  private let organisation: (DomainName) -> DomainName?
  /// The organisational domains of all policy domains: their hosts may be the owner's, even if they fail on the day of a campaign.
  private let own: Set<DomainName>

  init(_ db: Database, _ question: ReviewQuestion, _ addresses: ReviewAddresses) throws {
    campaigns = Dictionary(
      question.severities.compactMap { known in known.campaign.map { ("\(known.verdict)/\(known.subtype)", $0) } },
      uniquingKeysWith: { first, _ in first })
    self.addresses = addresses
    organisation = question.organisation
    let names = try String.fetchAll(
      db, sql: "SELECT name FROM domain WHERE id IN (SELECT domain_id FROM policy)")
    own = Set(names.compactMap(DomainName.init).compactMap(question.organisation))
  }

  func fold(_ lines: [ReviewLine]) throws -> [ReviewLine] {
    var folded: [ReviewLine] = []
    var candidates: [String: (least: Int, lines: [Int])] = [:]
    for (index, line) in lines.enumerated() where line.isUnknownIP {
      guard let campaign = campaigns["\(line.kind.verdict)/\(line.kind.subtype)"] else { continue }
      candidates[campaign.name, default: (campaign.least, [])].lines.append(index)
    }
    var taken: Set<Int> = []
    for (_, candidate) in candidates.sorted(by: { $0.key < $1.key }) where candidate.lines.count >= candidate.least {
      for campaign in try find(candidate.lines, in: lines, least: candidate.least) {
        guard let line = ReviewLine.campaign(campaign.map { lines[$0] }) else { continue }
        folded.append(line)
        taken.formUnion(campaign)
      }
    }
    return folded + lines.indices.lazy.filter { !taken.contains($0) }.map { lines[$0] }
  }

  /// The lines of each campaign among some lines of one kind.
  private func find(_ candidates: [Int], in lines: [ReviewLine], least: Int) throws -> [[Int]] {
    let bySource = Dictionary(grouping: candidates) { lines[$0].source }.sorted { $0.key < $1.key }
    var appearances: [SenderCampaigns.Appearance] = []
    for (place, (source, indexes)) in bySource.enumerated() {
      var sum = PeriodSum()
      for index in indexes { sum.add(lines[index].sum) }
      let days = Int64(sum.days.count)
      guard !FlaggedSources.isSteady(days: days, first: sum.days.first, last: sum.range.last) else { continue }
      if let host = try addresses.host(of: source), organisation(host).map(own.contains) ?? false { continue }
      // The lines are all of one policy domain.
      appearances += sum.days.numbers.map {
        SenderCampaigns.Appearance(source: Int32(clamping: place), domain: 0, day: $0)
      }
    }
    return SenderCampaigns.find(appearances, least: least).map { $0.flatMap { bySource[Int($0)].value } }
  }
}
