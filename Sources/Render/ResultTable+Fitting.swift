extension ResultTable {
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

  /// The table as it fits a terminal: some columns are left out, and long texts shortened.
  /// - Parameter width: columns of the terminal.
  /// - Returns: the table, and the headings of the columns that were left out.
  package func fitted(to width: Int) -> (table: ResultTable, omitted: [String]) {
    var table = self
    let natural = TableText.widths(self)
    var shown = columns.indices.filter { !columns[$0].isDetail }
    let kept = shown.first
    func least(_ index: Int) -> Int {
      isShortened(index)
        ? min(natural[index], max(Self.narrowest, TableText.width(columns[index].title))) : natural[index]
    }
    func total(_ width: (Int) -> Int) -> Int { shown.reduce(-Self.gap) { $0 + width($1) + Self.gap } }
    var omitted: [Int] = []
    for index in droppingOrder(shown) where total(least) > width && index != kept {
      shown.removeAll { $0 == index }
      omitted.append(index)
      table.columns[index] = Column(columns[index].key, columns[index].title, isDetail: true)
    }
    // What is left of the width goes to the shortest texts first.
    var limit = natural.max() ?? 0
    while total({ isShortened($0) ? max(least($0), min(natural[$0], limit)) : natural[$0] }) > width,
      limit > Self.narrowest
    {
      limit -= 1
    }
    for index in shown where isShortened(index) && natural[index] > limit {
      table.columns[index].maximumWidth = max(least(index), limit)
    }
    return (table, omitted.sorted().map { columns[$0].title })
  }

  /// Whether texts of a column may be shortened: not numbers, and nothing that people copy.
  private func isShortened(_ column: Int) -> Bool {
    ShortenedText.width(of: columns[column]) != nil && !rows.allSatisfy { TableText.isNumber($0[column]) }
  }

  private func droppingOrder(_ shown: [Int]) -> [Int] {
    func rank(_ column: Int) -> Int {
      Self.expendable.firstIndex(of: columns[column].key) ?? Self.expendable.count + columns.count - column
    }
    return shown.sorted { rank($0) < rank($1) }
  }
}
