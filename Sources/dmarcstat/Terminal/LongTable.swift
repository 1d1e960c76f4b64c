import Render

/// A table that is too long for memory: its rows are read twice, first to measure the columns.
struct LongTable {
  private let empty: ResultTable
  private let isStyled: Bool

  /// - Parameters:
  ///   - empty: the table without rows.
  ///   - isStyled: whether what needs attention stands out.
  init(_ empty: ResultTable, isStyled: Bool = false) {
    (self.empty, self.isStyled) = (empty.worded(Terminal.wording), isStyled)
  }

  /// Prints the table.
  /// - Parameters:
  ///   - width: columns of the terminal to fit it to; nil for all of it.
  ///   - remedy: how to see the columns that are left out.
  ///   - forEachRow: reads the rows, and calls its argument with each.
  /// - Returns: what `forEachRow` returned last.
  @discardableResult
  func print<Answer>(
    width: Int?, remedy: String, _ forEachRow: (@escaping ([Cell]) -> Void) throws -> Answer
  ) throws -> Answer {
    var layout = TableLayout(empty.columns)
    layout.isStyled = isStyled
    let answer = try forEachRow { layout.measure($0) }
    guard !layout.isEmpty else {
      Terminal.print(Rendering.printable(empty, .table))
      return answer
    }
    let omitted = width.map { layout.fit(to: $0) } ?? []
    let output = BufferedOutput()
    output.write(layout.header)
    let last = try forEachRow { output.write(layout.line($0)) }
    output.flush()
    if let width { Terminal.tell(omitted, remedy, width) }
    return last
  }
}

/// An answer that is too long for memory, whose rows are printed as they are read.
struct LongAnswer {
  private let covered: CoveredPeriod
  private let option: FormatOption

  init(_ covered: CoveredPeriod, _ option: FormatOption) { (self.covered, self.option) = (covered, option) }

  /// Prints the rows and the period.
  /// - Parameters:
  ///   - empty: the table without rows and without what ``CoveredPeriod/completed(_:_:next:)`` adds.
  ///   - forEachRow: reads the rows, and calls its argument with each; for a table it is called twice.
  /// - Returns: what `forEachRow` returned last.
  @discardableResult
  func print<Answer>(_ empty: ResultTable, _ forEachRow: (@escaping ([Cell]) -> Void) throws -> Answer) throws -> Answer
  {
    let all = covered.completed(empty, option.format)
    guard let columns = option.columns else { return try printAll(all, forEachRow) }
    let positions = columns.positions(of: all)
    return try printAll(columns.chosen(from: all)) { body in
      try forEachRow { row in body(positions.map { row[$0] }) }
    }
  }

  private func printAll<Answer>(
    _ completed: ResultTable, _ forEachRow: (@escaping ([Cell]) -> Void) throws -> Answer
  ) throws -> Answer {
    if option.format == .table {
      let answer = try LongTable(completed, isStyled: option.isStyled).print(
        width: option.width, remedy: FormatOption.remedy, forEachRow)
      covered.printLine()
      return answer
    }
    let output = BufferedOutput()
    var printer = RowPrinter(completed.columns, option.format) { output.write($0) }
    let answer = try forEachRow { printer.print($0) }
    printer.finish()
    output.flush()
    covered.tell()
    return answer
  }
}
