import GRDB

/// The key of a row of a roll-up; a table uses the first of its columns, in this order, that it has.
struct DetailKey: Hashable, Comparable {
  /// Number of the month.
  var month: Int64
  /// Row id of the kind of flow; 0 in `report_month`.
  var kind: Int64 = 0
  /// Row id of the policy domain.
  var domain: Int64
  /// Row id of the flow; 0 in sums of several flows.
  var flow: Int64 = 0

  static func < (left: DetailKey, right: DetailKey) -> Bool {
    (left.month, left.kind, left.domain, left.flow) < (right.month, right.kind, right.domain, right.flow)
  }
}

/// One of the tables whose rows contain a ``SumDetail``.
final class DetailTable {
  /// The tables.
  enum Name: String {
    case flowMonth = "flow_month"
    case domainMonth = "domain_month"
    case reportMonth = "report_month"
  }

  /// The source and the outcome of a flow, which its rows repeat.
  struct FlowColumns {
    var source, outcome: Int64
  }

  private let name: Name
  private let find, put, delete: RawStatement
  /// Changes the kind of a row of `flow_month`.
  private let setKind: RawStatement?

  init(_ db: Database, _ name: Name) throws {
    self.name = name
    let keys =
      switch name {
      case .flowMonth: ["month", "kind_id", "domain_id", "flow_id"]
      case .domainMonth: ["month", "kind_id", "domain_id"]
      case .reportMonth: ["month", "domain_id"]
      }
    let others =
      switch name {
      case .flowMonth: ["detail", "messages", "source_id", "outcome_id"]
      case .domainMonth: ["detail", "messages"]
      case .reportMonth: ["detail"]
      }
    let condition = keys.enumerated().map { "\($1) = ?\($0 + 1)" }.joined(separator: " AND ")
    find = try RawStatement(db, "SELECT \(others.joined(separator: ", ")) FROM \(name.rawValue) WHERE \(condition)")
    put = try RawStatement(
      db,
      """
      INSERT OR REPLACE INTO \(name.rawValue) (\((keys + others).joined(separator: ", ")))
      VALUES (\((keys + others).map { _ in "?" }.joined(separator: ", ")))
      """)
    delete = try RawStatement(db, "DELETE FROM \(name.rawValue) WHERE \(condition)")
    setKind =
      name == .flowMonth
      ? try RawStatement(db, "UPDATE OR REPLACE \(name.rawValue) SET kind_id = ?5 WHERE \(condition)") : nil
  }

  /// Binds a key, and returns the index of the next parameter.
  @discardableResult
  private func bind(_ key: DetailKey, to statement: RawStatement) -> Int32 {
    statement.bind(key.month, at: 1)
    switch name {
    case .reportMonth:
      statement.bind(key.domain, at: 2)
      return 3
    case .domainMonth, .flowMonth:
      statement.bind(key.kind, at: 2)
      statement.bind(key.domain, at: 3)
      guard name == .flowMonth else { return 4 }
      statement.bind(key.flow, at: 4)
      return 5
    }
  }

  /// Adds changes to a row, in ascending order of groups.
  /// - Parameter isNew: whether there is certainly no row with this key.
  func change(
    _ key: DetailKey, _ changes: some Sequence<SumDetail.Entry>, _ flow: FlowColumns? = nil, isNew: Bool = false
  ) throws {
    var stored: SumDetail?
    if !isNew {
      bind(key, to: find)
      stored = try find.first { row in row.withBytes(at: 0) { SumDetail($0) } }
    }
    var detail = stored ?? SumDetail()
    guard detail.add(changes) else { throw RollUpDamage() }
    if detail.entries.isEmpty {
      guard stored != nil else { return }
      bind(key, to: delete)
      return try delete.run()
    }
    try store(detail, key, flow)
  }

  /// Moves a row of `flow_month` to another kind, of which the flow has no row in this month.
  /// - Returns: its sums; nil if there is no row.
  func move(_ key: DetailKey, toKind kind: Int64) throws -> SumDetail? {
    guard let setKind else { return nil }
    bind(key, to: find)
    guard let detail = try find.first({ row in row.withBytes(at: 0) { SumDetail($0) } }) else { return nil }
    bind(key, to: setKind)
    setKind.bind(kind, at: 5)
    try setKind.run()
    return detail
  }

  /// Stores a row, whether or not there is one with this key.
  private func store(_ detail: SumDetail, _ key: DetailKey, _ flow: FlowColumns? = nil) throws {
    let next = bind(key, to: put)
    put.bind(detail.bytes, at: next)
    if name != .reportMonth { put.bind(detail.messages, at: next + 1) }
    if let flow {
      put.bind(flow.source, at: next + 2)
      put.bind(flow.outcome, at: next + 3)
    }
    try put.run()
  }
}

/// The roll-ups contradict the records.
struct RollUpDamage: Error {}
