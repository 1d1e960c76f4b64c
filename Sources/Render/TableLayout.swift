/// The columns of a table with their widths, which are measured before anything is printed. So a table that is too long for memory can be
/// read twice instead.
package struct TableLayout {
  private(set) var columns: [Column]
  /// The positions of the columns that people see.
  private(set) var shown: [Int]
  private(set) var widths: [Int]
  /// Whether all cells so far are numbers or null, and whether all are null.
  private var areNumbers, areNull: [Bool]
  /// Whether no row has been measured.
  package private(set) var isEmpty = true

  /// Whether headings and what needs attention stand out, on a terminal.
  package var isStyled = false

  /// Creates the layout of a table without rows.
  package init(_ columns: [Column]) {
    self.columns = columns
    shown = columns.indices.filter { !columns[$0].isDetail }
    widths = columns.map { TableText.width($0.title) }
    areNumbers = columns.map { _ in true }
    areNull = areNumbers
  }

  /// Makes the columns wide enough for a row.
  package mutating func measure(_ row: [Cell]) {
    isEmpty = false
    for index in shown {
      widths[index] = max(widths[index], TableText.width(TableText.shown(row[index], in: columns[index])))
      areNumbers[index] = areNumbers[index] && TableText.isNumber(row[index])
      areNull[index] = areNull[index] && row[index] == .null
    }
  }

  /// Whether texts of a column may be shortened: not numbers, and nothing that people copy.
  func isShortened(_ column: Int) -> Bool {
    ShortenedText.width(of: columns[column]) != nil && !areNumbers[column]
  }

  /// Leaves a column out.
  mutating func hide(_ column: Int) {
    shown.removeAll { $0 == column }
    columns[column] = columns[column].hidden()
  }

  /// Makes a column narrower: longer texts in it are shortened.
  mutating func narrow(_ column: Int, to width: Int) {
    columns[column].maximumWidth = width
    widths[column] = min(widths[column], max(width, TableText.width(columns[column].title)))
  }

  /// The titles of the columns.
  package var header: PrintableText { PrintableText(encoded: headerText) }

  /// A row that has been measured.
  package func line(_ row: [Cell]) -> PrintableText { PrintableText(encoded: text(row)) }

  var headerText: String { text(columns.map(\.title)) { _ in .bold } }

  func text(_ row: [Cell]) -> String {
    text(zip(columns, row).map { $0.isDetail ? "" : TableText.shown($1, in: $0) }) { column in
      TextStyle.of(row[column], in: columns[column])
    }
  }

  private func text(_ cells: [String], _ style: (Int) -> TextStyle?) -> String {
    var result = ""
    for index in shown {
      let padding = String(repeating: " ", count: max(0, widths[index] - TableText.width(cells[index])))
      let cell = isStyled ? style(index)?.applied(to: cells[index]) ?? cells[index] : cells[index]
      if index != shown.first { result += "  " }
      result += areNumbers[index] && !areNull[index] ? padding + cell : cell + padding
    }
    while result.last == " " { result.removeLast() }
    return result + "\n"
  }
}
