import DMARC
import GRDB

/// Reads the messages of flows from the roll-ups, for judging.
struct FlowDays {
  private struct Place: Hashable {
    var domain, kind: Int64
  }

  private let store: FlowStore
  /// The flows by policy domain and kind, in ascending order.
  private var flows: [Place: [Int64]] = [:]

  /// - Parameter headerFroms: row ids of From domains; 0 for flows without one.
  init(_ store: FlowStore, _ headerFroms: [Int64]) throws {
    self.store = store
    let kinds = try store.kinds
    var domains: [Int64: Int64] = [:]
    let policies = try store.statement("SELECT domain_id FROM policy WHERE id = ?")
    // Flows of one place often follow each other.
    var (last, list): (Place?, [Int64]) = (nil, [])
    func close() {
      if let last { flows[last] = list }
    }
    try store.eachFlow(
      of: headerFroms,
      """
      flow.kind_id, flow.policy_id, dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition,
        CASE WHEN flow.kind_id IS NULL THEN \(FlowKind.failedSignature) END
      """
    ) { row in
      let policy = row.integer(at: 2)
      if domains[policy] == nil {
        policies.bind(policy, at: 1)
        domains[policy] = try policies.firstInteger()
      }
      let kind = row.isNull(at: 1) ? kinds.id(of: FlowKind(unjudged: row, from: 3)) : row.integer(at: 1)
      guard let kind, let domain = domains[policy] else { return }
      let place = Place(domain: domain, kind: kind)
      if place != last {
        close()
        (last, list) = (place, flows.removeValue(forKey: place) ?? [])
      }
      list.append(row.integer(at: 0))
    }
    close()
    for place in flows.keys { flows[place]?.sort() }
  }

  /// Calls `body` with the messages of each flow by days, reporter and organisation.
  func forEach(_ body: (FlowDay) throws -> Void) throws {
    let directory = try store.statement(
      "SELECT month, kind_id FROM domain_month WHERE domain_id = ? ORDER BY month, kind_id")
    let rows = try store.statement(
      """
      SELECT flow_id, detail FROM flow_month
      WHERE month = ? AND kind_id = ? AND domain_id = ? AND flow_id >= ? ORDER BY flow_id
      """)
    for domain in Set(flows.keys.map(\.domain)).sorted() {
      var parts: [(month: Int64, kind: Int64)] = []
      directory.bind(domain, at: 1)
      try directory.eachRow { parts.append(($0.integer(at: 0), $0.integer(at: 1))) }
      rows.bind(domain, at: 3)
      for part in parts {
        guard let list = flows[Place(domain: domain, kind: part.kind)] else { continue }
        rows.bind(part.month, at: 1)
        rows.bind(part.kind, at: 2)
        try forEach(list, rows, body)
      }
    }
  }

  /// Rows of other flows, which other organisations have under the same policy domain, that are stepped over before the next flow is
  /// looked up instead.
  private static let mostForeign = 8

  private func forEach(_ flows: [Int64], _ rows: RawStatement, _ body: (FlowDay) throws -> Void) throws {
    var position = 0
    while position < flows.count {
      var foreign = 0
      var isAtEnd = true
      rows.bind(flows[position], at: 4)
      try rows.forEachWhile { row in
        let flow = row.integer(at: 0)
        while position < flows.count, flows[position] < flow { position += 1 }
        guard position < flows.count else { return false }
        guard flows[position] == flow else {
          foreign += 1
          if foreign > Self.mostForeign { isAtEnd = false }
          return isAtEnd
        }
        foreign = 0
        position += 1
        try row.withBytes(at: 1) { bytes in
          var reader = SumDetail.Reader(bytes)
          while let entry = reader.next() {
            let group = try store.groupDays.group(entry.group, store.db)
            try body(
              FlowDay(
                flowID: flow, days: group.days, reporterID: group.reporter, messages: entry.messages,
                organisationID: group.organisation))
          }
        }
        return true
      }
      if isAtEnd { return }
    }
  }
}

/// The days, reporter and organisation of report groups. A bounded number of them is cached.
final class GroupDays {
  /// What judging needs to know about a group.
  struct Group {
    /// The days that the reports cover; the day of their arrival if their period is not possible.
    var days: CoveredDays
    var reporter: Int64
    /// Row id of the organisation that they came from; nil if they are contested.
    var organisation: Int64?
  }

  private var known: [Int64: Group] = [:]
  private static let mostKnown = 50_000

  func group(_ id: Int64, _ db: Database) throws -> Group {
    if let group = known[id] { return group }
    let statement = try db.cachedStatement(
      sql: """
        SELECT first_day, last_day, impossible, arrival_day, reporter_id, organisation_id, contested FROM report_group
        WHERE id = ?
        """)
    guard let row = try Row.fetchOne(statement, arguments: [id]) else { throw RollUpDamage() }
    let organisation: Int64 = row[5]
    let group = Group(
      days: row[2] ? CoveredDays(day: row[3]) : CoveredDays(first: row[0], last: row[1]), reporter: row[4],
      organisation: row[6] || organisation == 0 ? nil : organisation)
    if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
    known[id] = group
    return group
  }
}
