extension ResultTable {
  /// The table as it fits a terminal: some columns are left out, and long texts shortened.
  /// - Parameter width: columns of the terminal.
  /// - Returns: the table, and the headings of the columns that were left out.
  package func fitted(to width: Int) -> (table: ResultTable, omitted: [String]) {
    var layout = TableLayout(columns)
    for row in rows { layout.measure(row) }
    let omitted = layout.fit(to: width)
    return (ResultTable(layout.columns, rows, ifEmpty: ifEmpty), omitted)
  }
}

extension TableLayout {
  /// The columns that are left out first, the most expendable first. After them, columns are left out from the right; never the first
  /// one.
  package static let expendable = [
    "row_count", "rule", "evaluation", "reasons", "issues", "basis", "confidence", "form", "networks", "reports",
    "domains",
    "both_aligned", "dkim_only", "spf_only", "quarantined", "first_day", "days", "blocked", "dkim", "dkim_results",
    "spf",
    "spf_results", "sources", "reporters", "host", "envelope_from", "rejected", "undecided_share", "policy_domain",
    "subtype",
    "last_day", "known_sender", "meaning", "evidence", "header_from", "policy", "unknown", "pass_rate_change",
  ]

  /// The width, in columns of the terminal, down to which texts are shortened before a column is left out.
  private static let narrowest = 20
  private static let gap = 2

  /// Makes the table fit a terminal: leaves some columns out, and shortens long texts.
  /// - Parameter width: columns of the terminal.
  /// - Returns: the headings of the columns that were left out.
  package mutating func fit(to width: Int) -> [String] {
    let omitted = droppingOrder().filter { column in
      guard total(least) > width else { return false }
      hide(column)
      return true
    }
    // What is left of the width goes to the shortest texts first.
    var limit = widths.max() ?? 0
    while limit > Self.narrowest, total({ limited($0, to: limit) }) > width { limit -= 1 }
    for column in shown where limited(column, to: limit) < widths[column] {
      narrow(column, to: limited(column, to: limit))
    }
    return omitted.sorted().map { columns[$0].title }
  }

  private func total(_ width: (Int) -> Int) -> Int { shown.reduce(-Self.gap) { $0 + width($1) + Self.gap } }

  private func least(_ column: Int) -> Int {
    isShortened(column)
      ? min(widths[column], max(Self.narrowest, TableText.width(columns[column].title))) : widths[column]
  }

  private func limited(_ column: Int, to limit: Int) -> Int {
    isShortened(column) ? max(least(column), min(widths[column], limit)) : widths[column]
  }

  /// The columns in the order in which they are left out; without the first.
  private func droppingOrder() -> [Int] {
    func rank(_ column: Int) -> Int {
      Self.expendable.firstIndex(of: columns[column].key) ?? Self.expendable.count + columns.count - column
    }
    return shown.dropFirst().sorted { rank($0) < rank($1) }
  }
}
