import DMARC

/// Prints rows as they arrive, for answers that are too long for memory. Not possible for the format `table`.
package struct RowPrinter {
  private let columns: [Column]
  private let terms: CurrentTerms
  private let format: OutputFormat
  private let write: (PrintableText) -> Void
  private var count = 0

  /// Creates a printer.
  /// - Parameters:
  ///   - withBOM: whether CSV starts with a byte order mark, which some spreadsheets require.
  ///   - addsTerms: whether to add columns with the current terms (``CurrentTerms``).
  package init(
    _ columns: [Column], _ format: OutputFormat, withBOM: Bool = false, addsTerms: Bool = true,
    write: @escaping (PrintableText) -> Void
  ) {
    terms = CurrentTerms(for: addsTerms ? columns : [])
    self.columns = columns + terms.columns
    self.format = format
    self.write = write
    switch format {
    case .csv, .table:
      write(PrintableText(encoded: (withBOM ? "\u{feff}" : "") + CSVText.line(self.columns.map { .text($0.key) })))
    case .json: write(PrintableText(encoded: "["))
    case .ndjson: break
    }
  }

  /// Prints a row.
  package mutating func print(_ row: [Cell]) {
    let row = row + terms.cells(row)
    switch format {
    case .csv, .table: write(PrintableText(encoded: CSVText.line(row)))
    case .json: write(PrintableText(encoded: (count > 0 ? ",\n " : "\n ") + JSONObject.text(columns, row)))
    case .ndjson: write(PrintableText(encoded: JSONObject.text(columns, row) + "\n"))
    }
    count += 1
  }

  /// Ends the output.
  package func finish() {
    if format == .json { write(PrintableText(encoded: count > 0 ? "\n]\n" : "]\n")) }
  }
}

/// CSV as defined by RFC 4180, with CRLF line ends and formulas made harmless.
enum CSVText {
  static func line(_ cells: [Cell]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      if index > 0 { line += "," }
      line += text(cell)
    }
    return line + "\r\n"
  }

  private static func text(_ cell: Cell) -> String {
    switch cell {
    case .null: ""
    case .text(let text): SafeText.csvCell(text)
    case .json(let text, _): SafeText.csvCell(json: text)
    case .integer(let number): String(number)
    case .share(let number), .number(let number), .change(let number): JSONObject.decimal(number)
    case .flag(let flag): flag ? "1" : "0"
    case .list(let items): SafeText.csvCell(items.joined(separator: "; "))
    }
  }
}

/// A row as a JSON object.
enum JSONObject {
  static func text(_ columns: [Column], _ row: [Cell]) -> String {
    var json = JSONText()
    json.object { write(columns, row, to: &$0) }
    return json.string
  }

  /// Writes a row of a document, including the columns with the current terms.
  static func writeWithTerms(_ columns: [Column], _ row: [Cell], to json: inout JSONText) {
    let terms = CurrentTerms(for: columns)
    write(columns + terms.columns, row + terms.cells(row), to: &json)
  }

  static func write(_ columns: [Column], _ row: [Cell], to json: inout JSONText) {
    for (column, cell) in zip(columns, row) {
      json.key(column.key)
      value(cell, to: &json)
    }
  }

  static func value(_ cell: Cell, to json: inout JSONText) {
    switch cell {
    case .null: json.raw("null")
    case .text(let text): json.value(text)
    case .integer(let number): json.value(number)
    case .share(let number), .number(let number), .change(let number): json.raw(decimal(number))
    case .flag(let flag): json.value(flag)
    case .list(let items): json.array { for item in items { $0.value(item) } }
    case .json(let text, _): json.stored(text)
    }
  }

  /// A number with at most six decimal places.
  static func decimal(_ number: Double) -> String { "\((number * 1_000_000).rounded() / 1_000_000)" }
}
