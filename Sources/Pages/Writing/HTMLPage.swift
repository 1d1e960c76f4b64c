import Charts
import DMARC
import Foundation

/// Writes a page as one HTML file without scripts, and without anything from elsewhere.
package struct HTMLPage {
  private let templates: Templates

  /// - Throws: an error of the template library if a template is not valid, which a test rules out.
  package init() throws { templates = try Templates() }

  /// The file.
  package func text(_ page: Page) -> String {
    let style = templates.style
    return templates.fill(
      "page",
      [
        "language": page.language, "title": page.title, "subtitle": page.subtitle, "period": page.period,
        "policy": Self.policy(style), "style": style, "skip": page.skipTitle, "contents": page.contentsTitle,
        "links": links(page.blocks), "content": content(page.blocks), "footer": page.footer,
      ])
  }

  /// Nothing may be loaded, and nothing run: only this stylesheet counts.
  static func policy(_ style: String) -> String {
    let hash = Data(SHA256.bytes(of: style)).base64EncodedString()
    return "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"
  }

  private func links(_ blocks: [Page.Block]) -> [[String: Any]] {
    blocks.compactMap { block in
      guard case .section(let section) = block else { return nil }
      return ["id": section.id, "title": section.title]
    }
  }

  private func content(_ blocks: [Page.Block]) -> String { blocks.map(html).joined() }

  private func html(_ block: Page.Block) -> String {
    switch block {
    case .section(let section):
      return templates.fill(
        "section",
        [
          "id": section.id, "level": section.level, "title": section.title, "startsPage": section.startsPage,
          // Sections of several domains have the same names, and landmarks must differ.
          "isLandmark": section.level == 2,
          "content": content(section.blocks),
        ])
    case .paragraph(let text, let style):
      let name = style == .plain ? "" : " class=\"\(style.rawValue)\""
      return "<p\(name)>\(spans(text))</p>\n"
    case .list(let items): return "<ul>\(items.map { "<li>\(spans($0))</li>" }.joined())</ul>\n"
    case .table(let table): return html(table)
    case .folded(let title, let table):
      return templates.fill("folded", ["title": title, "table": html(table)])
    case .chart(let chart): return html(chart)
    case .card(let card): return html(card)
    case .events(let events): return templates.fill("events", ["events": events.map(values)])
    }
  }

  private func values(_ event: Page.Event) -> [String: Any] {
    var values: [String: Any] = [
      "class": event.cssClass, "urgency": event.urgency, "title": event.title,
      "details": event.details.map { ["text": $0] as [String: Any] },
    ]
    if let command = event.command { values["command"] = command }
    return values
  }

  private func spans(_ text: String) -> String {
    let parts = TextSpans.of(text).map { ["text": $0.text, "isCode": $0.isCode] as [String: Any] }
    return templates.fill("text", ["spans": parts]).trimmingCharacters(in: .newlines)
  }

  private func html(_ table: Page.Table) -> String {
    let classes = table.columns.map { column in
      [column.isNumber ? "n" : nil, column.isOptional ? "optional" : nil].compactMap(\.self).joined(separator: " ")
    }
    let columns = zip(table.columns, classes).map { column, name in
      ["title": column.title].merging(name.isEmpty ? [:] : ["class": name]) { first, _ in first } as [String: Any]
    }
    let rows = table.rows.map { row in
      ["cells": zip(row, classes).enumerated().map { cell($1.0, class: $1.1, isHead: $0 == 0) }] as [String: Any]
    }
    return templates.fill("table", ["caption": table.caption, "columns": columns, "rows": rows])
  }

  private func cell(_ cell: Page.Table.Cell, class name: String, isHead: Bool) -> [String: Any] {
    var values: [String: Any] = ["text": cell.text, "isHead": isHead]
    if !name.isEmpty { values["class"] = name }
    if let line = cell.sparkline { values["picture"] = line.line.svg(class: line.cssClass) }
    return values
  }

  private func html(_ chart: Page.Chart) -> String {
    func caption(_ suffix: String) -> Caption {
      Caption(id: chart.id + suffix, title: chart.title, description: chart.description)
    }
    let (wide, narrow) =
      switch chart.picture {
      case .area(let wide, let narrow, let number):
        (wide.svg(caption(""), number: number), narrow.svg(caption("-n"), number: number))
      case .bars(let wide, let narrow): (wide.svg(caption("")), narrow.svg(caption("-n")))
      }
    return templates.fill(
      "chart",
      [
        "hasLegend": !chart.legend.isEmpty,
        "legend": chart.legend.map { ["class": $0.cssClass, "text": $0.text] as [String: Any] }, "wide": wide,
        "narrow": narrow, "tableTitle": chart.tableTitle, "table": html(chart.table),
      ])
  }

  private func html(_ card: Page.Card) -> String {
    var values: [String: Any] = [
      "level": card.level, "title": card.title, "adviceTitle": card.adviceTitle,
      "facts": card.facts.map { fact in
        ["title": fact.title, "items": fact.items.map { ["html": spans($0)] as [String: Any] }] as [String: Any]
      },
      "copies": card.copies.map { ["title": $0.title, "text": $0.text] as [String: Any] },
    ]
    if !card.meaning.isEmpty { values["meaning"] = card.meaning }
    if !card.advice.isEmpty { values["advice"] = spans(card.advice) }
    return templates.fill("card", values)
  }
}
