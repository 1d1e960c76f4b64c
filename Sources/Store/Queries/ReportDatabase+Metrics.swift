import DMARC
import GRDB

extension ReportDatabase {
  /// What a monitoring system wants to know.
  /// - Parameters:
  ///   - filter: the messages that are counted.
  ///   - mostDomains: the number of policy domains that are listed by themselves: those with the most messages.
  /// - Throws: ``StoreError``.
  package func metrics(_ filter: RecordFilter, mostDomains: Int) throws(StoreError) -> StoreMetrics {
    let bytes = fileBytes
    return try read { db in
      var sums = MetricSums()
      let reader = try SumReader(db, filter)
      try reader.forEachDomain { row in
        if let messages = row.messages { sums.add(messages, row.kind, to: row.domain) }
      }
      let listed = sums.largest(mostDomains)
      let names = try Self.metricDomains(listed, db)
      func count(_ sql: String) throws -> Int64 { try Int64.fetchOne(db, sql: sql) ?? 0 }
      func counts(_ sql: String) throws -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: try Row.fetchAll(db, sql: sql).map { ($0[0], $0[1]) })
      }
      return StoreMetrics(
        messages: sums.result(names.mapValues(\.name)),
        domains: names.values.sorted { $0.name < $1.name }, otherDomains: sums.domainCount - listed.count,
        newestDay: try Int64.fetchOne(db, sql: "SELECT max(day) FROM report WHERE NOT impossible").map {
          CalendarDay(number: $0)
        },
        inputs: try counts("SELECT outcome, count(*) FROM input_item GROUP BY outcome"),
        reports: try count("SELECT count(*) FROM report"), rows: try count("SELECT sum(row_count) FROM report"),
        conflicts: try count("SELECT count(*) FROM conflict WHERE decision IS NULL"),
        problems: try counts("SELECT code, count(*) FROM notice GROUP BY code"),
        notJudged: try count("SELECT count(*) FROM flow WHERE verdict IS NULL"), bytes: bytes,
        ingest: try Self.ingestTimes(db))
    }
  }

  private static func metricDomains(_ ids: [Int64], _ db: Database) throws -> [Int64: StoreMetrics.Domain] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT name, (SELECT max(day) FROM report WHERE policy_domain_id = domain.id AND NOT impossible) FROM domain WHERE id = ?
        """)
    var domains: [Int64: StoreMetrics.Domain] = [:]
    for id in ids {
      guard let row = try Row.fetchOne(statement, arguments: [id]), let day = row[1] as Int64? else { continue }
      domains[id] = StoreMetrics.Domain(name: row[0], newestDay: CalendarDay(number: day))
    }
    return domains
  }
}

/// Messages by policy domain and by what metrics tell apart.
private struct MetricSums {
  private struct Key: Hashable {
    var verdict, disposition: String
    var passes: Bool?
    var isUnknown: Bool
  }

  private var byDomain: [Int64: [Key: Int64]] = [:]

  var domainCount: Int { byDomain.count }

  mutating func add(_ messages: Int64, _ kind: FlowKind, to domain: Int64) {
    let key = Key(
      verdict: kind.verdict, disposition: kind.disposition, passes: kind.isNotEvaluated ? nil : kind.passesDMARC,
      isUnknown: kind.isUnknownIP)
    byDomain[domain, default: [:]][key, default: 0].addClamped(messages)
  }

  /// The row ids of the domains with the most messages.
  func largest(_ count: Int) -> [Int64] {
    let totals = byDomain.mapValues { $0.values.reduce(into: Int64(0)) { $0.addClamped($1) } }
    return totals.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(count).map(\.key)
  }

  func result(_ names: [Int64: String]) -> [StoreMetrics.Messages] {
    var others: [Key: Int64] = [:]
    var listed: [StoreMetrics.Messages] = []
    for (id, sums) in byDomain {
      if let name = names[id] {
        listed += Self.list(name, sums)
      } else {
        for (key, count) in sums { others[key, default: 0].addClamped(count) }
      }
    }
    let sorted = listed.sorted { Self.order($0).lexicographicallyPrecedes(Self.order($1)) }
    return sorted
      + Self.list(nil, others).sorted { Self.order($0).lexicographicallyPrecedes(Self.order($1)) }
  }

  private static func list(_ domain: String?, _ sums: [Key: Int64]) -> [StoreMetrics.Messages] {
    sums.map { key, count in
      StoreMetrics.Messages(
        domain: domain, verdict: key.verdict, disposition: key.disposition, passes: key.passes,
        isUnknown: key.isUnknown, count: count)
    }
  }

  private static func order(_ messages: StoreMetrics.Messages) -> [String] {
    [
      messages.domain ?? "", messages.verdict, messages.disposition, messages.passes.map { "\($0)" } ?? "",
      "\(messages.isUnknown)",
    ]
  }
}
