import Render

/// Writes a page as Markdown, as GitHub and others understand it.
package struct MarkdownPage {
  package init() {}

  /// The file.
  package func text(_ page: Page) -> String {
    let head = ["# \(plain(page.title))", "**\(plain(page.subtitle))**", plain(page.period)]
    return (head + page.blocks.flatMap(parts) + ["---", plain(page.footer)]).joined(separator: "\n\n") + "\n"
  }

  /// The parts of a block, which blank lines separate.
  private func parts(_ block: Page.Block) -> [String] {
    switch block {
    case .section(let section):
      return [heading(section.level, section.title)] + section.blocks.flatMap(parts)
    case .paragraph(let text, .note): return ["_\(spans(text))_"]
    case .paragraph(let text, _): return [spans(text)]
    case .list(let items): return [items.map { "- \(spans($0))" }.joined(separator: "\n")]
    case .table(let table): return [self.table(table)]
    case .folded(let title, let table): return ["**\(plain(title))**", self.table(table)]
    case .chart(let chart): return [table(chart.lines ?? chart.table)]
    case .events(let events):
      return [
        events.map { event in
          let command = event.command.map { [Self.code(SafeText.terminal($0))] } ?? []
          let texts = ["**\(plain(event.title))**"] + event.details.map(plain) + command
          return "- \(plain(event.urgency)): \(texts.joined(separator: " "))"
        }.joined(separator: "\n")
      ]
    case .card(let card):
      var parts = [heading(card.level, card.title)]
      if !card.meaning.isEmpty { parts.append(plain(card.meaning)) }
      for fact in card.facts {
        parts += ["**\(plain(fact.title))**", fact.items.map { "- \(spans($0))" }.joined(separator: "\n")]
      }
      if !card.advice.isEmpty { parts += ["**\(plain(card.adviceTitle))**", spans(card.advice)] }
      for copy in card.copies { parts += ["**\(plain(copy.title))**", Self.block(SafeText.terminal(copy.text))] }
      return parts
    }
  }

  private func heading(_ level: Int, _ title: String) -> String {
    "\(String(repeating: "#", count: level)) \(plain(title))"
  }

  private func table(_ table: Page.Table) -> String {
    let heads = table.columns.map { plain($0.title) }
    let rules = table.columns.map { $0.isNumber ? "---:" : "---" }
    let rows = table.rows.map { $0.map { plain($0.text) } }
    return ([heads, rules] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  private func spans(_ text: String) -> String {
    TextSpans.of(text).enumerated().map { index, part in
      if part.isCode { return Self.code(SafeText.terminal(part.text)) }
      return index == 0 ? Self.escapedStart(SafeText.people(part.text)) : plain(part.text)
    }.joined()
  }

  /// Text without any meaning to Markdown.
  private func plain(_ text: String) -> String { Self.escaped(SafeText.people(text)) }

  /// Marks of Markdown and of the HTML in it are escaped. Addresses of web pages are not made into links.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if marks.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result).replacing("://", with: "\\://").replacing("www.", with: "www\\.")
  }

  /// The same at the start of a line, where a list could begin.
  static func escapedStart(_ text: String) -> String {
    let escaped = escaped(text)
    let digits = escaped.prefix { $0.isASCII && $0.isNumber }
    let rest = escaped.dropFirst(digits.count)
    guard let mark = rest.unicodeScalars.first, (digits.isEmpty ? "+-=" : ".)").unicodeScalars.contains(mark) else {
      return escaped
    }
    return "\(digits)\\\(rest)"
  }

  private static let marks: Set<Unicode.Scalar> = [
    "\\", "`", "*", "_", "[", "]", "<", ">", "#", "|", "~", "&", "!", "$",
  ]

  /// A code span with more backticks around it than are in it.
  static func code(_ text: String) -> String {
    let fence = String(repeating: "`", count: longestRun(text) + 1)
    let pad = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
    return fence + pad + text + pad + fence
  }

  private static func block(_ text: String) -> String {
    let fence = String(repeating: "`", count: max(3, longestRun(text) + 1))
    return "\(fence)text\n\(text)\n\(fence)"
  }

  private static func longestRun(_ text: String) -> Int {
    var (longest, current) = (0, 0)
    for byte in text.utf8 {
      current = byte == UInt8(ascii: "`") ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }
}
