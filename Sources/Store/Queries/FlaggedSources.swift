import DMARC
import GRDB

/// The sources that need review in a period, each at a place in arrays, in the order of their row ids.
///
/// There may be a million of them, most of which are mentioned once. So a source takes some bytes, and has sums of its own only if it is
/// mentioned more than once.
struct FlaggedSources {
  /// Row ids.
  private(set) var ids: [Int64] = []
  private var mentions: [Mention] = []
  private var sums: [Sum] = []
  /// The policy domains and days of sources with sums; the place of a source is its position in `mentions` while reading.
  private var several: [SenderCampaigns.Appearance] = []
  private var prefixes: [UInt64] = []
  private var areIPv6: [Bool] = []
  private var systems: [UInt32] = []
  private var owners: [Int32] = []
  /// The number of the operator, by place; empty unless sources are grouped by operator.
  private var operatorNumbers: [Int32] = []
  private var operators: SourceOperators?
  private let reader: SumReader
  private let ranks: VerdictRanks
  /// The organisations of the hosts.
  private(set) var ownerNames: [DomainName] = []

  /// The /24 or /64 of an address.
  struct Network: Hashable, Comparable {
    var prefix: UInt64
    var isIPv6: Bool

    init(_ address: IPAddress) { self.init(prefix: address.isIPv6 ? address.high : address.low >> 8, address.isIPv6) }

    init(prefix: UInt64, _ isIPv6: Bool) { (self.prefix, self.isIPv6) = (prefix, isIPv6) }

    static func < (left: Network, right: Network) -> Bool {
      left.isIPv6 == right.isIPv6 ? left.prefix < right.prefix : right.isIPv6
    }

    /// As it is printed.
    var cidr: CIDR? {
      isIPv6
        ? CIDR(IPAddress(v6: prefix, 0), length: 64)
        : CIDR(IPAddress(v4: UInt32(truncatingIfNeeded: prefix << 8)), length: 24)
    }
  }

  /// What is known about a source: one row of a report, or the place of its sum.
  private struct Mention {
    /// The position of the report group; negative: the complement of the position in `sums`.
    var group: Int32
    var messages: UInt32
    /// Row ids of the policy domain and of the kind of flow.
    var domain, kind: Int32
  }

  /// What several rows say about a source.
  fileprivate struct Sum {
    var messages: Int64 = 0
    /// Messages among them with a verdict of negative severity.
    var inDoubt: Int64 = 0
    var seriousMessages: Int64 { messages.subtractingClamped(inDoubt) }
    var reporters = ReporterSet()
    var domains = FewIDs()
    var days = DaySet()
    var range = DayRange()
    /// First day with a report.
    var startDay = Int64.max
    /// Row id of the kind of flow with the most serious verdict.
    var worst: Int64 = 0
  }

  /// Reads them.
  /// - Parameters:
  ///   - chosen: only sources with one of these row ids; nil for all.
  ///   - isIncluded: whether a source with this address, host name and severity counts.
  init(
    _ reader: SumReader, _ severities: [VerdictSeverity], _ owners: SourceOwners, chosen: Set<Int64>? = nil,
    isIncluded: (IPAddress, String?, Int64) -> Bool = { _, _, _ in true }
  ) throws {
    self.reader = reader
    ranks = VerdictRanks(reader.kinds, severities)
    let found = try readMentions(chosen)
    try readAddresses(found, owners, isIncluded)
  }

  // MARK: Reading

  /// Collects the mentions, and returns their positions by row id of the source.
  private mutating func readMentions(_ chosen: Set<Int64>?) throws -> RowNumbers {
    var positions = RowNumbers()
    if let chosen {
      try reader.forEachSum(ofSources: chosen, where: \.isUnknownIP) { flow in
        add(Sum(flow.sum, flow.domain, flow.kindID, ranks), flow.source, &positions)
      }
      return positions
    }
    try reader.forEachFlow(where: \.isUnknownIP) { row in
      let source = row.source
      if let single = single(row), positions[source] == nil {
        positions[source] = mentions.count
        mentions.append(single)
        return
      }
      let sum = row.sum
      guard sum.rows > 0 else { return }
      add(Sum(sum, row.domain, row.kindID, ranks), source, &positions)
      if let position = positions[source] { note(position, row.domain, sum.days) }
    }
    return positions
  }

  /// The mention of a row that one report group accounts for; nil if there are more, or none of them is selected.
  private func single(_ row: SumReader.SumRow) -> Mention? {
    guard let (entry, group) = row.onlyEntry, let messages = UInt32(exactly: entry.messages),
      let domain = Int32(exactly: row.domain), let kind = Int32(exactly: row.kindID)
    else { return nil }
    return Mention(group: group, messages: messages, domain: domain, kind: kind)
  }

