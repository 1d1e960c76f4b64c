import Render

/// A table that is too long for memory: its rows are read twice, first to measure the columns.
struct LongTable {
  private let empty: ResultTable

  /// - Parameter empty: the table without rows.
  init(_ empty: ResultTable) { self.empty = empty }

  /// Prints the table.
  /// - Parameters:
  ///   - width: columns of the terminal to fit it to; nil for all of it.
  ///   - remedy: how to see the columns that are left out.
  ///   - forEachRow: reads the rows, and calls its argument with each.
  func print(width: Int?, remedy: String, _ forEachRow: (@escaping ([Cell]) -> Void) throws -> Void) throws {
    var layout = TableLayout(empty.columns)
    try forEachRow { layout.measure($0) }
    guard !layout.isEmpty else { return Terminal.print(Rendering.printable(empty, .table)) }
    let omitted = width.map { layout.fit(to: $0) } ?? []
    let output = BufferedOutput()
    output.write(layout.header)
    try forEachRow { output.write(layout.line($0)) }
    output.flush()
    if let width { Terminal.tell(omitted, remedy, width) }
  }
}
