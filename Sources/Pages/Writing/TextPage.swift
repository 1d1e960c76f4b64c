package import Render

/// Writes a page as plain text.
package struct TextPage {
  private let width: Int

  package init(width: Int = 100) { self.width = width }

  /// The text, encoded for a terminal.
  package func text(_ page: Page) -> PrintableText {
    var text = WrappedText(width: width)
    text.line(page.title)
    text.line(page.subtitle)
    text.line(page.period)
    for block in page.blocks { add(block, to: &text) }
    text.line("")
    text.paragraph(page.footer, first: "", rest: "")
    return text.printable
  }

  private func add(_ block: Page.Block, to text: inout WrappedText) {
    switch block {
    case .section(let section):
      addHeading(section.title, level: section.level, to: &text)
      for block in section.blocks { add(block, to: &text) }
    case .paragraph(let sentence, _):
      text.line("")
      text.paragraph(sentence, first: "", rest: "")
    case .list(let items):
      for item in items { text.paragraph(item, first: "  - ", rest: "    ") }
    case .table(let table): add(table, to: &text)
    case .folded(let title, let table):
      text.line("")
      text.line(title)
      add(table, to: &text)
    case .chart(let chart): add(chart.lines ?? chart.table, to: &text)
    case .card(let card): add(card, to: &text)
    case .events(let events): add(events, to: &text)
    }
  }

  private func addHeading(_ title: String, level: Int, to text: inout WrappedText) {
    text.line("")
    if level == 2 { text.line("") }
    text.line(title)
    guard level == 2 || level == 3 else { return }
    let columns = TableText.width(SafeText.people(title))
    text.line(String(repeating: level == 2 ? "=" : "-", count: min(columns, width)))
  }

  private func add(_ events: [Page.Event], to text: inout WrappedText) {
    text.line("")
    for event in events {
      let sentences = ["\(event.urgency):", event.title] + event.details
      text.paragraph(sentences.joined(separator: " "), first: "- ", rest: "  ")
      if let command = event.command { text.line("    \(command)") }
    }
  }

  private func add(_ card: Page.Card, to text: inout WrappedText) {
    text.line("")
    text.paragraph(card.title, first: "* ", rest: "  ")
    if !card.meaning.isEmpty { text.paragraph(card.meaning) }
    for fact in card.facts {
      text.line("  \(fact.title):")
      for item in fact.items { text.paragraph(item, first: "  - ", rest: "    ") }
    }
    if !card.advice.isEmpty {
      text.line("  \(card.adviceTitle):")
      text.paragraph(card.advice, first: "    ", rest: "    ")
    }
    for copy in card.copies {
      text.line("  \(copy.title):")
      text.line("    \(copy.text)")
    }
  }

  private func add(_ table: Page.Table, to text: inout WrappedText) {
    text.line("")
    for line in TableText.aligned(table) { text.line(line) }
  }
}

extension TableText {
  /// The lines of a table with aligned columns. The texts are not encoded: those that may be are, when the lines are printed.
  fileprivate static func aligned(_ table: Page.Table) -> [String] {
    let rows = ([table.columns.map(\.title)] + table.rows.map { $0.map { $0.text } })
    let widths = table.columns.indices.map { column in
      rows.map { width(SafeText.people($0[column])) }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let gap = String(repeating: " ", count: max(0, widths[index] - width(SafeText.people(cell))))
        let isLast = index == row.count - 1
        line += table.columns[index].isNumber ? gap + cell : cell + (isLast ? "" : gap)
        if !isLast { line += "  " }
      }
      return line
    }
  }
}