  private mutating func add(_ sum: Sum, _ source: Int64, _ positions: inout RowNumbers) {
    guard let position = positions[source] else {
      positions[source] = mentions.count
      mentions.append(mention(ofSum: sums.count))
      sums.append(sum)
      return
    }
    if mentions[position].group >= 0 {
      let known = self.sum(at: position)
      note(position, Int64(mentions[position].domain), known.days)
      mentions[position] = mention(ofSum: sums.count)
      sums.append(known)
    }
    sums[Int(~mentions[position].group)].add(sum, ranks)
  }

  private mutating func note(_ position: Int, _ domain: Int64, _ days: DaySet) {
    for day in days.numbers {
      several.append(SenderCampaigns.Appearance(source: Int32(truncatingIfNeeded: position), domain: domain, day: day))
    }
  }

  private func mention(ofSum position: Int) -> Mention {
    Mention(group: ~Int32(truncatingIfNeeded: position), messages: 0, domain: 0, kind: 0)
  }

  /// Brings the mentions into the order of the sources, and reads addresses and host names.
  private mutating func readAddresses(
    _ positions: RowNumbers, _ owners: SourceOwners, _ isIncluded: (IPAddress, String?, Int64) -> Bool
  ) throws {
    let unordered = mentions
    var placeOfPosition: [Int32] = several.isEmpty ? [] : Array(repeating: -1, count: mentions.count)
    mentions = []
    mentions.reserveCapacity(unordered.count)
    ids.reserveCapacity(unordered.count)
    prefixes.reserveCapacity(unordered.count)
    areIPv6.reserveCapacity(unordered.count)
    operators = try owners.naming.map { try SourceOperators($0, flowsOf: nil) }
    var ownerNumbers: [DomainName: Int32] = [:]
    var all: [Int64] = []
    all.reserveCapacity(unordered.count)
    positions.forEachID { id, _ in all.append(id) }
    try reader.forEachHost(of: all) { id, address, host in
      guard let position = positions[id] else { return }
      mentions.append(unordered[position])
      let place = mentions.count - 1
      guard isIncluded(address, host, severity(place)) else {
        mentions.removeLast()
        return
      }
      ids.append(id)
      if !placeOfPosition.isEmpty { placeOfPosition[position] = Int32(truncatingIfNeeded: place) }
      let network = Network(address)
      prefixes.append(network.prefix)
      areIPv6.append(network.isIPv6)
      if let number = operators?.number(of: address, host: host) {
        operatorNumbers.append(Int32(truncatingIfNeeded: number))
      }
      if let system = owners.asn(address) {
        if systems.count < place { systems += repeatElement(Self.noSystem, count: place - systems.count) }
        systems.append(system)
      }
      if let owner = owners.hostOwner(host) {
        let number = ownerNumbers[owner] ?? Int32(truncatingIfNeeded: ownerNames.count)
        if ownerNumbers.updateValue(number, forKey: owner) == nil { ownerNames.append(owner) }
        if self.owners.count < place { self.owners += repeatElement(-1, count: place - self.owners.count) }
        self.owners.append(number)
      }
    }
    for index in several.indices { several[index].source = placeOfPosition[Int(several[index].source)] }
  }

  private static let noSystem = UInt32.max

  // MARK: Facts

  /// The places.
  var places: Range<Int> { ids.indices }
  /// Whether any source has an autonomous system.
  var haveSystems: Bool { !systems.isEmpty }

  private func facts(_ mention: Mention) -> PeriodGroups.Facts { reader.groups.facts[Int(mention.group)] }

  private func sum(at place: Int) -> Sum {
    let mention = mentions[place]
    guard mention.group >= 0 else { return sums[Int(~mention.group)] }
    let facts = facts(mention)
    var sum = PeriodSum()
    sum.add(
      SumDetail.Entry(group: 0, rows: 1, messages: Int64(mention.messages)), facts, of: ReportMonth(of: facts.day))
    return Sum(sum, Int64(mention.domain), Int64(mention.kind), ranks)
  }

  private func fact<Value>(_ place: Int, _ single: (Mention) -> Value, _ several: (Sum) -> Value) -> Value {
    let mention = mentions[place]
    return mention.group >= 0 ? single(mention) : several(sums[Int(~mention.group)])
  }

  func messages(_ place: Int) -> Int64 { fact(place, { Int64($0.messages) }, \.messages) }
  /// The messages that rank a source. Those of negative severity count only if the source has no others.
  func seriousMessages(_ place: Int) -> Int64 {
    severity(place) < 0 ? messages(place) : fact(place, { Int64($0.messages) }, \.seriousMessages)
  }
  /// The number of reporters, of policy domains and of days.
  func reporters(_ place: Int) -> Int64 { fact(place, { _ in 1 }, { Int64($0.reporters.count) }) }
  func domains(_ place: Int) -> Int64 { fact(place, { _ in 1 }, { Int64($0.domains.count) }) }
  func days(_ place: Int) -> Int64 { fact(place, { _ in 1 }, { Int64($0.days.count) }) }
  /// The first and the last day that reports of the period cover.
  func firstDay(_ place: Int) -> Int64 { fact(place, { facts($0).firstDay }, \.range.first) }
  func lastDay(_ place: Int) -> Int64 { fact(place, { facts($0).lastDay }, \.range.last) }
  func range(_ place: Int) -> DayRange { sum(at: place).range }

