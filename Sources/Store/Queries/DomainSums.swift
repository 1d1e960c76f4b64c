import DMARC
import GRDB

/// The sums of one policy domain by everything that `show domain` lists, collected in one pass over the roll-ups.
struct DomainSums {
  /// Messages, those that passed, and the days of a group.
  struct Group {
    var messages: Int64 = 0
    var passed: Int64 = 0
    var range = DayRange()

    mutating func add(_ other: Group) {
      messages.addClamped(other.messages)
      passed.addClamped(other.passed)
      range.formUnion(other.range)
    }

    mutating func add(_ sum: PeriodSum, _ kind: FlowKind) {
      messages.addClamped(sum.messages)
      if kind.passesDMARC { passed.addClamped(sum.messages) }
      range.formUnion(sum.range)
    }
  }

  private let reader: SumReader
  private(set) var total = PeriodSum()
  private var all = Group()
  private var dkimAligned: Int64 = 0
  private var spfAligned: Int64 = 0
  private var byKind: [Int64: Group] = [:]
  private var bySource: [Int64: Group] = [:]
  private var byOutcome: [Int64: Group] = [:]
  private var byFlow: [Int64: Group] = [:]
  /// By the position of the reporter in ``PeriodGroups/reporters``.
  private var reporters: [Group] = []

  init(_ reader: SumReader) {
    self.reader = reader
    reporters = Array(repeating: Group(), count: reader.groups.reporters.count)
  }

  /// Reads the flows of a policy domain.
  mutating func read(_ domain: Int64) throws {
    try reader.forEachFlow(ofDomain: domain) { row in
      let sum = row.sum
      guard sum.rows > 0 else { return }
      total.add(sum)
      all.add(sum, row.kind)
      if row.kind.isDKIMAligned { dkimAligned.addClamped(sum.messages) }
      if row.kind.isSPFAligned { spfAligned.addClamped(sum.messages) }
      byKind[row.kindID, default: Group()].add(sum, row.kind)
      bySource[row.source, default: Group()].add(sum, row.kind)
      byOutcome[row.outcome, default: Group()].add(sum, row.kind)
      byFlow[row.flow, default: Group()].add(sum, row.kind)
      row.forEachEntry { entry, facts in
        guard facts.isSelected else { return }
        var part = PeriodSum()
        part.add(entry, facts, of: row.month)
        reporters[facts.reporterIndex].add(part, row.kind)
      }
    }
  }

  /// One row with the sums.
  func facts(_ name: String) -> StoredRow {
    StoredRow(
      columns: [
        "policy_domain", "messages", "passed", "dkim_aligned", "spf_aligned", "source_count", "reporter_count",
        "first_day", "last_day",
      ],
      values: [
        .text(name), .integer(all.messages), .integer(all.passed), .integer(dkimAligned), .integer(spfAligned),
        .integer(Int64(bySource.count)), .integer(Int64(total.reporters.count)), Self.day(all.range.first),
        Self.day(all.range.last),
      ])
  }

  func verdictRows(_ limit: Int?) -> [StoredRow] {
    var byVerdict: [[StoredValue]: Group] = [:]
    for (id, group) in byKind {
      guard let kind = reader.kinds.byID[id] else { continue }
      byVerdict[[Self.text(kind.verdict), Self.text(kind.subtype)], default: Group()].add(group)
    }
    let groups = byVerdict.map { (key: $0, group: $1) }
    return Self.rows(["verdict", "subtype"], groups, limit)
  }

  func sourceRows(_ limit: Int?) throws -> [StoredRow] {
    try named("source_ip", bySource, "SELECT text FROM source WHERE id = ?", limit)
  }

  func reporterRows(_ limit: Int?) throws -> [StoredRow] {
    let byReporter = Dictionary(
      uniqueKeysWithValues: zip(reader.groups.reporters, reporters).filter { !$0.1.range.isEmpty })
    return try named("reporter", byReporter, "SELECT name FROM reporter WHERE id = ?", limit)
  }

  func headerFromRows(_ limit: Int?) throws -> [StoredRow] {
    let froms = try merged(byOutcome, "SELECT header_from_id FROM outcome WHERE id = ?")
    return try named("header_from", froms, "SELECT name FROM domain WHERE id = ?", limit)
  }

  func policyRows(_ limit: Int?) throws -> [StoredRow] {
    let columns = ["p", "sp", "np", "adkim", "aspf", "pct", "fo", "testing", "discovery_method"]
    let policies = try merged(byFlow, "SELECT policy_id FROM flow WHERE id = ?")
    let statement = try reader.db.cachedStatement(
      sql: "SELECT \(columns.joined(separator: ", ")) FROM policy WHERE id = ?")
    let groups = try policies.compactMap { id, group in
      try Row.fetchOne(statement, arguments: [id]).map { row in
        (key: Array(row.databaseValues.map(StoredValue.init)), group: group)
      }
    }
    return Self.rows(columns, groups, limit)
  }

  /// Groups by what a query says about each key; 0 stands for null.
  private func merged(_ groups: [Int64: Group], _ query: String) throws -> [Int64: Group] {
    let statement = try RawStatement(reader.db, query)
    var result: [Int64: Group] = [:]
    for (id, group) in groups {
      statement.bind(id, at: 1)
      let key = try statement.firstInteger() ?? 0
      result[key, default: Group()].add(group)
    }
    return result
  }

  private func named(
    _ column: String, _ groups: [Int64: Group], _ query: String, _ limit: Int?
  ) throws -> [StoredRow] {
    let statement = try RawStatement(reader.db, query)
    // Names are looked up for those that can be shown.
    var candidates = groups.sorted { ($1.value.messages, $0.key) < ($0.value.messages, $1.key) }
    if let limit, limit > 0, candidates.count > limit {
      let least = candidates[limit - 1].value.messages
      candidates = Array(candidates.prefix { $0.value.messages >= least })
    }
    let named = try candidates.map { id, group in
      statement.bind(id, at: 1)
      let name = try statement.first { $0.text(at: 0) } ?? nil
      return (key: [name.map { StoredValue.text($0) } ?? .null], group: group)
    }
    return Self.rows([column], named, limit)
  }

  /// The largest groups first.
  private static func rows(
    _ columns: [String], _ groups: [(key: [StoredValue], group: Group)], _ limit: Int?
  ) -> [StoredRow] {
    let sorted = groups.sorted { one, other in
      one.group.messages == other.group.messages
        ? "\(one.key)" < "\(other.key)" : one.group.messages > other.group.messages
    }
    return sorted.prefix(limit ?? sorted.count).map { key, group in
      StoredRow(
        columns: columns + ["messages", "passed", "first_day", "last_day"],
        values: key + [
          .integer(group.messages), .integer(group.passed), day(group.range.first), day(group.range.last),
        ])
    }
  }

  private static func text(_ text: String) -> StoredValue { text.isEmpty ? .null : .text(text) }

  static func day(_ number: Int64) -> StoredValue { .text(CalendarDay(number: number).description) }
}
