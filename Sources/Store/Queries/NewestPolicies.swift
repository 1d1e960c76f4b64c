import DMARC
import GRDB

/// The policy in the newest report about each policy domain.
struct NewestPolicies {
  private let db: Database
  private let today: CalendarDay
  private let condition: SQL
  private let bounds: (first: Int64, last: Int64)
  private let find: RawStatement
  /// By policy domain: the newest of the reports over several days.
  private var long: [Int64: (end: Int64, policy: Int64)] = [:]

  /// - Parameter today: reports for later days do not count, unless there are no others.
  init(_ reader: SumReader, today: CalendarDay) throws {
    db = reader.db
    self.today = today
    var period = reader.filter
    (period.domains, period.exactDomains) = ([], nil)
    condition = period.overlapping
    bounds = (period.firstDay?.number ?? .min, min(period.lastDay?.number ?? .max, today.number))
    find = try RawStatement(
      reader.db,
      """
      SELECT end, policy_id FROM report WHERE policy_domain_id = ? AND day BETWEEN ? AND ? AND NOT impossible
      ORDER BY end DESC, id DESC LIMIT 1
      """)
    guard reader.groups.areAnyLong else { return }
    let request: SQLRequest<Row> = """
      SELECT policy_domain_id, end, policy_id FROM report INDEXED BY report_over_days
      WHERE last_day > first_day AND NOT impossible AND day <= \(today.number) AND \(condition)
      """
    for row in try request.fetchAll(db) where long[row[0]].map({ $0.end < row[1] }) ?? true {
      long[row[0]] = (row[1], row[2])
    }
  }

  /// The row id of the policy; nil if there is no report.
  /// - Parameter newestDay: of the reports with a possible period; nil if there is none.
  func policy(ofDomain domain: Int64, newestDay: Int64?) throws -> Int64? {
    // Reports for one day each end later than those for two days before.
    let first = newestDay.map { min($0, today.number).subtractingClamped(1) } ?? .min
    for (index, value) in [domain, max(first, bounds.first), bounds.last].enumerated() {
      find.bind(value, at: Int32(index + 1))
    }
    let found = try find.first { (end: $0.integer(at: 0), policy: $0.integer(at: 1)) }
    if let found, long[domain].map({ $0.end <= found.end }) ?? true { return found.policy }
    return long[domain]?.policy
  }

  /// The row id of the policy, even of a report with an impossible period or for a day to come.
  func anyPolicy(ofDomain domain: Int64, newestDay: Int64?) throws -> Int64? {
    if let policy = try policy(ofDomain: domain, newestDay: newestDay) { return policy }
    let request: SQLRequest<Int64> = """
      SELECT policy_id FROM report WHERE policy_domain_id = \(domain) AND \(condition) ORDER BY day DESC, id DESC LIMIT 1
      """
    return try request.fetchOne(db)
  }
}
