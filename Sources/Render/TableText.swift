import DMARC
import Store
import Wording

/// Formats an answer as aligned columns for people.
package struct TableText {
  /// The maximum width of a list before it is shortened with "+N".
  private static let listWidth = 34

  static func render(_ table: ResultTable, isStyled: Bool = false) -> String {
    guard !table.rows.isEmpty else { return table.ifEmpty + "\n" }
    var layout = TableLayout(table.columns)
    layout.isStyled = isStyled
    for row in table.rows { layout.measure(row) }
    var result = layout.headerText
    for row in table.rows { result += layout.text(row) }
    return result
  }

  /// The text of a cell in a table or a list of facts: never empty, and never wider than its column may be.
  static func shown(_ cell: Cell, in column: Column) -> String {
    let whole = text(worded(cell, in: column))
    return whole.isEmpty
      ? "-" : ShortenedText.shortened(whole, to: column.maximumWidth ?? ShortenedText.width(of: column))
  }

  /// A cell with its words in the language of the column. Names and numbers stay as they are.
  private static func worded(_ cell: Cell, in column: Column) -> Cell {
    guard column.wording != .english else { return cell }
    return switch cell {
    case .text(let text): .text(column.wording.cell(text, in: column.key))
    case .list(let items): .list(items.map { column.wording.cell($0, in: column.key) })
    case .flag(let flag): .text(column.wording.text(flag ? "yes" : "no"))
    default: cell
    }
  }

  static func isNumber(_ cell: Cell) -> Bool {
    switch cell {
    case .integer, .share, .number, .change, .null: true
    default: false
    }
  }

  /// The text of a cell for people: numbers with separators, shares in percent, lists shortened.
  static func text(_ cell: Cell) -> String {
    switch cell {
    case .null: "-"
    case .text(let text): SafeText.people(text)
    case .integer(let number): NumberText.grouped(number)
    case .share(let share): NumberText.percent(share)
    case .number(let number): NumberText.tenths(number)
    case .change(let change): (change < 0 ? "" : "+") + NumberText.tenths(change)
    case .flag(let flag): flag ? "yes" : "no"
    case .list(let items): shortened(items)
    case .json(let text, let content): shortened(items(text, content))
    }
  }

  /// All results in a cell, without shortening.
  static func all(_ cell: Cell) -> [String] {
    switch cell {
    case .json(let text, let content): items(text, content).map(SafeText.people)
    case .list(let items): items.map(SafeText.people)
    default: [text(cell)]
    }
  }

  private static func items(_ json: String, _ content: JSONContent) -> [String] {
    switch content {
    case .dkimResults: ResultText.dkim((try? StoredJSON.dkimResults(json)) ?? [])
    case .dkimResultsFor(let from): ResultText.dkim((try? StoredJSON.dkimResults(json)) ?? [], from: from)
    case .spfResults: ResultText.spf((try? StoredJSON.spfResults(json)) ?? [])
    case .reasons: ResultText.reasons((try? StoredJSON.reasons(json)) ?? [])
    case .other: json == "[]" ? [] : [json]
    }
  }

  private static func shortened(_ items: [String]) -> String {
    if items.isEmpty { return "-" }
    var result = item(items[0])
    for (index, text) in items.enumerated().dropFirst() {
      let safe = item(text)
      guard width(result) + width(safe) + 2 <= listWidth else { return result + " +\(items.count - index)" }
      result += ", " + safe
    }
    return result
  }

  private static func item(_ text: String) -> String {
    text.isEmpty ? "-" : ShortenedText.shortened(SafeText.people(text), to: ShortenedText.nameWidth)
  }

  /// The width of a text on a terminal; East Asian wide characters take two columns (UAX #11, the wide blocks).
  package static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.value {
      case 0..<0x300: sum + 1
      case _ where scalar.properties.generalCategory == .nonspacingMark: sum
      case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
        0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
        sum + 2
      default: sum + 1
      }
    }
  }
}
