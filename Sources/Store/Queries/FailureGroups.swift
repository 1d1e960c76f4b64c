import DMARC
import GRDB

/// Groups failing messages in two passes over the roll-ups: the first sums and ranks all groups, the second collects the details of those
/// that are shown, so many at a time that memory is bounded.
struct FailureGroups {
  private let reader: SumReader
  private let grouping: FailureGrouping
  private var keys: GroupKeys
  /// The networks of the sources, if they are what is grouped by.
  private var networks = SourceNetworks()
  /// The operators of the sources, if groups are operators.
  private var operators: SourceOperators
  /// The number of all groups, and their messages, once they are ranked.
  private(set) var total = (lines: 0, messages: Int64(0))

  /// Groups whose details are collected in one pass.
  private static let page = 30_000

  init(_ reader: SumReader, _ grouping: FailureGrouping, _ naming: SourceNaming) throws {
    self.reader = reader
    self.grouping = grouping
    operators = try SourceOperators(naming, flowsOf: grouping == .operator ? reader : nil)
    keys = try GroupKeys(reader, grouping)
  }

  /// Calls `body` with each group, the largest first.
  mutating func forEachGroup(limit: Int?, _ body: (FailureGroup) throws -> Void) throws {
    let ranked = try rankedKeys(limit)
    for start in stride(from: 0, to: ranked.count, by: Self.page) {
      let page = ranked[start..<min(start + Self.page, ranked.count)]
      var details = try details(Set(page.map(\.id)))
      for key in page {
        guard var group = try details.removeValue(forKey: key.id)?.result(key.text, reader) else { continue }
        if grouping == .operator { group.namedBy = operators.bases(Int(key.id)) }
        try body(group)
      }
    }
  }

  private mutating func rankedKeys(_ limit: Int?) throws -> [(id: Int64, text: String, messages: Int64)] {
    var (sums, declared) = (RowSums(), RowSums())
    try reader.forEachFlow(where: \.fails) { row in
      if grouping == .reporter {
        row.forEachEntry { entry, facts in
          if facts.isSelected { sums.add(entry.messages, to: facts.reporter) }
        }
      } else if grouping == .operator, let sender = operators.declared(row.flow) {
        if let messages = row.messages { declared.add(messages, to: Int64(sender)) }
      } else if let messages = row.messages, let key = try keys.key(of: row) {
        sums.add(messages, to: key)
      }
    }
    if grouping == .operator { sums = try operatorSums(ofSources: sums, declared) }
    // Only those that can be shown need a name; equal sums are in the order of the names.
    var largest = LargestSums(limit)
    if grouping == .network {
      networks = try SourceNetworks(sums, reader)
      networks.forEachSum(sums) { add($0, $1, to: &largest) }
    } else {
      sums.forEachSum { add($0, $1, to: &largest) }
    }
    let named = try largest.result().map { (id: $0.id, text: try text(of: $0.id), messages: $0.messages) }
    // Pages depend on the order of the bytes, as SQLite compares texts.
    let sorted = named.sorted { one, other in
      one.messages != other.messages
        ? one.messages > other.messages : one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
    }
    return limit.map { Array(sorted.prefix($0)) } ?? sorted
  }

  /// The messages of each operator.
  /// - Parameters:
  ///   - sums: messages by source, without those of known senders.
  ///   - declared: messages of known senders, by the number of the operator.
  private mutating func operatorSums(ofSources sums: RowSums, _ declared: RowSums) throws -> RowSums {
    var sources: [Int64] = []
    sources.reserveCapacity(sums.count)
    sums.forEachSum { id, _ in sources.append(id) }
    try operators.name(sources, reader)
    var result = declared
    sums.forEachSum { id, messages in
      if let number = operators.number(ofFlow: 0, source: id) { result.add(messages, to: Int64(number)) }
    }
    return result
  }

  private func text(of key: Int64) throws -> String {
    grouping == .operator ? operators.names[Int(key)] : try keys.text(of: key)
  }

  /// The group of a row, once the groups are ranked; not used for reporters.
  private mutating func group(of row: SumReader.SumRow) throws -> Int64? {
    switch grouping {
    case .network: networks.network(of: row.source)
    case .operator: operators.number(ofFlow: row.flow, source: row.source).map { Int64($0) }
    default: try keys.key(of: row)
    }
  }

