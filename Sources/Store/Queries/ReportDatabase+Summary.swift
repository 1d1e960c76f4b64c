package import DMARC
import GRDB

extension ReportDatabase {
  /// Every policy domain in the filter, the one with the most messages first.
  /// - Parameters:
  ///   - today: a policy that is reported for a later day does not count as the newest one.
  ///   - withSources: whether to count the sources, which takes most of the time; see ``countSources(of:_:)``.
  /// - Throws: ``StoreError``.
  package func summary(
    _ filter: RecordFilter, today: CalendarDay = .last, withSources: Bool = true
  ) throws(StoreError) -> [DomainSummary] {
    try read { db in
      let reader = try SumReader(db, filter, isSpread: true)
      let totals = try DomainTotals(reader)
      let before = try filter.before.map { try DomainTotals(SumReader(db, $0)) }
      let policies = try NewestPolicies(reader, today: today)
      let names = try Self.names(of: totals.byDomain.keys, db)
      let ranked = totals.byDomain.map { (id: $0, name: names[$0] ?? "", total: $1) }
        .sorted { ($1.total.messages, $0.name) < ($0.total.messages, $1.name) }
      return try ranked.prefix(filter.limit ?? ranked.count).map { domain in
        let policy = try policies.anyPolicy(ofDomain: domain.id, newestDay: domain.total.newestDay)
        var summary = try Self.summary(
          domain.name, domain.total, policy: Self.policy(policy, db),
          sources: withSources ? try reader.countSources(ofDomain: domain.id) : 0)
        if let before {
          let earlier = before.byDomain[domain.id]
          summary.messagesBefore = earlier?.messages ?? 0
          summary.passedBefore = earlier?.passed ?? 0
          summary.notEvaluatedBefore = earlier?.notEvaluated ?? 0
        }
        return summary
      }
    }
  }

  /// Distinct source addresses of policy domains in a period, by their names.
  /// - Throws: ``StoreError``.
  package func countSources(of domains: [String], _ filter: RecordFilter) throws(StoreError) -> [String: Int64] {
    try read { db in
      let reader = try SumReader(db, filter)
      let request: SQLRequest<Row> = "SELECT id, name FROM domain WHERE name IN \(SQL.list(domains))"
      return Dictionary(
        uniqueKeysWithValues: try request.fetchAll(db).map { ($0[1], try reader.countSources(ofDomain: $0[0])) })
    }
  }

  private static func names(of domains: some Sequence<Int64>, _ db: Database) throws -> [Int64: String] {
    let request: SQLRequest<Row> = "SELECT id, name FROM domain WHERE id IN \(SQL.list(domains))"
    return Dictionary(uniqueKeysWithValues: try request.fetchAll(db).map { ($0[0], $0[1]) })
  }

  private static func policy(_ id: Int64?, _ db: Database) throws -> Row {
    let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM policy WHERE id = ?"), arguments: [id])
    guard let row else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    return row
  }

  private static func summary(
    _ name: String, _ total: DomainTotals.Total, policy: Row, sources: Int64
  ) throws -> DomainSummary {
    var summary = DomainSummary(
      domain: name, messages: total.messages, passed: total.passed, dkimAligned: total.dkimAligned,
      spfAligned: total.spfAligned, bothAligned: total.bothAligned, delivered: total.delivered,
      quarantined: total.quarantined, rejected: total.rejected, unknown: total.unknown, sources: sources,
      reports: total.reports, reporters: Int64(total.reporters.count), droppedRows: total.droppedRows,
      firstDay: CalendarDay(number: total.range.first), lastDay: CalendarDay(number: total.range.last),
      policy: policyText(policy), notEvaluated: total.notEvaluated, testing: policy["testing"],
      discoveryMethod: policy["discovery_method"])
    if let estimate = total.outside {
      summary.estimatedMessages = total.messages.addingClamped(Int64(clampedRounding: estimate.messages))
      summary.estimatedPassed = total.passed.addingClamped(Int64(clampedRounding: estimate.passed))
    }
    return summary
  }

  /// The tags that were published, in the order of a DMARC record.
  static func policyText(_ row: Row) -> String {
    ["p", "sp", "np", "adkim", "aspf", "pct", "fo", "testing"].compactMap { tag in
      let value = (row[tag] as DatabaseValue?).flatMap {
        $0.isNull ? nil : String.fromDatabaseValue($0) ?? "\(Int64.fromDatabaseValue($0) ?? 0)"
      }
      return value.map { "\(tag)=\($0)" }
    }.joined(separator: " ")
  }
}

extension SumReader {
  /// Distinct source addresses of a policy domain.
  fileprivate func countSources(ofDomain domain: Int64) throws -> Int64 {
    var sources = RowSet()
    try forEachFlow(ofDomain: domain) { if $0.messages != nil { sources.insert($0.source) } }
    return Int64(sources.count)
  }
}
