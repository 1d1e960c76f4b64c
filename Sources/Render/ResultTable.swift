/// One value of an answer, in a form that every output format can show.
public enum Cell: Sendable, Hashable {
  case null
  case text(String)
  case integer(Int64)
  /// A share, 0...1: a number for programs, a percentage for people.
  case share(Double)
  /// A number with a fraction.
  case number(Double)
  /// A difference: a number for programs, with its sign for people.
  case change(Double)
  case flag(Bool)
  case list([String])
  /// JSON text that goes into JSON and CSV as it is; people are shown a shorter form.
  case json(String, JSONContent)

  /// Whether people are shown nothing.
  public var isBlank: Bool { TableText.text(self).isEmpty }

  /// Text, or null where there is none.
  public init(_ text: String?) { self = text.map(Cell.text) ?? .null }

  /// A whole number, or null where there is none.
  public init(_ number: Int64?) { self = number.map(Cell.integer) ?? .null }
}

/// What a JSON cell holds, so that people can be shown a shorter form.
public enum JSONContent: Sendable, Hashable {
  case dkimResults, spfResults, reasons, other
}

/// A column of an answer.
public struct Column: Sendable, Hashable {
  /// Name for programs: the JSON key and the CSV heading.
  public let key: String
  /// Heading for people.
  public let title: String
  /// Left out of the table for people, which would be too wide; all other formats have it.
  public let isDetail: Bool

  /// A column; its heading for people is the key in capitals unless another is given.
  public init(_ key: String, _ title: String? = nil, isDetail: Bool = false) {
    self.key = key
    self.isDetail = isDetail
    self.title = title ?? key.uppercased().map { $0 == "_" ? " " : String($0) }.joined()
  }
}

/// An answer: columns and rows, whatever it will be printed as.
public struct ResultTable: Sendable, Hashable {
  /// The columns in the order in which they are shown.
  public var columns: [Column]
  /// One cell for each column in each row.
  public var rows: [[Cell]]
  /// Said to people in place of a table without rows.
  public var ifEmpty: String

  /// An answer; each row has one cell for each column.
  public init(_ columns: [Column], _ rows: [[Cell]], ifEmpty: String = "Nothing to show.") {
    self.columns = columns
    self.rows = rows
    self.ifEmpty = ifEmpty
  }
}

/// How an answer is printed.
public enum OutputFormat: String, Sendable, Hashable, CaseIterable {
  case table, csv, json, ndjson
}
