import DMARC
import GRDB

/// Groups failing messages in two passes over the roll-ups: the first sums and ranks all groups, the second collects the details of those
/// that are shown, so many at a time that memory is bounded.
struct FailureGroups {
  private let reader: SumReader
  private let grouping: FailureGrouping
  private var keys: GroupKeys

  /// Groups whose details are collected in one pass.
  private static let page = 40_000

  init(_ reader: SumReader, _ grouping: FailureGrouping) throws {
    self.reader = reader
    self.grouping = grouping
    keys = try GroupKeys(reader, grouping)
  }

  /// Calls `body` with each group, the largest first.
  mutating func forEachGroup(limit: Int?, _ body: (FailureGroup) throws -> Void) throws {
    let ranked = try rankedKeys(limit)
    for start in stride(from: 0, to: ranked.count, by: Self.page) {
      let page = ranked[start..<min(start + Self.page, ranked.count)]
      var details = try details(Set(page.map(\.id)))
      for key in page {
        guard let group = details.removeValue(forKey: key.id) else { continue }
        try body(try group.result(key.text, reader))
      }
    }
  }

  private mutating func rankedKeys(_ limit: Int?) throws -> [(id: Int64, text: String, messages: Int64)] {
    var sums = RowSums()
    try reader.forEachFlow(where: \.fails) { row in
      if grouping == .reporter {
        row.forEachEntry { entry, facts in
          if facts.isSelected { sums.add(entry.messages, to: facts.reporter) }
        }
      } else if let messages = row.messages, let key = try keys.key(of: row) {
        sums.add(messages, to: key)
      }
    }
    // Only those that can be shown need a name; equal sums are in the order of the names.
    var candidates = sums.all
    if let limit, candidates.count > limit {
      candidates.sort { $0.messages > $1.messages }
      let least = limit > 0 ? candidates[limit - 1].messages : .max
      candidates = Array(candidates.prefix { $0.messages >= least })
    }
    let named = try candidates.map { (id: $0.id, text: try keys.text(of: $0.id), messages: $0.messages) }
    // Pages depend on the order of the bytes, as SQLite compares texts.
    let sorted = named.sorted { one, other in
      one.messages != other.messages
        ? one.messages > other.messages : one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
    }
    return limit.map { Array(sorted.prefix($0)) } ?? sorted
  }

  /// Up to this number of sources, their flows are looked up instead of read with all others.
  private static let fewSources = 1_000

  private mutating func details(_ page: Set<Int64>) throws -> [Int64: FailureDetails] {
    var details: [Int64: FailureDetails] = [:]
    if grouping == .source, page.count <= Self.fewSources {
      let sums = try FlowSums(reader)
      for place in try FlowSums.places(reader.db, "flow.source_id IN \(SQL.list(page))") {
        guard let kind = reader.kinds.byID[place.kind], kind.fails, let sum = try sums.sum(place) else { continue }
        let flow = try sums.flow(place.flow)
        details[flow.source, default: FailureDetails()].add(kind, sum, flow, place.flow)
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
          details[reporter, default: FailureDetails()].add(row.kind, sum, row.columns, row.flow)
        }
      } else if let key = try keys.key(of: row), page.contains(key) {
        let sum = row.sum
        if sum.rows > 0 { details[key, default: FailureDetails()].add(row.kind, sum, row.columns, row.flow) }
      }
    }
    return details
  }
}

/// What is known about a group before its texts are looked up.
struct FailureDetails {
  private var sum = PeriodSum()
  private var blocked: Int64 = 0
  private var unknown: Int64 = 0
  private var sources: Set<Int64> = []
  private var outcomes: Set<Int64> = []
  private var flows: [Int64] = []
  private var verdicts: Set<FlowKind> = []