  private func rank(_ place: Int) -> VerdictRanks.Rank { ranks[fact(place, { Int64($0.kind) }, \.worst)] }

  /// The most serious of its verdicts: only sources of the same kind are pooled.
  func kind(_ place: Int) -> Int32 { rank(place).name }
  func severity(_ place: Int) -> Int64 { rank(place).severity }
  /// The name of a kind, as `verdict/subtype`.
  var kinds: [String] { ranks.names }

  private static let leastSteadyDays: Int64 = 10

  /// Whether it sends on most days of at least a fortnight: it is never part of a campaign.
  func isSteady(_ place: Int) -> Bool {
    fact(place, { _ in false }, Self.isSteady)
  }

  private static func isSteady(_ sum: Sum) -> Bool {
    isSteady(days: Int64(sum.days.count), first: sum.startDay, last: sum.range.last)
  }

  /// Whether so many days with messages from the first to the last make a source steady.
  static func isSteady(days: Int64, first: Int64, last: Int64) -> Bool {
    days >= leastSteadyDays && days >= last.subtractingClamped(first).addingClamped(1) / 2
  }

  func network(_ place: Int) -> Network { Network(prefix: prefixes[place], areIPv6[place]) }
  /// The autonomous system; nil if it is not known.
  func system(_ place: Int) -> UInt32? {
    place < systems.count && systems[place] != Self.noSystem ? systems[place] : nil
  }
  /// The organisation of the host, as a position in ``ownerNames``; nil if it is not known.
  func owner(_ place: Int) -> Int? { place < owners.count && owners[place] >= 0 ? Int(owners[place]) : nil }

  /// The number and the name of a source's operator; 0 and nil unless sources are grouped by operator.
  func operatorNumber(_ place: Int) -> Int { place < operatorNumbers.count ? Int(operatorNumbers[place]) : 0 }
  func operatorName(_ place: Int) -> String? { operators?.names[operatorNumber(place)] }
  /// Where the name of the operator comes from.
  func operatorBases(_ place: Int) -> [String] { operators?.bases(operatorNumber(place)) ?? [] }

  /// The policy domains and days of some sources, each once.
  func appearances(of chosen: [Int32]) -> [SenderCampaigns.Appearance] {
    var appearances: [SenderCampaigns.Appearance] = []
    appearances.reserveCapacity(chosen.count)
    var areOthers = false
    for place in chosen {
      let mention = mentions[Int(place)]
      if mention.group >= 0 {
        appearances.append(
          SenderCampaigns.Appearance(source: place, domain: Int64(mention.domain), day: facts(mention).day))
      } else {
        areOthers = true
      }
    }
    guard areOthers else { return appearances }
    var isChosen = [Bool](repeating: false, count: ids.count)
    for place in chosen { isChosen[Int(place)] = true }
    return appearances + Set(several.lazy.filter { $0.source >= 0 && isChosen[Int($0.source)] })
  }

  /// The policy domain and the kind of its only flow in the period; nil if it may have several.
  func onlyFlow(_ place: Int) -> (domain: Int64, kind: Int64)? {
    fact(place, { (Int64($0.domain), Int64($0.kind)) }, { _ in nil })
  }

  /// The place of the source with a row id; nil if it does not need review.
  func place(of id: Int64) -> Int? {
    let place = ids.partitioningIndex { $0 >= id }
    return place < ids.count && ids[place] == id ? place : nil
  }
}

extension FlaggedSources.Sum {
  fileprivate init(_ sum: PeriodSum, _ domain: Int64, _ kind: Int64, _ ranks: VerdictRanks) {
    messages = sum.messages
    inDoubt = ranks[kind].severity < 0 ? sum.messages : 0
    reporters = sum.reporters
    domains.insert(domain)
    days = sum.days
    range = sum.range
    startDay = sum.days.first
    worst = kind
  }

  fileprivate mutating func add(_ other: Self, _ ranks: VerdictRanks) {
    messages.addClamped(other.messages)
    inDoubt.addClamped(other.inDoubt)
    reporters.formUnion(other.reporters)
    domains.formUnion(other.domains)
    days.formUnion(other.days)
    range.formUnion(other.range)
    startDay = min(startDay, other.startDay)
    if ranks[other.worst].order > ranks[worst].order { worst = other.worst }
  }
}

/// Few distinct row ids, of which the first is stored in place.
struct FewIDs: Hashable {
  private var first: Int64?
  private var others: Set<Int64> = []

  var count: Int { (first == nil ? 0 : 1) + others.count }

  mutating func insert(_ id: Int64) {
    if first == nil { first = id } else if first != id { others.insert(id) }
  }

  mutating func formUnion(_ other: FewIDs) {
    if let id = other.first { insert(id) }
    for id in other.others { insert(id) }
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first position for whose element a condition holds, if it holds for all elements after that.
  func partitioningIndex(_ condition: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
