import DMARC
package import Wording

/// Formats answers as text.
package enum Rendering {
  /// A table in the given format, including the final line end.
  package static func printable(_ table: ResultTable, _ format: OutputFormat) -> PrintableText {
    PrintableText(encoded: text(table, format))
  }

  /// A table for a terminal, in which what needs attention stands out.
  package static func styled(_ table: ResultTable) -> PrintableText {
    PrintableText(encoded: TableText.render(table, isStyled: true))
  }

  /// A document for a terminal, in which what needs attention stands out.
  package static func styled(_ document: Document) -> PrintableText {
    PrintableText(encoded: documentText(document, isStyled: true))
  }

  /// A document in the given format.
  ///
  /// JSON is one object with the facts and an array for each table. NDJSON is one object for each row, with the table in `section`. CSV is
  /// the table named ``Document/main``, because CSV has one table only.
  package static func printable(_ document: Document, _ format: OutputFormat) -> PrintableText {
    PrintableText(encoded: text(document, format))
  }

  static func text(_ table: ResultTable, _ format: OutputFormat) -> String {
    if format == .table { return TableText.render(table) }
    var result = ""
    var printer = RowPrinter(table.columns, format) { result += $0.text }
    for row in table.rows { printer.print(row) }
    printer.finish()
    return result
  }

  static func text(_ document: Document, _ format: OutputFormat) -> String {
    switch format {
    case .table: documentText(document)
    case .csv: text(document.sections.first { $0.name == document.main }?.table ?? ResultTable([], []), .csv)
    case .json: documentJSON(document)
    case .ndjson: documentLines(document)
    }
  }

  private static func documentText(_ document: Document, isStyled: Bool = false) -> String {
    let facts = document.facts.filter { !$0.0.isDetail }
    let width = facts.map { TableText.width($0.0.title) }.max() ?? 0
    var result = ""
    for (column, cell) in facts {
      let padding = String(repeating: " ", count: width - TableText.width(column.title))
      let shown = TableText.shown(cell, in: column)
      let (title, text) =
        isStyled
        ? (TextStyle.bold.applied(to: column.title), TextStyle.of(cell, in: column)?.applied(to: shown) ?? shown)
        : (column.title, shown)
      result += "\(title)\(padding)  \(text)\n"
    }
    for section in document.sections where !section.table.rows.isEmpty {
      result += "\n\(section.title)\n" + TableText.render(section.table, isStyled: isStyled)
    }
    for note in document.notes {
      result += "\n" + note.map { SafeText.people($0) + "\n" }.joined()
    }
    return result
  }

  private static func documentJSON(_ document: Document) -> String {
    var json = JSONText()
    json.object {
      JSONObject.writeWithTerms(document.facts.map(\.0), document.facts.map(\.1), to: &$0)
      for section in document.sections {
        $0.key(section.name)
        $0.array { array in
          for row in section.table.rows {
            array.object { JSONObject.writeWithTerms(section.table.columns, row, to: &$0) }
          }
        }
      }
    }
    return json.string + "\n"
  }

  private static func documentLines(_ document: Document) -> String {
    func line(_ section: String, _ columns: [Column], _ row: [Cell]) -> String {
      var json = JSONText()
      json.object { JSONObject.writeWithTerms([Column("section")] + columns, [.text(section)] + row, to: &$0) }
      return json.string + "\n"
    }
    var result = line("facts", document.facts.map(\.0), document.facts.map(\.1))
    for part in document.sections {
      for row in part.table.rows {
        result += line(part.name, part.table.columns, row)
      }
    }
    return result
  }
}

/// Facts about one subject, with tables and notes.
package struct Document: Sendable {
  /// A table of a document.
  package struct Section: Sendable {
    /// The key for programs.
    package var name: String
    /// The heading for people.
    package var title: String
    /// The rows.
    package var table: ResultTable

    /// Creates a section.
    package init(_ name: String, _ title: String, _ table: ResultTable) {
      self.name = name
      self.title = title
      self.table = table
    }
  }

  /// The main facts, each with its column.
  package var facts: [(Column, Cell)]
  /// The tables, in display order.
  package var sections: [Section]
  /// The name of the section that CSV contains.
  package var main: String
  /// Paragraphs for people after all tables, each as lines.
  package var notes: [[String]] = []

  /// Creates a document.
  package init(facts: [(Column, Cell)], sections: [Section], main: String) {
    self.facts = facts
    self.sections = sections
    self.main = main
  }

  /// The document with its texts for people in a language; data for programs stays the same.
  package func worded(_ wording: Wording) -> Document {
    var document = self
    document.facts = facts.map { ($0.0.worded(wording), $0.1) }
    for index in sections.indices {
      document.sections[index].title = wording.text(sections[index].title)
      document.sections[index].table = sections[index].table.worded(wording)
    }
    document.notes = notes.map { $0.map(wording.text) }
    return document
  }
}
