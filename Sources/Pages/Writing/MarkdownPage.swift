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
    case .chart(let chart): return [table(chart.lines ?? chart.table)]
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
    TextSpans.of(text).map { $0.isCode ? Self.code(SafeText.terminal($0.text)) : plain($0.text) }.joined()
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
    let escaped = String(result).replacing("://", with: "\\://").replacing("www.", with: "www\\.")
    // At the start of a line, these begin a list or a heading.
    guard let first = escaped.unicodeScalars.first, ["+", "-", "="].contains(first) else { return numbered(escaped) }
    return "\\" + escaped
  }

  private static func numbered(_ text: String) -> String {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(digits.count)
    guard !digits.isEmpty, let mark = rest.first, mark == "." || mark == ")" else { return text }
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
