/// Writes a page as HTML for mail programs: tables and inline styles, no wider than 640 pixels. It has no stylesheet, script, picture or
/// link, because mail programs remove or block them. A chart is its table, as in text.
package struct MailPage {
  package init() {}

  /// The HTML part of a message.
  package func text(_ page: Page) -> String {
    let content: [MailMarkup] =
      [
        .element("h1", MailStyle.title, [.text(page.title)]), .element("p", MailStyle.subtitle, [.text(page.subtitle)]),
        .element("p", MailStyle.soft, [.text(page.period)]),
      ] + page.blocks.map(markup) + [.element("p", MailStyle.soft, [.text(page.footer)])]
    let sheet = MailMarkup.element(
      "table", MailStyle.sheet, [.element("tr", "", [.element("td", MailStyle.content, content)])],
      attributes: "role=\"presentation\" align=\"center\" cellpadding=\"0\" cellspacing=\"0\"")
    let frame = MailMarkup.element(
      "table", MailStyle.frame, [.element("tr", "", [.element("td", "", [sheet], attributes: "align=\"center\"")])],
      attributes: "role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"")
    return MailMarkup.document(language: page.language, title: "\(page.title): \(page.subtitle)", [frame]).html
  }

  private func markup(_ block: Page.Block) -> MailMarkup {
    switch block {
    case .section(let section):
      return MailMarkup([heading(section.level, section.title)] + section.blocks.map(markup))
    case .paragraph(let text, let style):
      switch style {
      case .plain: return .element("p", MailStyle.paragraph, [.sentence(text)])
      case .lead: return .element("p", MailStyle.lead, [.sentence(text)])
      case .note: return .element("p", MailStyle.soft, [.sentence(text)])
      }
    case .list(let items): return list(items)
    case .table(let table): return markup(table)
    case .folded(let title, let table):
      return MailMarkup([.element("p", MailStyle.label, [.text(title)]), markup(table)])
    case .chart(let chart): return markup(chart.lines ?? chart.table)
    case .card(let card): return markup(card)
    case .events(let events): return .element("ul", MailStyle.list, events.map(markup))
    }
  }

  private func heading(_ level: Int, _ title: String) -> MailMarkup {
    switch level {
    case ...2: .element("h2", MailStyle.section, [.text(title)])
    case 3: .element("h3", MailStyle.subsection, [.text(title)])
    case 4: .element("h4", MailStyle.heading, [.text(title)])
    default: .element("h5", MailStyle.heading, [.text(title)])
    }
  }

  private func list(_ items: [String]) -> MailMarkup {
    .element("ul", MailStyle.list, items.map { .element("li", MailStyle.item, [.sentence($0)]) })
  }

  private func markup(_ event: Page.Event) -> MailMarkup {
    let sentences = ([event.title] + event.details).joined(separator: " ")
    return .element(
      "li", MailStyle.event,
      [.element("strong", "", [.text("\(event.urgency):")]), .text(" \(sentences)")]
        + (event.command.map { [.element("pre", MailStyle.block, [.text($0)])] } ?? []))
  }

  private func markup(_ card: Page.Card) -> MailMarkup {
    var parts = [heading(max(4, card.level), card.title)]
    if !card.meaning.isEmpty { parts.append(.element("p", MailStyle.soft, [.text(card.meaning)])) }
    for fact in card.facts { parts += [label(fact.title), list(fact.items)] }
    if !card.advice.isEmpty {
      parts += [label(card.adviceTitle), .element("p", MailStyle.paragraph, [.sentence(card.advice)])]
    }
    for copy in card.copies { parts += [label(copy.title), .element("pre", MailStyle.block, [.text(copy.text)])] }
    return .element(
      "table", MailStyle.card, [.element("tr", "", [.element("td", MailStyle.cardCell, parts)])],
      attributes: "role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"")
  }

  private func label(_ text: String) -> MailMarkup { .element("p", MailStyle.label, [.text(text)]) }

  private func markup(_ table: Page.Table) -> MailMarkup {
    let heads = table.columns.map { column in
      MailMarkup.element(
        "th", column.isNumber ? MailStyle.headOfNumbers : MailStyle.head, [.text(column.title)],
        attributes: "scope=\"col\"")
    }
    let rows = table.rows.map { row in
      MailMarkup.element("tr", "", zip(row, table.columns).enumerated().map { cell($1.0, $1.1, isHead: $0 == 0) })
    }
    return .element(
      "table", MailStyle.table, [.element("thead", "", [.element("tr", "", heads)]), .element("tbody", "", rows)],
      attributes: "width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"")
  }

  private func cell(_ cell: Page.Table.Cell, _ column: Page.Table.Column, isHead: Bool) -> MailMarkup {
    isHead
      ? .element("th", MailStyle.cell, [.text(cell.text)], attributes: "scope=\"row\"")
      : .element("td", column.isNumber ? MailStyle.number : MailStyle.cell, [.text(cell.text)])
  }
}
