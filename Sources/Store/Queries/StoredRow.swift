import GRDB

/// A row of any query: named columns in order.
package struct StoredRow: Sendable, Hashable {
  /// Names of the values in each row.
  package let columns: [String]
  /// The values, one for each column.
  package let values: [StoredValue]

  /// A row; as many values as columns.
  package init(columns: [String], values: [StoredValue]) {
    self.columns = columns
    self.values = values
  }

  init(_ row: Row) {
    self.init(columns: Array(row.columnNames), values: row.databaseValues.map(StoredValue.init))
  }
}

/// A column's value as the database holds it.
package enum StoredValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)

  init(_ value: DatabaseValue) {
    self =
      switch value.storage {
      case .null: .null
      case .int64(let number): .integer(number)
      case .double(let number): .real(number)
      case .string(let text): .text(text)
      case .blob(let data): .text(data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
      }
  }
}

extension SQLRequest<Row> {
  /// All rows with their columns.
  func storedRows(_ db: Database) throws -> [StoredRow] { try fetchAll(db).map(StoredRow.init) }
}