  mutating func add(_ kind: FlowKind, _ sum: PeriodSum, _ columns: DetailTable.FlowColumns, _ flow: Int64) {
    self.sum.add(sum)
    if kind.isBlocked { blocked.addClamped(sum.messages) }
    if kind.isUnknownIP { unknown.addClamped(sum.messages) }
    sources.insert(columns.source)
    outcomes.insert(columns.outcome)
    flows.append(flow)
    if !kind.verdict.isEmpty { verdicts.insert(kind) }
  }

  func result(_ key: String, _ reader: SumReader) throws -> FailureGroup {
    let texts = try OutcomeTexts(outcomes, reader.outcomeTexts)
    return FailureGroup(
      key: key, messages: sum.messages, blocked: blocked, unknown: unknown, sources: Int64(sources.count),
      reporters: try reader.names(sum.reporters), headerFroms: texts.headerFroms,
      spf: try texts.spf.flatMap(OutcomeColumns.spf), dkim: try texts.dkim.flatMap(OutcomeColumns.dkim),
      verdicts: Set(verdicts.map { "\($0.verdict)/\($0.subtype)" }).sorted(),
      knownSenders: try reader.knownSenders(ofFlows: flows),
      firstDay: CalendarDay(number: sum.range.first), lastDay: CalendarDay(number: sum.range.last))
  }
}

/// What failing messages are grouped by, as one number for each group.
private struct GroupKeys {
  private let reader: SumReader
  private let grouping: FailureGrouping
  private let readAddress, readFrom, readText, readName, readReporter: RawStatement
  private var networks: [String: Int64] = [:]
  private var networkNames: [String] = []
  private var networkOfSource = RowNumbers()
  private var fromOfOutcome = RowNumbers()
  private var verdicts: [String: Int64] = [:]
  private var verdictNames: [String] = []

  init(_ reader: SumReader, _ grouping: FailureGrouping) throws {
    self.reader = reader
    self.grouping = grouping
    readAddress = try RawStatement(reader.db, "SELECT network(address) FROM source WHERE id = ?")
    readFrom = try RawStatement(reader.db, "SELECT header_from_id FROM outcome WHERE id = ?")
    readText = try RawStatement(reader.db, "SELECT text FROM source WHERE id = ?")
    readName = try RawStatement(reader.db, "SELECT name FROM domain WHERE id = ?")
    readReporter = try RawStatement(reader.db, "SELECT name FROM reporter WHERE id = ?")
  }

  /// The group of a row; not for reporters, of which a row has several.
  mutating func key(of row: SumReader.SumRow) throws -> Int64? {
    switch grouping {
    case .source: return row.source
    case .reporter: return nil
    case .headerFrom:
      let outcome = row.outcome
      if let known = fromOfOutcome[outcome] { return Int64(known) }
      readFrom.bind(outcome, at: 1)
      let from = try readFrom.firstInteger() ?? 0
      fromOfOutcome[outcome] = Int(from)
      return from
    case .network:
      let source = row.source
      if let known = networkOfSource[source] { return Int64(known) }
      readAddress.bind(source, at: 1)
      let name = try readAddress.first { $0.text(at: 0) ?? "" } ?? ""
      let number = Self.number(of: name, &networks, &networkNames)
      networkOfSource[source] = Int(number)
      return number
    case .verdict:
      let kind = row.kind
      let name = kind.verdict.isEmpty ? "not judged" : "\(kind.verdict)/\(kind.subtype)"
      return Self.number(of: name, &verdicts, &verdictNames)
    }
  }

  private static func number(of name: String, _ numbers: inout [String: Int64], _ names: inout [String]) -> Int64 {
    if let known = numbers[name] { return known }
    let number = Int64(names.count)
    numbers[name] = number
    names.append(name)
    return number
  }

  /// The text of a group.
  func text(of key: Int64) throws -> String {
    let statement: RawStatement
    switch grouping {
    case .network: return networkNames[Int(key)]
    case .verdict: return verdictNames[Int(key)]
    case .source: statement = readText
    case .headerFrom: statement = readName
    case .reporter: statement = readReporter
    }
    statement.bind(key, at: 1)
    return try statement.first { $0.text(at: 0) ?? "" } ?? ""
  }
}
