import GRDB

extension ReportContent {
  /// Puts the report into the tables.
  /// - Parameters:
  ///   - rowID: the row id that it gets.
  ///   - key: another report key than its own, for the second part of a report.
  func insert(as rowID: Int64, key: String? = nil, _ db: Database) throws {
    let writer = try ContentWriter(db)
    for policy in policies { try writer.intern(policy, "policy") }
    for outcome in outcomes { try writer.intern(outcome, "outcome") }
    for source in sources { try writer.intern(source, "source") }
    for host in hosts { try writer.insert(host, "source_host", orIgnore: true) }
    var report = report
    report["id"] = .integer(rowID)
    if let key { report["report_key"] = .text(key) }
    try writer.insert(report, "report")
    let flows = try FlowRows(self, writer, db)
    for record in records {
      var columns = record.columns
      columns["report_id"] = .integer(rowID)
      columns["flow_id"] = .integer(try flows.id(of: record))
      try writer.insert(columns, "record")
    }
    for warning in warnings { try writer.insert(warning.merging(["report_id": .integer(rowID)]) { $1 }, "warning") }
    if let mail { try writer.insert(mail.merging(["report_id": .integer(rowID)]) { $1 }, "report_mail") }
  }
}

/// Finds or adds the flows of a content.
private final class FlowRows {
  private let sources, outcomes, policies: [Int64]
  private let db: Database

  init(_ content: ReportContent, _ writer: ContentWriter, _ db: Database) throws {
    self.db = db
    sources = try content.sources.map { try writer.id($0["address"] ?? .null, ("source", "address")) }
    outcomes = try content.outcomes.map { try writer.id($0["key"] ?? .null, ("outcome", "key")) }
    policies = try content.policies.map { try writer.id($0["key"] ?? .null, ("policy", "key")) }
  }

  func id(of record: ReportContent.Entry) throws -> Int64 {
    guard sources.indices.contains(record.source), outcomes.indices.contains(record.outcome),
      policies.indices.contains(record.policy)
    else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    let ids = [sources[record.source], outcomes[record.outcome], policies[record.policy]]
    let find = try db.cachedStatement(
      sql: "SELECT id FROM flow WHERE source_id = ? AND outcome_id = ? AND policy_id = ?")
    if let id = try Int64.fetchOne(find, arguments: StatementArguments(ids)) { return id }
    try db.cachedStatement(sql: "INSERT INTO flow (source_id, outcome_id, policy_id) VALUES (?, ?, ?)")
      .execute(arguments: StatementArguments(ids))
    return db.lastInsertedRowID
  }
}

/// Inserts rows, and finds or adds what they refer to.
private final class ContentWriter {
  private let db: Database
  private var references: [String: TableReferences] = [:]
  private var known: [String: Set<String>] = [:]
  private var ids: [String: [StoredColumn: Int64]] = [:]

  init(_ db: Database) throws { self.db = db }

  /// Inserts a row unless one with its unique value exists.
  func intern(_ columns: ReportContent.Columns, _ table: String) throws {
    guard let key = ReportContent.keys[table], let value = columns[key] else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT)
    }
    if try find(value, (table, key)) == nil { try insert(columns, table) }
  }

  func insert(_ columns: ReportContent.Columns, _ table: String, orIgnore: Bool = false) throws {
    let references = try references[table] ?? TableReferences(table, db)
    self.references[table] = references
    let tableColumns = try known[table] ?? Set(db.columns(in: table).map(\.name))
    known[table] = tableColumns
    let names = columns.keys.filter(tableColumns.contains).sorted()
    let values = try names.map { name -> DatabaseValue in
      let value = columns[name] ?? .null
      guard value != .null, let target = references.target(name) else { return value.databaseValue }
      return try id(value, target).databaseValue
    }
    let statement = try db.cachedStatement(
      sql: """
        INSERT \(orIgnore ? "OR IGNORE " : "")INTO \(table) (\(names.map { "\"\($0)\"" }.joined(separator: ", ")))
        VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
        """)
    try statement.execute(arguments: StatementArguments(values))
  }

  /// The row of a unique value; names are added if they are new.
  func id(_ value: StoredColumn, _ target: (table: String, key: String)) throws -> Int64 {
    if let id = ids[target.table]?[value] { return id }
    let id = try find(value, target) ?? add(value, target)
    ids[target.table, default: [:]][value] = id
    return id
  }

  private func find(_ value: StoredColumn, _ target: (table: String, key: String)) throws -> Int64? {
    let statement = try db.cachedStatement(sql: "SELECT id FROM \(target.table) WHERE \(target.key) = ?")
    return try Int64.fetchOne(statement, arguments: [value.databaseValue])
  }

  private func add(_ value: StoredColumn, _ target: (table: String, key: String)) throws -> Int64 {
    guard target.key == "name" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    try db.cachedStatement(sql: "INSERT INTO \(target.table) (name) VALUES (?)").execute(arguments: [
      value.databaseValue
    ])
    return db.lastInsertedRowID
  }
}
