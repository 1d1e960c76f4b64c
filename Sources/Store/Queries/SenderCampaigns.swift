import DMARC

/// Finds campaigns: many addresses that do the same on the same days, in whatever networks.
struct SenderCampaigns {
  /// The messages of a source under one policy domain on one day.
  struct Appearance: Hashable {
    /// The source as a small number.
    var source: Int32
    /// Row id of the policy domain.
    var domain: Int32
    var day: Int32

    /// Row ids and days beyond 32 bits do not occur in reports that could be; they are told apart less exactly.
    init(source: Int32, domain: Int64, day: Int64) {
      self.source = source
      self.domain = Int32(truncatingIfNeeded: domain)
      self.day = Int32(clamping: day)
    }
  }

  /// The sources that appear under one policy domain on one day.
  private struct Cell {
    var domain, day: Int32
    /// Where they are in the list of all appearances, in ascending order.
    var range: Range<Int>
  }

  private let appearances: [Appearance]
  private var cells: [Cell] = []
  /// A tree for each campaign, whose root is its first cell.
  private var roots: [Int] = []

  /// The sources of each campaign.
  /// - Parameters:
  ///   - appearances: of sources of one kind, each once.
  ///   - least: how many addresses a day must have to belong to a campaign.
  static func find(_ appearances: consuming [Appearance], least: Int) -> [[Int32]] {
    var campaigns = SenderCampaigns(appearances, least)
    campaigns.joinCells()
    return campaigns.members(least)
  }

  private init(_ unordered: consuming [Appearance], _ least: Int) {
    // There may be a million; they are sorted in place.
    var ordered = consume unordered
    ordered.sort { ($0.domain, $0.day, $0.source) < ($1.domain, $1.day, $1.source) }
    appearances = ordered
    var start = 0
    while start < ordered.count {
      let (domain, day) = (ordered[start].domain, ordered[start].day)
      var end = start + 1
      while end < ordered.count, ordered[end].domain == domain, ordered[end].day == day { end += 1 }
      if end - start >= least { cells.append(Cell(domain: domain, day: day, range: start..<end)) }
      start = end
    }
    roots = Array(cells.indices)
  }

  private func root(_ index: Int) -> Int {
    var index = index
    while roots[index] != index { index = roots[index] }
    return index
  }

  private mutating func join(_ one: Int, _ other: Int) {
    let (one, other) = (root(one), root(other))
    roots[max(one, other)] = min(one, other)
  }

  private func overlap(_ one: Cell, _ other: Cell) -> Bool {
    var (position, end) = (other.range.lowerBound, other.range.upperBound)
    var common = 0
    for index in one.range {
      let source = appearances[index].source
      while position < end, appearances[position].source < source { position += 1 }
      guard position < end else { break }
      if appearances[position].source == source { common += 1 }
    }
    end = min(one.range.count, other.range.count)
    return common * 2 >= end
  }

  private mutating func joinCells() {
    // The same domain, on consecutive days or from the same hosts.
    for index in cells.indices.dropFirst() where cells[index].domain == cells[index - 1].domain {
      let isNext = cells[index].day.subtractingClamped(cells[index - 1].day) <= 1
      if isNext || overlap(cells[index], cells[index - 1]) { join(index - 1, index) }
    }
    // Several domains on one day, from the same hosts.
    for day in Dictionary(grouping: cells.indices, by: { cells[$0].day }).values {
      for (one, other) in zip(day, day.dropFirst()) where overlap(cells[one], cells[other]) { join(one, other) }
    }
  }

  /// A source belongs to the campaign in which it appears at least half of the time.
  private func members(_ least: Int) -> [[Int32]] {
    guard !cells.isEmpty, let last = appearances.lazy.map(\.source).max(), last >= 0 else { return [] }
    var totals = [Int32](repeating: 0, count: Int(last) + 1)
    for appearance in appearances { totals[Int(appearance.source)] += 1 }
    // Most sources appear in one campaign only, so that the few others have a table of their own.
    var firsts = [Int32](repeating: -1, count: totals.count)
    var counts = [Int32](repeating: 0, count: totals.count)
    var others: [Int32: [Int32: Int32]] = [:]
    for (index, cell) in cells.enumerated() {
      let campaign = Int32(truncatingIfNeeded: root(index))
      for appearance in appearances[cell.range] {
        let source = Int(appearance.source)
        if firsts[source] < 0 { firsts[source] = campaign }
        if firsts[source] == campaign {
          counts[source] += 1
        } else {
          others[appearance.source, default: [:]][campaign, default: 0] += 1
        }
      }
    }
    var campaigns: [Int32: [Int32]] = [:]
    for source in firsts.indices where firsts[source] >= 0 {
      let number = Int32(truncatingIfNeeded: source)
      var most = (campaign: firsts[source], count: counts[source])
      for (campaign, count) in others[number] ?? [:]
      where count > most.count || (count == most.count && campaign < most.campaign) {
        most = (campaign, count)
      }
      if most.count * 2 >= totals[source] { campaigns[most.campaign, default: []].append(number) }
    }
    return campaigns.sorted { $0.key < $1.key }.map(\.value).filter { $0.count >= least }
  }
}
