import DMARC
import GRDB

/// A source address that needs review, with the numbers that rank it.
struct FlaggedSource {
  /// Row id.
  let id: Int64
  let address: IPAddress
  let host: String?
  /// The most serious of its verdicts, as a position in ``FlaggedSources/kinds``: only sources of the same kind are pooled.
  let kind: Int32
  let severity: Int64
  let messages, reporters, domains, days, lastDay: Int64
  /// The first day on which it was ever reported. Unless that matters, one within the period.
  var firstDay: Int64
  /// Whether it sends on most days of at least a fortnight: it is never part of a campaign.
  let isSteady: Bool

  private static let leastSteadyDays: Int64 = 10

  fileprivate init(
    id: Int64, address: IPAddress, host: String?, _ sum: FlaggedSources.Sum, _ kind: (name: Int, severity: Int64)
  ) {
    self.id = id
    self.address = address
    self.host = host
    self.kind = Int32(truncatingIfNeeded: kind.name)
    severity = kind.severity
    messages = sum.messages
    reporters = Int64(sum.reporters.count)
    domains = Int64(sum.domains.count)
    days = Int64(sum.days.count)
    firstDay = sum.range.first
    lastDay = sum.range.last
    isSteady = Self.isSteady(days: days, first: sum.startDay, last: lastDay)
  }

  private static func isSteady(days: Int64, first: Int64, last: Int64) -> Bool {
    days >= leastSteadyDays && days >= last.subtractingClamped(first).addingClamped(1) / 2
  }

  /// Whether a source with these messages sends on most days of at least a fortnight.
  static func isSteady(_ sum: PeriodSum) -> Bool {
    isSteady(days: Int64(sum.days.count), first: sum.days.first, last: sum.range.last)
  }

  /// The /24 or /64 of the address.
  var network: CIDR? { CIDR(address, length: address.isIPv6 ? 64 : 24) }
}

/// The sources that need review in a period.
struct FlaggedSources {
  private(set) var sources: [FlaggedSource] = []
  /// The verdicts, as `verdict/subtype`.
  private(set) var kinds: [String] = []