  private mutating func add(_ id: Int64, _ messages: Int64, to largest: inout LargestSums) {
    total.lines += 1
    total.messages.addClamped(messages)
    largest.add(id, messages)
  }

  /// Up to this number of sources, their flows are looked up instead of read with all others.
  private static let fewSources = 1_000

  private mutating func details(_ page: Set<Int64>) throws -> [Int64: FailureDetails] {
    var details: [Int64: FailureDetails] = [:]
    let sources = grouping == .source ? Array(page) : grouping == .network ? networks.sources(of: page) : nil
    if let sources, sources.count <= Self.fewSources {
      let sums = try FlowSums(reader)
      for place in try FlowSums.places(reader.db, "flow.source_id IN \(SQL.list(sources))") {
        guard let kind = reader.kinds.byID[place.kind], kind.fails, let sum = try sums.sum(place) else { continue }
        let flow = try sums.flow(place.flow)
        let key = grouping == .network ? networks.network(of: flow.source) : flow.source
        if let key { details[key, default: FailureDetails()].add(place.kind, sum, flow, place.flow, reader) }
      }
      return details
    }
    try reader.forEachFlow(where: \.fails) { row in
      if grouping == .reporter {
        var sums: [Int64: PeriodSum] = [:]
        row.forEachEntry { entry, facts in
          guard facts.isSelected, page.contains(facts.reporter) else { return }
          sums[facts.reporter, default: PeriodSum()].add(entry, facts, of: row.month)
        }
        for (reporter, sum) in sums {
          details[reporter, default: FailureDetails()].add(row.kindID, sum, row.columns, row.flow, reader)
        }
      } else if let key = try group(of: row), page.contains(key) {
        let sum = row.sum
        if sum.rows > 0 {
          details[key, default: FailureDetails()].add(row.kindID, sum, row.columns, row.flow, reader)
        }
      }
    }
    return details
  }
}

/// What is known about a group before its texts are looked up.
struct FailureDetails {
  private var sum = PeriodSum()
  private var messagesByKind = KindSums()
  private var sources = RowSet()
  private var outcomes = RowSet()
  /// Empty if there are no known senders.
  private var flows: [Int64] = []

  mutating func add(
    _ kindID: Int64, _ sum: PeriodSum, _ columns: DetailTable.FlowColumns, _ flow: Int64, _ reader: SumReader
  ) {
    self.sum.add(sum)
    messagesByKind.add(sum.messages, to: kindID)
    sources.insert(columns.source)
    outcomes.insert(columns.outcome)
    if reader.hasKnownSenders { flows.append(flow) }
  }

  func result(_ key: String, _ reader: SumReader) throws -> FailureGroup {
    let texts = try OutcomeTexts(outcomes, reader.outcomeTexts)
    var (blocked, unknown): (Int64, Int64) = (0, 0)
    var verdicts: Set<String> = []
    for (id, messages) in messagesByKind.all {
      guard let kind = reader.kinds.byID[id] else { continue }
      if kind.isBlocked { blocked.addClamped(messages) }
      if kind.isUnknownIP { unknown.addClamped(messages) }
      if !kind.verdict.isEmpty { verdicts.insert("\(kind.verdict)/\(kind.subtype)") }
    }
    return FailureGroup(
      key: key, messages: sum.messages, blocked: blocked, unknown: unknown, sources: Int64(sources.count),
      reporters: try reader.names(sum.reporters), headerFroms: texts.headerFroms,
      spf: try texts.spf.flatMap(OutcomeColumns.spf), dkim: try texts.dkim.flatMap(OutcomeColumns.dkim),
      verdicts: verdicts.sorted(), knownSenders: try reader.knownSenders(ofFlows: flows),
      firstDay: CalendarDay(number: sum.range.first), lastDay: CalendarDay(number: sum.range.last))
  }
}

/// Messages by the kind of flow. A group has few kinds.
struct KindSums {
  private(set) var all: [(id: Int64, messages: Int64)] = []

