import ArgumentParser
import Render

/// Where a page of an answer begins.
struct PageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Continue after a page of --limit rows: `next` of its last row in JSON or NDJSON.", valueName: "cursor"))
  var after: String?

  /// The place that the rows come after; nil for the first page.
  /// - Parameters:
  ///   - question: the command with the options that determine its order.
  ///   - ranks: the number of numbers in a position of its answer.
  func position(of question: String, ranks: Int = 1) throws -> RowPosition? {
    guard let after else { return nil }
    do {
      return try RowPosition(token: after, of: question, ranks: ranks)
    } catch .otherQuestion(let other) {
      throw CommandError.usage(
        "--after is a cursor of `\(other)`, not of `\(question)`: repeat the options of the first page")
    } catch .invalid {
      throw CommandError.usage("--after is not a cursor: pass `next` of the last row of the page before, unchanged")
    }
  }

  /// The rows of one page, in order.
  /// - Parameters:
  ///   - limit: the most rows of a page; nil for all.
  ///   - position: the place of a row; no two rows may have the same.
  func page<Row>(
    _ rows: [Row], limit: Int?, of question: String, ranks: Int = 1, by position: (Row) -> RowPosition
  ) throws -> Page<Row> {
    let after = try self.position(of: question, ranks: ranks)
    var placed = rows.map { (place: position($0), row: $0) }
    if let after { placed.removeAll { $0.place <= after } }
    placed.sort { $0.place < $1.place }
    let shown = placed.prefix(limit ?? placed.count)
    let omitted = placed.dropFirst(shown.count).map(\.row)
    // A page of no rows has no last row.
    let next = omitted.isEmpty ? nil : shown.last.map { $0.place.token(of: question) }
    return Page(rows: shown.map(\.row), omitted: omitted, next: next)
  }
}

/// A page of an answer.
struct Page<Row> {
  var rows: [Row]
  /// The rows after it, as far as they are known.
  let omitted: [Row]
  /// The cursor of the next page; nil if this is the last.
  let next: String?
}

extension ResultTable {
  /// Adds `next` to rows for programs: the cursor of the next page in the last row, and null in all others.
  mutating func addNext(_ token: String?) {
    columns.append(Column("next"))
    for index in rows.indices { rows[index].append(index == rows.count - 1 ? Cell(token) : .null) }
  }
}
