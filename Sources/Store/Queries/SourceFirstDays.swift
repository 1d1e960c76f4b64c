import DMARC
import GRDB

/// The first day that reports about a source cover, of all reports and not only those of the period.
struct SourceFirstDays {
  private let flows, kindOfFlow, domainOfPolicy, months, largest, detail, group: RawStatement
  private let wholeMonths: Set<Int64>
  private let reader: SumReader
  private let cache = Cache()

  /// What is asked for again and again.
  private final class Cache {
    /// By month 0, kind and policy domain: the months, each with the largest row id of a flow.
    var months: [DetailKey: [(month: Int64, largest: Int64)]] = [:]
    var domains: [Int64: Int64] = [:]
  }

  private struct Flow {
    var id, policy: Int64
  }

  init(_ reader: SumReader) throws {
    self.reader = reader
    let db = reader.db
    flows = try RawStatement(db, "SELECT id, policy_id FROM flow WHERE source_id = ?")
    kindOfFlow = try RawStatement(db, "SELECT kind_id FROM flow WHERE id = ?")
    domainOfPolicy = try RawStatement(db, "SELECT domain_id FROM policy WHERE id = ?")
    months = try RawStatement(db, "SELECT month FROM domain_month WHERE domain_id = ? AND kind_id = ?")
    largest = try RawStatement(
      db, "SELECT max(flow_id) FROM flow_month WHERE month = ? AND kind_id = ? AND domain_id = ?")
    detail = try RawStatement(
      db, "SELECT detail FROM flow_month WHERE month = ? AND kind_id = ? AND domain_id = ? AND flow_id = ?")
    group = try RawStatement(db, "SELECT first_day, last_day, impossible FROM report_group WHERE id = ?")
    wholeMonths = Set(reader.groups.months.lazy.filter(\.isWhole).map(\.month.number))
  }

  /// The first day of a source that needs review. Reports that the period covers are known already.
  func day(_ place: Int, _ sources: FlaggedSources) throws -> Int64 {
    var range = sources.range(place)
    let known = range.first
    var found: [Flow] = []
    flows.bind(sources.ids[place], at: 1)
    try flows.eachRow { found.append(Flow(id: $0.integer(at: 0), policy: $0.integer(at: 1))) }
    let only = found.count == 1 ? sources.onlyFlow(place) : nil
    for flow in found {
      let domain = try only?.domain ?? self.domain(ofPolicy: flow.policy)
      let kind = try only?.kind ?? self.kind(ofFlow: flow.id)
      let isKnown = reader.kinds.byID[kind]?.isUnknownIP ?? false && (reader.domains?.contains(domain) ?? true)
      for month in try months(domain, kind) where flow.id <= month.largest {
        if isKnown, wholeMonths.contains(month.month) { continue }
        try add(DetailKey(month: month.month, kind: kind, domain: domain, flow: flow.id), to: &range)
      }
    }
    return min(known, range.first)
  }

  /// The first day of any source; nil if no report mentions it.
  func day(ofSource id: Int64) throws -> Int64? {
    var range = DayRange()
    var found: [Flow] = []
    flows.bind(id, at: 1)
    try flows.eachRow { found.append(Flow(id: $0.integer(at: 0), policy: $0.integer(at: 1))) }
    for flow in found {
      let (domain, kind) = (try domain(ofPolicy: flow.policy), try kind(ofFlow: flow.id))
      for month in try months(domain, kind) where flow.id <= month.largest {
        try add(DetailKey(month: month.month, kind: kind, domain: domain, flow: flow.id), to: &range)
      }
    }
    return range.isEmpty ? nil : range.first
  }

  private func kind(ofFlow id: Int64) throws -> Int64 {
    kindOfFlow.bind(id, at: 1)
    return try kindOfFlow.firstInteger() ?? 0
  }

  private func domain(ofPolicy id: Int64) throws -> Int64 {
    if let known = cache.domains[id] { return known }
    domainOfPolicy.bind(id, at: 1)
    let domain = try domainOfPolicy.firstInteger() ?? 0
    cache.domains[id] = domain
    return domain
  }

  /// Flows get ascending row ids, so that most of those that are new in a month are beyond the last one of the months before.
  private func months(_ domain: Int64, _ kind: Int64) throws -> [(month: Int64, largest: Int64)] {
    let key = DetailKey(month: 0, kind: kind, domain: domain)
    if let known = cache.months[key] { return known }
    var all: [Int64] = []
    months.bind(domain, at: 1)
    months.bind(kind, at: 2)
    try months.eachRow { all.append($0.integer(at: 0)) }
    let found = try all.map { month in
      for (index, value) in [month, kind, domain].enumerated() { largest.bind(value, at: Int32(index + 1)) }
      return (month, try largest.firstInteger() ?? .min)
    }
    cache.months[key] = found
    return found
  }

  private func add(_ key: DetailKey, to range: inout DayRange) throws {
    detail.bind(key.month, at: 1)
    detail.bind(key.kind, at: 2)
    detail.bind(key.domain, at: 3)
    detail.bind(key.flow, at: 4)
    let entries = try detail.first { $0.withBytes(at: 0) { SumDetail($0).entries } } ?? []
    for entry in entries {
      if let facts = reader.groups[entry.group] {
        range.add(facts.firstDay, facts.lastDay, isImpossible: facts.isImpossible)
        continue
      }
      group.bind(entry.group, at: 1)
      let days = try group.first { ($0.integer(at: 0), $0.integer(at: 1), $0.integer(at: 2) != 0) }
      if let days { range.add(days.0, days.1, isImpossible: days.2) }
    }
  }
}