  mutating func add(_ messages: Int64, to id: Int64) {
    for index in all.indices where all[index].id == id {
      all[index].messages.addClamped(messages)
      return
    }
    all.append((id, messages))
  }
}

/// What failing messages are grouped by, as one number for each group.
private struct GroupKeys {
  private let grouping: FailureGrouping
  private let readFrom, readText, readName, readReporter: RawStatement
  private var fromOfOutcome = RowNumbers()
  private var verdictNames: [String] = []
  /// By row id of the kind.
  private var verdictOfKind: [Int64: Int64] = [:]

  init(_ reader: SumReader, _ grouping: FailureGrouping) throws {
    self.grouping = grouping
    readFrom = try RawStatement(reader.db, "SELECT header_from_id FROM outcome WHERE id = ?")
    readText = try RawStatement(reader.db, "SELECT text FROM source WHERE id = ?")
    readName = try RawStatement(reader.db, "SELECT name FROM domain WHERE id = ?")
    readReporter = try RawStatement(reader.db, "SELECT name FROM reporter WHERE id = ?")
    var numbers: [String: Int64] = [:]
    for (id, kind) in reader.kinds.byID {
      let name = kind.verdict.isEmpty ? "not judged" : "\(kind.verdict)/\(kind.subtype)"
      let number = numbers[name] ?? Int64(verdictNames.count)
      if numbers.updateValue(number, forKey: name) == nil { verdictNames.append(name) }
      verdictOfKind[id] = number
    }
  }

  /// The group of a row, or its source, from whose sums those of the networks are made; not for reporters, of which a row has several.
  mutating func key(of row: SumReader.SumRow) throws -> Int64? {
    switch grouping {
    case .source, .network, .operator: return row.source
    case .reporter: return nil
    case .verdict: return verdictOfKind[row.kindID]
    case .headerFrom:
      let outcome = row.outcome
      if let known = fromOfOutcome[outcome] { return Int64(known) }
      readFrom.bind(outcome, at: 1)
      let from = try readFrom.firstInteger() ?? 0
      fromOfOutcome[outcome] = Int(from)
      return from
    }
  }

  /// The text of a group.
  func text(of key: Int64) throws -> String {
    let statement: RawStatement
    switch grouping {
    case .network: return SourceNetwork.text(key)
    case .verdict: return verdictNames[Int(key)]
    case .source, .operator: statement = readText
    case .headerFrom: statement = readName
    case .reporter: statement = readReporter
    }
    statement.bind(key, at: 1)
    return try statement.first { $0.text(at: 0) ?? "" } ?? ""
  }
}

/// The networks of sources.
private struct SourceNetworks {
  private struct Member {
    var network, source: Int64
  }

  /// In the order of the networks.
  private var members: [Member] = []
  private var networkOfSource: [Int64: Int64] = [:]

  /// None.
  init() {}

  /// - Parameter sums: by source.
  init(_ sums: RowSums, _ reader: SumReader) throws {
    var sources: [Int64] = []
    sources.reserveCapacity(sums.count)
    sums.forEachSum { id, _ in sources.append(id) }
    members.reserveCapacity(sources.count)
    try reader.forEachAddress(of: sources) { id, address in
      members.append(Member(network: SourceNetwork.number(of: address), source: id))
    }
    members.sort { ($0.network, $0.source) < ($1.network, $1.source) }
  }

  /// Calls `body` with the sum of each network.
  /// - Parameter sums: messages by source.
  func forEachSum(_ sums: RowSums, _ body: (Int64, Int64) throws -> Void) rethrows {
    var start = 0
    while start < members.count {
      let network = members[start].network
      var sum: Int64 = 0
      while start < members.count, members[start].network == network {
        sum.addClamped(sums[members[start].source] ?? 0)
        start += 1
      }
      try body(network, sum)
    }
  }

  /// The sources of some networks, which ``network(of:)`` knows from then on.
  mutating func sources(of networks: Set<Int64>) -> [Int64] {
    networkOfSource = [:]
    for member in members where networks.contains(member.network) {
      networkOfSource[member.source] = member.network
    }
    return networkOfSource.keys.sorted()
  }

  /// The network of a source; nil if it is not one of those that were asked for.
  func network(of source: Int64) -> Int64? { networkOfSource[source] }
}
