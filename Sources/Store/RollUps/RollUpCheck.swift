import DMARC
import Foundation
import GRDB

/// Compares the roll-ups with the records, one policy domain and month at a time.
struct RollUpCheck {
  private let db: Database
  private let kinds: FlowKinds

  init(_ db: Database) throws {
    self.db = db
    kinds = try FlowKinds(db)
  }

  private struct Key: Hashable {
    var kind, flow: Int64
  }

  private typealias Sums = [Int64: SumDetail.Entry]

  /// A sentence for each policy domain and month whose roll-ups differ from its records.
  func problems() throws -> [String] {
    guard try RollUpFill.isComplete(db) else { return ["the roll-ups are not complete"] }
    var problems: [String] = []
    let domains = try Row.fetchAll(
      db,
      sql: """
        SELECT id, name FROM domain WHERE id IN (SELECT policy_domain_id FROM report)
          OR id IN (SELECT domain_id FROM report_month) OR id IN (SELECT domain_id FROM domain_month) ORDER BY name
        """)
    for domain in domains {
      let id: Int64 = domain["id"]
      for month in try months(of: id) where try !isRight(domain: id, month) {
        problems.append("the roll-ups of \(domain["name"] as String) differ from its records in month \(month.label)")
      }
    }
    let wrongKinds =
      try Int64.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM flow JOIN outcome ON outcome.id = outcome_id JOIN flow_kind ON flow_kind.id = kind_id
          WHERE flow_kind.dmarc_pass <> outcome.dmarc_pass OR flow_kind.dkim_aligned <> outcome.dkim_aligned
            OR flow_kind.spf_aligned <> outcome.spf_aligned OR flow_kind.evaluation <> outcome.evaluation
            OR flow_kind.disposition <> coalesce(outcome.disposition, '') OR flow_kind.verdict <> coalesce(flow.verdict, '')
            OR flow_kind.subtype <> coalesce(flow.subtype, '') OR flow_kind.confidence <> coalesce(flow.confidence, '')
            OR flow_kind.unknown_ip <> coalesce(flow.unknown_ip, 0)
            OR failed_signature <> \(FlowKind.failedSignature)
          """) ?? 0
    if wrongKinds > 0 { problems.append("\(wrongKinds) flows are rolled up under another verdict than their own") }
    if try !areRecipientsRight() { problems.append("the recipient domains differ from those in the records") }
    return problems
  }

  private func months(of domain: Int64) throws -> [ReportMonth] {
    let days = try Int64.fetchAll(
      db, sql: "SELECT DISTINCT day FROM report WHERE policy_domain_id = ?", arguments: [domain])
    let stored = try Int64.fetchAll(
      db,
      sql: """
        SELECT month FROM domain_month WHERE domain_id = ?1 UNION SELECT month FROM report_month WHERE domain_id = ?1
        """, arguments: [domain])
    return Set(days.map { ReportMonth(of: $0) } + stored.map { ReportMonth(number: $0) }).sorted()
  }

  private func isRight(domain: Int64, _ month: ReportMonth) throws -> Bool {
    let expected = try expected(domain: domain, month)
    var flows: [Key: Sums] = [:]
    var sums: [Int64: Sums] = [:]
    for kind in kinds.byID.keys {
      try read("flow_id", "flow_month", month, kind, domain) { flows[Key(kind: kind, flow: $0)] = $1 }
      try read("0", "domain_month", month, kind, domain) { sums[kind] = $1 }
    }
    var reports: Sums = [:]
    let row = try Row.fetchOne(
      db, sql: "SELECT detail FROM report_month WHERE month = ? AND domain_id = ?", arguments: [month.number, domain])
    if let row { reports = try Self.sums(row) }
    return flows == expected.flows && sums == expected.kinds && reports == expected.reports
  }

  private func read(
    _ id: String, _ table: String, _ month: ReportMonth, _ kind: Int64, _ domain: Int64, _ body: (Int64, Sums) -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT detail, \(id) AS id, messages FROM \(table) WHERE month = ? AND kind_id = ? AND domain_id = ?
          """), arguments: [month.number, kind, domain])
    while let row = try rows.next() {
      let sums = try Self.sums(row)
      // A wrong total is a difference, too.
      let total = sums.values.reduce(into: Int64(0)) { $0.addClamped($1.messages) }
      body(row["id"], total == row["messages"] as Int64 ? sums : [:])
    }
  }

  private static func sums(_ row: Row) throws -> Sums {
    let entries = try row.withUnsafeData(atIndex: 0) { data in
      data.map { $0.withUnsafeBytes { SumDetail($0).entries } } ?? []
    }
    return Dictionary(entries.map { ($0.group, $0) }) { first, _ in first }
  }

  /// What the roll-ups have to contain.
  private func expected(domain: Int64, _ month: ReportMonth) throws -> (
    flows: [Key: Sums], kinds: [Int64: Sums], reports: Sums
  ) {
    var flows: [Key: Sums] = [:]
    var sums: [Int64: Sums] = [:]
    var reports: Sums = [:]
    let range = month.days
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT id, coalesce(group_id, 0), dropped_rows FROM report WHERE policy_domain_id = ? AND day BETWEEN ? AND ?
          """), arguments: [domain, range.lowerBound, range.upperBound])
    while let row = try rows.next() {
      let (id, group): (Int64, Int64) = (row[0], row[1])
      Self.add(1, row[2], group, to: &reports)
      let records = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT flow_id, coalesce(kind_id, 0), messages FROM record JOIN flow ON flow.id = flow_id WHERE report_id = ?
            """), arguments: [id])
      while let record = try records.next() {
        var kind: Int64 = record[1]
        if kind == 0 { kind = try unjudgedKind(record[0]) }
        Self.add(1, record[2], group, to: &flows[Key(kind: kind, flow: record[0]), default: [:]])
        Self.add(1, record[2], group, to: &sums[kind, default: [:]])
      }
    }
    return (flows, sums, reports)
  }

  private static func add(_ rows: Int64, _ messages: Int64, _ group: Int64, to sums: inout Sums) {
    var entry = sums[group] ?? SumDetail.Entry(group: group, rows: 0, messages: 0)
    entry.rows.addClamped(rows)
    entry.messages.addClamped(messages)
    sums[group] = entry
  }

  private func unjudgedKind(_ flow: Int64) throws -> Int64 {
    try Int64.fetchOne(
      db.cachedStatement(
        sql: """
            SELECT flow_kind.id FROM flow JOIN outcome ON outcome.id = outcome_id JOIN flow_kind
              USING (dmarc_pass, dkim_aligned, spf_aligned, evaluation)
            WHERE flow.id = ? AND flow_kind.disposition = coalesce(outcome.disposition, '') AND flow_kind.verdict = ''
              AND failed_signature = \(FlowKind.failedSignature)
          """), arguments: [flow]) ?? 0
  }

  private func areRecipientsRight() throws -> Bool {
    let difference = """
      SELECT coalesce(header_from_id, 0) AS h, envelope_to_id AS d, count(*) AS n FROM record
        JOIN flow ON flow.id = flow_id JOIN outcome ON outcome.id = outcome_id
        WHERE dmarc_pass AND envelope_to_id IS NOT NULL GROUP BY 1, 2
      """
    let stored = "SELECT header_from_id AS h, domain_id AS d, row_count AS n FROM recipient"
    let different = try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT * FROM (\(difference)) EXCEPT \(stored)) OR EXISTS (\(stored) EXCEPT SELECT * FROM (\(difference)))
        """)
    return different == false
  }
}
