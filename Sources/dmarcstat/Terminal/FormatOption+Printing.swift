import Render
import Wording

extension FormatOption {
  /// The width to fit tables to; nil if they are printed whole.
  var width: Int? { format == .table && !wide ? Terminal.width : nil }

  /// How to see the columns for which a terminal is too narrow.
  static let remedy = "--wide shows all columns"

  /// Whether tables have colours; other formats never have.
  var isStyled: Bool { format == .table && color.isOn }

  private func printable(_ table: ResultTable) -> PrintableText {
    let table = table.worded(Terminal.wording)
    return isStyled ? Rendering.styled(table) : Rendering.printable(table, format)
  }

  private func printable(_ document: Document) -> PrintableText {
    let document = document.worded(Terminal.wording)
    return isStyled ? Rendering.styled(document) : Rendering.printable(document, format)
  }

  /// Prints a table, fitted to the terminal.
  func print(_ table: ResultTable) {
    let table = columns?.chosen(from: table) ?? table
    guard let width else { return Terminal.print(printable(table)) }
    let (fitted, omitted) = table.worded(Terminal.wording).fitted(to: width)
    Terminal.print(printable(fitted))
    Terminal.tell(omitted, Self.remedy, width)
  }

  /// Prints the first rows of a list, and says how many there are besides.
  /// - Parameter total: the number of all rows.
  func print(_ table: ResultTable, outOf total: Int64, _ one: String, _ many: String) {
    print(table)
    guard let omitted = CutList(lines: Int(clamping: total) - table.rows.count).text(one, many) else { return }
    let line = "\(omitted) not shown: --limit 0 shows all."
    if format == .table { Terminal.print(lines: ["", line]) } else { Terminal.complain(line) }
  }

  /// Prints a document, whose tables are fitted to the terminal.
  func print(_ document: Document) {
    var document = document
    if let columns, let main = document.sections.firstIndex(where: { $0.name == document.main }) {
      document.sections[main].table = columns.chosen(from: document.sections[main].table)
    }
    guard let width else { return Terminal.print(printable(document)) }
    document = document.worded(Terminal.wording)
    var omitted: [String] = []
    for index in document.sections.indices {
      let (table, left) = document.sections[index].table.fitted(to: width)
      document.sections[index].table = table
      omitted += left.filter { !omitted.contains($0) }
    }
    Terminal.print(printable(document))
    Terminal.tell(omitted, Self.remedy, width)
  }
}

extension Terminal {
  /// Says which columns the terminal is too narrow for.
  static func tell(_ omitted: [String], _ remedy: String, _ width: Int) {
    guard !omitted.isEmpty else { return }
    var text = WrappedText(width: width)
    text.line("")
    let names = omitted.joined(separator: ", ")
    text.paragraph(
      wording.text("The terminal is too narrow for \(names): \(remedy)."), first: "", rest: "")
    Terminal.print(text.printable)
  }
}
