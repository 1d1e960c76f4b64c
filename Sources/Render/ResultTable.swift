package import Wording

/// A value of an answer, which every output format can represent.
package enum Cell: Sendable, Hashable {
  case null
  case text(String)
  case integer(Int64)
  /// A share, 0...1: a number for programs, a percentage for people.
  case share(Double)
  /// A floating-point number.
  case number(Double)
  /// A difference: a number for programs, a signed number for people.
  case change(Double)
  case flag(Bool)
  case list([String])
  /// JSON text, which JSON and CSV contain unchanged; people see a shorter form.
  case json(String, JSONContent)

  /// Whether the cell is empty for people.
  package var isBlank: Bool { TableText.text(self).isEmpty }

  /// Text, or null for nil.
  package init(_ text: String?) { self = text.map(Cell.text) ?? .null }

  /// An integer, or null for nil.
  package init(_ number: Int64?) { self = number.map(Cell.integer) ?? .null }
}

/// The content of a JSON cell, which determines the shorter form for people.
package enum JSONContent: Sendable, Hashable {
  case dkimResults, spfResults, reasons, other
  /// DKIM results of a record with this From domain.
  case dkimResultsFor(String)
}

/// A column of an answer.
package struct Column: Sendable, Hashable {
  /// The name for programs: the JSON key and the CSV heading.
  package let key: String
  /// The heading for people.
  package private(set) var title: String
  /// The language of the heading and of words in cells, in output for people.
  private(set) var wording = Wording.english
  /// Whether the column is left out of tables for people, which would be too wide. All other formats contain it.
  package let isDetail: Bool
  /// The most columns of a terminal for the text of a cell; nil for the usual limit of its content.
  package var maximumWidth: Int?

  /// Headings for keys that differ from the term of the glossary.
  private static let terms = ["header_from": "FROM DOMAIN", "look_at_it": "NEEDS REVIEW", "unknown_ip": "NEEDS REVIEW"]

  /// Creates a column. By default its heading for people is the key in upper case, or the term of the glossary.
  package init(_ key: String, _ title: String? = nil, isDetail: Bool = false) {
    self.key = key
    self.isDetail = isDetail
    self.title = title ?? Self.terms[key] ?? key.uppercased().map { $0 == "_" ? " " : String($0) }.joined()
  }

  /// The column with its heading and words in another language.
  package func worded(_ wording: Wording) -> Column {
    guard self.wording != wording else { return self }
    var column = self
    column.title = wording.heading(title)
    column.wording = wording
    return column
  }

  /// The column, hidden from tables for people.
  func hidden() -> Column { with(isDetail: true) }

  /// The column, shown in tables for people.
  package func shown() -> Column { with(isDetail: false) }

  private func with(isDetail: Bool) -> Column {
    var column = Column(key, title, isDetail: isDetail)
    (column.wording, column.maximumWidth) = (wording, maximumWidth)
    return column
  }
}

/// An answer as columns and rows, independent of the output format.
package struct ResultTable: Sendable, Hashable {
  /// The columns, in display order.
  package var columns: [Column]
  /// The rows, each with one cell for each column.
  package var rows: [[Cell]]
  /// The text that people see instead of a table without rows.
  package var ifEmpty: String

  /// Creates a table; each row must have one cell for each column.
  package init(_ columns: [Column], _ rows: [[Cell]], ifEmpty: String = "Nothing to show.") {
    self.columns = columns
    self.rows = rows
    self.ifEmpty = ifEmpty
  }

  /// The table with its texts for people in a language; data for programs stays the same.
  package func worded(_ wording: Wording) -> ResultTable {
    ResultTable(columns.map { $0.worded(wording) }, rows, ifEmpty: wording.text(ifEmpty))
  }
}

/// The output formats.
package enum OutputFormat: String, Sendable, Hashable, CaseIterable {
  case table, csv, json, ndjson
}
