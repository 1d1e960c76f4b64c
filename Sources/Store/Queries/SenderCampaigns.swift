/// Finds campaigns: many addresses that do the same on the same days, in whatever networks.
struct SenderCampaigns {
  /// The messages of a source under one policy domain on one day.
  struct Appearance: Hashable {
    var source: Int64
    var domain: Int64
    var day: Int64
  }

  private struct Place: Hashable {
    var domain: Int64
    var day: Int64
  }

  private struct Cell {
    var domain: Int64
    var day: Int64
    var sources: Set<Int64>
  }

  /// The sources of each campaign.
  /// - Parameters:
  ///   - appearances: of sources of one kind.
  ///   - least: how many addresses a day must have to belong to a campaign.
  static func find(_ appearances: [Appearance], least: Int) -> [[Int64]] {
    let grouped = Dictionary(grouping: appearances) { Place(domain: $0.domain, day: $0.day) }
    let cells = grouped.values.compactMap { group -> Cell? in
      let sources = Set(group.map(\.source))
      return sources.count >= least ? Cell(domain: group[0].domain, day: group[0].day, sources: sources) : nil
    }.sorted { ($0.domain, $0.day) < ($1.domain, $1.day) }
    guard !cells.isEmpty else { return [] }
    var roots = Array(cells.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while roots[index] != index { index = roots[index] }
      return index
    }
    func join(_ one: Int, _ other: Int) { roots[root(other)] = root(one) }
    func overlap(_ one: Cell, _ other: Cell) -> Bool {
      let (small, large) = one.sources.count < other.sources.count ? (one, other) : (other, one)
      return small.sources.lazy.filter(large.sources.contains).count * 2 >= small.sources.count
    }
    // The same domain, on consecutive days or from the same hosts.
    for index in cells.indices.dropFirst() where cells[index].domain == cells[index - 1].domain {
      let isNext = cells[index].day - cells[index - 1].day <= 1
      if isNext || overlap(cells[index], cells[index - 1]) { join(index - 1, index) }
    }
    // Several domains on one day, from the same hosts.
    for day in Dictionary(grouping: cells.indices, by: { cells[$0].day }).values {
      for (one, other) in zip(day, day.dropFirst()) where overlap(cells[one], cells[other]) { join(one, other) }
    }
    return members(cells, cells.indices.map(root), appearances, least)
  }

  /// A source belongs to the campaign in which it appears at least half of the time.
  private static func members(
    _ cells: [Cell], _ roots: [Int], _ appearances: [Appearance], _ least: Int
  ) -> [[Int64]] {
    let totals = appearances.reduce(into: [Int64: Int]()) { $0[$1.source, default: 0] += 1 }
    // Most sources appear in one campaign only, so that the few others have a table of their own.
    var firsts: [Int64: (campaign: Int, count: Int)] = [:]
    var others: [Int64: [Int: Int]] = [:]
    for (index, cell) in cells.enumerated() {
      for source in cell.sources {
        let first = firsts[source] ?? (roots[index], 0)
        if first.campaign == roots[index] {
          firsts[source] = (first.campaign, first.count + 1)
        } else {
          others[source, default: [:]][roots[index], default: 0] += 1
        }
      }
    }
    var campaigns: [Int: [Int64]] = [:]
    for (source, first) in firsts {
      let counts = (others[source] ?? [:]).map { (campaign: $0.key, count: $0.value) } + [first]
      let most = counts.max { ($0.count, $1.campaign) < ($1.count, $0.campaign) }
      guard let most, most.count * 2 >= totals[source] ?? 0 else { continue }
      campaigns[most.campaign, default: []].append(source)
    }
    return campaigns.sorted { $0.key < $1.key }.map { $0.value.sorted() }.filter { $0.count >= least }
  }
}
