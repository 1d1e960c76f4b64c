import GRDB

extension ReportContent {
  /// Reads a stored report.
  init(reading rowID: Int64, _ db: Database) throws {
    let reader = try ContentReader(db)
    guard let report = try reader.rows("report", "id", rowID).first else {
      throw DatabaseError(resultCode: .SQLITE_NOTFOUND)
    }
    self.init(report: report)
    for column in ["id", "group_id"] { self.report[column] = nil }
    warnings = try reader.rows("warning", "report_id", rowID, without: ["report_id"])
    mail = try reader.rows("report_mail", "report_id", rowID, without: ["report_id"]).first
    var (sourceIndex, outcomeIndex, policyIndex): ([Int64: Int], [Int64: Int], [Int64: Int]) = ([:], [:], [:])
    func index(_ id: Int64, _ known: inout [Int64: Int], _ list: inout [Columns], _ table: String) throws -> Int {
      if let index = known[id] { return index }
      guard let row = try reader.rows(table, "id", id, without: ["id"]).first else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT)
      }
      list.append(row)
      known[id] = list.count - 1
      return list.count - 1
    }
    if let policyID = try Int64.fetchOne(db, sql: "SELECT policy_id FROM report WHERE id = ?", arguments: [rowID]) {
      _ = try index(policyID, &policyIndex, &policies, "policy")
    }
    let cursor = try Row.fetchCursor(
      db,
      sql: """
        SELECT record.*, flow.source_id AS "source ", flow.outcome_id AS "outcome ", flow.policy_id AS "policy "
        FROM record JOIN flow ON flow.id = flow_id WHERE report_id = ? ORDER BY ordinal
        """, arguments: [rowID])
    while let row = try cursor.next() {
      let source: Int64 = row["source "]
      if sourceIndex[source] == nil {
        hosts += try reader.rows("source_host", "source_id", source)
      }
      var columns = try reader.columns(of: row, "record")
      for name in ["report_id", "flow_id", "source ", "outcome ", "policy "] { columns[name] = nil }
      records.append(
        Entry(
          columns: columns, source: try index(source, &sourceIndex, &sources, "source"),
          outcome: try index(row["outcome "], &outcomeIndex, &outcomes, "outcome"),
          policy: try index(row["policy "], &policyIndex, &policies, "policy")))
    }
  }
}

/// Reads rows with their references resolved.
private final class ContentReader {
  private let db: Database
  private var references: [String: TableReferences] = [:]
  private var names: [String: [Int64: StoredColumn]] = [:]

  init(_ db: Database) throws {
    self.db = db
    for table in ["report", "record", "policy", "outcome", "source", "source_host", "warning", "report_mail"] {
      references[table] = try TableReferences(table, db)
    }
  }

  func rows(_ table: String, _ column: String, _ value: Int64, without: [String] = []) throws -> [ReportContent.Columns]
  {
    let statement = try db.cachedStatement(sql: "SELECT * FROM \(table) WHERE \(column) = ?")
    return try Row.fetchAll(statement, arguments: [value]).map { row in
      var columns = try columns(of: row, table)
      for name in without { columns[name] = nil }
      return columns
    }
  }

  func columns(of row: Row, _ table: String) throws -> ReportContent.Columns {
    var result: ReportContent.Columns = [:]
    for (name, value) in row {
      guard let target = references[table]?.target(name), let id = Int64.fromDatabaseValue(value) else {
        result[name] = StoredColumn(value)
        continue
      }
      result[name] = try self.name(id, target)
    }
    return result
  }

  private func name(_ id: Int64, _ target: (table: String, key: String)) throws -> StoredColumn {
    if let known = names[target.table]?[id] { return known }
    let statement = try db.cachedStatement(sql: "SELECT \(target.key) FROM \(target.table) WHERE id = ?")
    guard let value = try DatabaseValue.fetchOne(statement, arguments: [id]) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT)
    }
    names[target.table, default: [:]][id] = StoredColumn(value)
    return StoredColumn(value)
  }
}