  /// What is known about a source.
  fileprivate struct Sum {
    var messages: Int64 = 0
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
  /// - Parameter chosen: only sources with one of these row ids; nil for all.
  init(_ reader: SumReader, _ severities: [VerdictSeverity], chosen: Set<Int64>? = nil) throws {
    let ranks = ranks(reader.kinds, severities)
    var places = RowNumbers()
    var ids: [Int64] = []
    var sums: [Sum] = []
    try reader.forEachSum(ofSources: chosen, where: \.isUnknownIP) { flow in
      let place = places[flow.source] ?? sums.count
      if place == sums.count {
        places[flow.source] = place
        ids.append(flow.source)
        sums.append(Sum())
      }
      Self.add(flow, ranks, &sums[place])
    }
    let hosts = try reader.hosts()
    sources.reserveCapacity(sums.count)
    ids.sort()
    try reader.forEachAddress(of: ids) { id, address in
      guard let place = places[id], let rank = ranks[sums[place].worst] else { return }
      let sum = sums[place]
      sources.append(FlaggedSource(id: id, address: address, host: hosts[id], sum, (rank.name, rank.severity)))
    }
  }

  private static func add(
    _ flow: FlowSum, _ ranks: [Int64: (name: Int, severity: Int64, order: Int)], _ total: inout Sum
  ) {
    let sum = flow.sum
    total.messages.addClamped(sum.messages)
    total.reporters.formUnion(sum.reporters)
    total.domains.insert(flow.domain)
    total.days.formUnion(sum.days)
    total.range.formUnion(sum.range)
    total.startDay = min(total.startDay, sum.days.first)
    if total.worst == 0 || (ranks[flow.kindID]?.order ?? 0) > (ranks[total.worst]?.order ?? 0) {
      total.worst = flow.kindID
    }
  }

  /// By kind of flow: the name of its verdict, its severity, and its place in the order from harmless to serious.
  private mutating func ranks(
    _ kinds: FlowKinds, _ severities: [VerdictSeverity]
  ) -> [Int64: (name: Int, severity: Int64, order: Int)] {
    let known = Dictionary(
      severities.map { ("\($0.verdict)/\($0.subtype)", $0.severity) }, uniquingKeysWith: { first, _ in first })
    let named = kinds.byID.filter(\.value.isUnknownIP).map { id, kind in
      let name = "\(kind.verdict)/\(kind.subtype)"
      return (id: id, name: name, severity: known[name] ?? 0)
    }
    self.kinds = Set(named.map(\.name)).sorted()
    let places = Dictionary(uniqueKeysWithValues: self.kinds.enumerated().map { ($1, $0) })
    let sorted = named.sorted { ($0.severity, $0.name) < ($1.severity, $1.name) }
    var result: [Int64: (name: Int, severity: Int64, order: Int)] = [:]
    for (order, kind) in sorted.enumerated() { result[kind.id] = (places[kind.name] ?? 0, kind.severity, order) }
    return result
  }

  /// Leaves out the sources for which a condition holds.
  mutating func removeAll(where condition: (FlaggedSource) throws -> Bool) rethrows {
    try sources.removeAll(where: condition)
  }

  /// Looks up on which day sources were first reported at all, for those that were not reported before a day of the period.
  mutating func findFirstDays(after day: Int64, _ db: Database) throws {
    let first = try FirstDays(db)
    for index in sources.indices where sources[index].firstDay > day {
      sources[index].firstDay = min(sources[index].firstDay, try first.day(ofSource: sources[index].id) ?? .max)
    }
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
}

/// The first day that reports about a source cover, of all reports.
struct FirstDays {
  private let flows, months, detail: RawStatement
  private let group: RawStatement

  init(_ db: Database) throws {
    flows = try RawStatement(
      db,
      "SELECT flow.id, flow.kind_id, policy.domain_id FROM flow JOIN policy ON policy.id = policy_id WHERE source_id = ?"
    )
    months = try RawStatement(db, "SELECT month FROM domain_month WHERE domain_id = ? AND kind_id = ?")
    detail = try RawStatement(
      db, "SELECT detail FROM flow_month WHERE month = ? AND kind_id = ? AND domain_id = ? AND flow_id = ?")
    group = try RawStatement(db, "SELECT first_day, last_day, impossible FROM report_group WHERE id = ?")
  }

  /// Whether no report mentions a source before a day; it must be mentioned at all.
  func isNew(_ source: FlaggedSource, since day: Int64) throws -> Bool {
    source.firstDay >= day ? try self.day(ofSource: source.id) ?? .max >= day : false
  }

  /// The day; nil if no report mentions the source.
  func day(ofSource id: Int64) throws -> Int64? {
    var found: [(flow: Int64, kind: Int64, domain: Int64)] = []
    flows.bind(id, at: 1)
    try flows.eachRow { found.append(($0.integer(at: 0), $0.integer(at: 1), $0.integer(at: 2))) }
    var range = DayRange()
    for flow in found {
      var all: [Int64] = []
      months.bind(flow.domain, at: 1)
      months.bind(flow.kind, at: 2)
      try months.eachRow { all.append($0.integer(at: 0)) }
      for month in all { try add(month, flow, to: &range) }
    }
    return range.isEmpty ? nil : range.first
  }

  private func add(
    _ month: Int64, _ flow: (flow: Int64, kind: Int64, domain: Int64), to range: inout DayRange
  ) throws {
    for (index, value) in [month, flow.kind, flow.domain, flow.flow].enumerated() {
      detail.bind(value, at: Int32(index + 1))
    }
    let entries = try detail.first { $0.withBytes(at: 0) { SumDetail($0).entries } } ?? []
    for entry in entries {
      group.bind(entry.group, at: 1)
      let days = try group.first { ($0.integer(at: 0), $0.integer(at: 1), $0.integer(at: 2) != 0) }
      if let days { range.add(days.0, days.1, isImpossible: days.2) }
    }
  }
}

extension SumReader {
  /// Forward-confirmed host names by the row id of the source.
  func hosts() throws -> [Int64: String] {
    let statement = try RawStatement(db, "SELECT source_id, host FROM source_host WHERE host IS NOT NULL")
    var hosts: [Int64: String] = [:]
    try statement.eachRow { hosts[$0.integer(at: 0)] = $0.text(at: 1) }
    return hosts
  }

  /// Calls `body` with the address of each source; the row ids must be in ascending order.
  func forEachAddress(of sources: [Int64], _ body: (Int64, IPAddress) throws -> Void) throws {
    guard let first = sources.first, let last = sources.last else { return }
    func address(_ row: RawStatement, _ column: Int32) throws -> IPAddress {
      let address = row.withBytes(at: column) { IPAddress(networkBytes: Array($0)) }
      guard let address else {
        throw StoreError("a source address in the database is not valid", remedy: .checkDatabase)
      }
      return address
    }
    // Reading all in order is faster than looking most of them up.
    guard Int64(sources.count) > last.subtractingClamped(first) / 8 else {
      let statement = try RawStatement(db, "SELECT address FROM source WHERE id = ?")
      for id in sources {
        statement.bind(id, at: 1)
        if let found = try statement.first({ try address($0, 0) }) { try body(id, found) }
      }
      return
    }
    let statement = try RawStatement(db, "SELECT id, address FROM source WHERE id BETWEEN ? AND ? ORDER BY id")
    statement.bind(first, at: 1)
    statement.bind(last, at: 2)
    var position = 0
    try statement.eachRow { row in
      let id = row.integer(at: 0)
      while position < sources.count, sources[position] < id { position += 1 }
      if position < sources.count, sources[position] == id { try body(id, address(row, 1)) }
    }
  }
}
