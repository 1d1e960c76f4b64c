import ArgumentParser
import Render
import Settings

/// Columns of an answer, by their names.
struct ColumnChoice: ExpressibleByArgument {
  private let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { return nil }
  }

  /// Whether a column is chosen.
  func contains(_ name: String) -> Bool { names.contains(name) }

  /// The positions of the columns among all.
  /// - Throws: a ``CommandError`` for a name that is not a column, or that occurs twice.
  func positions(in all: [String]) throws(CommandError) -> [Int] {
    var positions: [Int] = []
    for name in names {
      guard let position = all.firstIndex(of: name) else {
        let near = NearNames.of(name, among: all, part: "_").joined(separator: ", ")
        let hint = near.isEmpty ? "the columns are \(all.joined(separator: ", "))" : "did you mean \(near)?"
        throw .usage("--columns: there is no column \(name): \(hint)")
      }
      guard !positions.contains(position) else { throw .usage("--columns: \(name) occurs twice") }
      positions.append(position)
    }
    return positions
  }

  /// A table with only these columns, all of them shown. An unknown column name ends the program.
  func chosen(from table: ResultTable) -> ResultTable {
    let positions = positions(of: table)
    return ResultTable(
      positions.map { table.columns[$0].shown() }, table.rows.map { row in positions.map { row[$0] } },
      ifEmpty: table.ifEmpty)
  }

  /// The positions of the columns in a table. An unknown column name ends the program.
  func positions(of table: ResultTable) -> [Int] {
    do { return try positions(in: table.columns.map(\.key)) } catch { Dmarcstat.end(with: error) }
  }
}
