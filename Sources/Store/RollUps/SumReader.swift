import DMARC
import GRDB

/// Reads roll-ups for a question.
struct SumReader {
  let db: Database
  let filter: RecordFilter
  let groups: PeriodGroups
  let kinds: FlowKinds
  /// Row ids of the policy domains; nil for all.
  let domains: [Int64]?
  /// Whether any flow is from a known sender.
  let hasKnownSenders: Bool
  /// Reads texts of outcomes; prepared once, because there may be a million lines.
  let outcomeTexts, reporterName: RawStatement

  /// - Parameter isSpread: whether reports that only reach into the period matter.
  init(_ db: Database, _ filter: RecordFilter, isSpread: Bool = false) throws {
    self.db = db
    self.filter = filter
    groups = try PeriodGroups(db, filter, isSpread: isSpread)
    kinds = try FlowKinds(db)
    domains = try filter.domainIDs(db)
    hasKnownSenders =
      try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM flow WHERE known_sender_id IS NOT NULL)") ?? false
    outcomeTexts = try OutcomeTexts.statement(db)
    reporterName = try RawStatement(db, "SELECT name FROM reporter WHERE id = ?")
  }

  /// A row of a roll-up. It is valid until the next one.
  struct SumRow {
    fileprivate let statement: RawStatement
    fileprivate let groups: PeriodGroups
    let month: ReportMonth
    /// Whether all reports of the month are selected.
    fileprivate let isWhole: Bool
    /// Row id of the kind of flow, and the kind.
    let kindID: Int64
    let kind: FlowKind

    /// Row ids; those of the flow are 0 in sums of several flows.
    var domain: Int64 { statement.integer(at: 2) }
    var flow: Int64 { statement.integer(at: 3) }
    var source: Int64 { statement.integer(at: 4) }
    var outcome: Int64 { statement.integer(at: 5) }

    var columns: DetailTable.FlowColumns { DetailTable.FlowColumns(source: source, outcome: outcome) }

    /// Messages; nil if no report of the row is selected.
    var messages: Int64? {
      if isWhole { return statement.integer(at: 0) }
      return statement.withBytes(at: 1) { bytes in
        var reader = SumDetail.Reader(bytes)
        var sum: Int64?
        while let entry = reader.next() {
          if groups[entry.group]?.isSelected ?? false { sum = (sum ?? 0).addingClamped(entry.messages) }
        }
        return sum
      }
    }

    /// The only entry of the row and the position of its group; nil if there are several, or it is not selected.
    var onlyEntry: (entry: SumDetail.Entry, group: Int32)? {
      statement.withBytes(at: 1) { bytes in
        var reader = SumDetail.Reader(bytes)
        guard let entry = reader.next(), reader.isAtEnd, let group = groups.position(of: entry.group),
          groups.facts[Int(group)].isSelected
        else { return nil }
        return (entry, group)
      }
    }

    /// Everything about the selected reports.
    var sum: PeriodSum {
      var sum = PeriodSum()
      statement.withBytes(at: 1) { sum.add($0, of: month, groups) }
      return sum
    }

    /// Calls `body` with each entry of the row and the facts of its group, whether it is selected or not.
    func forEachEntry(_ body: (SumDetail.Entry, PeriodGroups.Facts) -> Void) {
      statement.withBytes(at: 1) { bytes in
        var reader = SumDetail.Reader(bytes)
        while let entry = reader.next() {
          if let facts = groups[entry.group] { body(entry, facts) }
        }
      }
    }
  }

  /// Calls `body` with the rows of all flows of some kinds, in the order of months, kinds, policy domains and flows.
  func forEachFlow(where condition: (FlowKind) -> Bool, _ body: (SumRow) throws -> Void) throws {
    try forEach("flow_month", "domain_id, flow_id, source_id, outcome_id", condition, groups.months, body)
  }

  /// Calls `body` with the sums of policy domains by kind of flow, in the order of months, kinds and policy domains.
  func forEachDomain(where condition: (FlowKind) -> Bool = { _ in true }, _ body: (SumRow) throws -> Void) throws {
    try forEach("domain_month", "domain_id, 0, 0, 0", condition, groups.months, body)
  }

  /// The same for the months that no selected report is in, although reports reach from them into the period.
  func forEachNeighbour(_ body: (SumRow) throws -> Void) throws {
    try forEach("domain_month", "domain_id, 0, 0, 0", { _ in true }, groups.neighbours.map { ($0, false) }, body)
  }

  /// The flows in the months that no selected report is in, although reports reach from them into the period.
  func forEachNeighbourFlow(_ body: (SumRow) throws -> Void) throws {
    try forEach(
      "flow_month", "domain_id, flow_id, source_id, outcome_id", { _ in true },
      groups.neighbours.map { ($0, false) }, body)
  }

  private func forEach(
    _ table: String, _ columns: String, _ condition: (FlowKind) -> Bool,
    _ months: [(month: ReportMonth, isWhole: Bool)], _ body: (SumRow) throws -> Void
  ) throws {
    let chosen = kinds.ids(where: condition)
    let scope = domains.map { _ in "AND domain_id = ?" } ?? ""
    let statement = try RawStatement(
      db, "SELECT messages, detail, \(columns) FROM \(table) WHERE month = ? AND kind_id = ? \(scope)")
    // With few policy domains, only the months and kinds that they have are looked up.
    let present = try domains.map { try Set(self.present($0)) }
    for (month, isWhole) in months {
      statement.bind(month.number, at: 1)
      for kindID in chosen {
        guard let kind = kinds.byID[kindID] else { continue }
        statement.bind(kindID, at: 2)
        for domain in domains ?? [0] {
          if let present {
            guard present.contains(DetailKey(month: month.number, kind: kindID, domain: domain)) else { continue }
            statement.bind(domain, at: 3)
          }
          // One value for all rows, because making one counts references.
          let row = SumRow(
            statement: statement, groups: groups, month: month, isWhole: isWhole, kindID: kindID, kind: kind)
          try statement.eachRow { _ in try body(row) }
        }
      }
    }
  }

  /// Calls `body` with the rows of all flows of a policy domain.
  /// - Parameter chosen: only these months; nil for all.
  func forEachFlow(
    ofDomain domain: Int64, in chosen: ClosedRange<ReportMonth>? = nil,
    where condition: (FlowKind) -> Bool = { _ in true }, _ body: (SumRow) throws -> Void
  ) throws {
    let months = Dictionary(uniqueKeysWithValues: groups.months.map { ($0.month.number, $0.isWhole) })
    let statement = try RawStatement(
      db,
      """
      SELECT messages, detail, domain_id, flow_id, source_id, outcome_id FROM flow_month
      WHERE month = ? AND kind_id = ? AND domain_id = ?
      """)
    statement.bind(domain, at: 3)
    for key in try present([domain]) {
      guard let isWhole = months[key.month], let kind = kinds.byID[key.kind], condition(kind),
        chosen?.contains(ReportMonth(number: key.month)) ?? true
      else { continue }
      statement.bind(key.month, at: 1)
      statement.bind(key.kind, at: 2)
      let row = SumRow(
        statement: statement, groups: groups, month: ReportMonth(number: key.month), isWhole: isWhole,
        kindID: key.kind, kind: kind)
      try statement.eachRow { _ in try body(row) }
    }
  }

  /// Calls `body` with the sums of a policy domain by kind of flow.
  /// - Parameter chosen: only these months; nil for all.
  func forEachDomain(
    _ domain: Int64, in chosen: ClosedRange<ReportMonth>? = nil, _ body: (SumRow) throws -> Void
  ) throws {
    let months = Dictionary(uniqueKeysWithValues: groups.months.map { ($0.month.number, $0.isWhole) })
    let statement = try RawStatement(
      db,
      """
      SELECT messages, detail, domain_id, 0, 0, 0, month, kind_id FROM domain_month WHERE domain_id = ?
      """)
    statement.bind(domain, at: 1)
    try statement.eachRow { row in
      guard let isWhole = months[row.integer(at: 6)], let kind = kinds.byID[row.integer(at: 7)],
        chosen?.contains(ReportMonth(number: row.integer(at: 6))) ?? true
      else { return }
      try body(
        SumRow(
          statement: row, groups: groups, month: ReportMonth(number: row.integer(at: 6)), isWhole: isWhole,
          kindID: row.integer(at: 7), kind: kind))
    }
  }

  /// Calls `body` with the reports about a policy domain, as ``forEachReportSum(_:)`` does.
  /// - Parameter chosen: only these months; nil for all.
  func forEachReportSum(
    ofDomain domain: Int64, in chosen: ClosedRange<ReportMonth>? = nil,
    _ body: (SumDetail.Entry, PeriodGroups.Facts) -> Void
  ) throws {
    let statement = try RawStatement(db, "SELECT detail FROM report_month WHERE month = ? AND domain_id = ?")
    statement.bind(domain, at: 2)
    for month in groups.months.map(\.month) + groups.neighbours where chosen?.contains(month) ?? true {
      statement.bind(month.number, at: 1)
      try statement.eachRow { row in
        row.withBytes(at: 0) { bytes in
          var reader = SumDetail.Reader(bytes)
          while let entry = reader.next() {
            if let facts = groups[entry.group] { body(entry, facts) }
          }
        }
      }
    }
  }

  private func present(_ domains: [Int64]) throws -> [DetailKey] {
    let statement = try RawStatement(db, "SELECT month, kind_id FROM domain_month WHERE domain_id = ?")
    var keys: [DetailKey] = []
    for domain in domains {
      statement.bind(domain, at: 1)
      try statement.eachRow {
        keys.append(DetailKey(month: $0.integer(at: 0), kind: $0.integer(at: 1), domain: domain))
      }
    }
    return keys
  }

  /// Calls `body` with the reports about a policy domain: those that are selected, or that only reach into the period.
  func forEachReportSum(
    _ body: (_ domain: Int64, SumDetail.Entry, PeriodGroups.Facts) -> Void
  ) throws {
    let scope = domains.map { _ in "AND domain_id = ?" } ?? ""
    let statement = try RawStatement(db, "SELECT domain_id, detail FROM report_month WHERE month = ? \(scope)")
    for month in groups.months.map(\.month) + groups.neighbours {
      statement.bind(month.number, at: 1)
      for domain in domains ?? [0] {
        if domains != nil { statement.bind(domain, at: 2) }
        try statement.eachRow { row in
          let id = row.integer(at: 0)
          row.withBytes(at: 1) { bytes in
            var reader = SumDetail.Reader(bytes)
            while let entry = reader.next() {
              if let facts = groups[entry.group] { body(id, entry, facts) }
            }
          }
        }
      }
    }
  }

  /// The names of reporters, sorted.
  func names(_ reporters: ReporterSet) throws -> [String] {
    try reporters.indexes.compactMap { index in
      reporterName.bind(groups.reporters[index], at: 1)
      return try reporterName.first { $0.text(at: 0) } ?? nil
    }.sorted()
  }
}

extension RecordFilter {
  /// Row ids of the policy domains that the filter covers; nil for all.
  func domainIDs(_ db: Database) throws -> [Int64]? {
    guard coversSomeDomains else { return nil }
    let request: SQLRequest<Int64> = """
      SELECT id FROM domain WHERE id IN (SELECT domain_id FROM policy) AND \(nameCondition) ORDER BY id
      """
    return try request.fetchAll(db)
  }
}
