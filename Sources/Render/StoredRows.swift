import DMARC
import Store

extension StoredRow {
  /// The row as columns with their cells; epoch columns become times with their offset.
  public var cells: [(Column, Cell)] {
    zip(columns, values).map { name, value in (Column(name), Cell(shown: value, column: name)) }
  }

  /// The row without a column that is for programs inside only.
  public func without(_ column: String) -> StoredRow {
    guard let index = columns.firstIndex(of: column) else { return self }
    var (names, cells) = (columns, values)
    names.remove(at: index)
    cells.remove(at: index)
    return StoredRow(columns: names, values: cells)
  }
}

extension ResultTable {
  /// Rows as the database gave them; all must have the columns of the first.
  public init(_ rows: [StoredRow]) {
    self.init(rows.first?.cells.map(\.0) ?? [], rows.map { $0.cells.map(\.1) })
  }
}

extension Cell {
  fileprivate init(shown value: StoredValue, column: String) {
    switch (column, value) {
    case ("begin", .integer(let epoch)), ("end", .integer(let epoch)), ("ingested_at", .integer(let epoch)),
      ("tried_at", .integer(let epoch)), ("seen_at", .integer(let epoch)):
      self = .text(timestamp(epoch))
    default: self.init(value, column: column)
    }
  }
}
