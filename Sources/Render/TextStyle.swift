/// How a text stands out on a terminal (ECMA-48 §8.3.117).
package enum TextStyle: String, Sendable, Hashable {
  case bold = "1"
  case red = "31"
  case green = "32"
  case yellow = "33"

  /// The text in this style. Only texts that are already encoded may be styled.
  package func applied(to text: String) -> String { text.isEmpty ? text : "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" }

  /// The style of a cell, where it helps to find what needs attention: verdicts, severities, pass rates; nil for all others.
  static func of(_ cell: Cell, in column: Column) -> TextStyle? {
    switch (column.key, cell) {
    case ("pass_rate", .share(let share)): share < 0.9 ? .red : share < 0.98 ? .yellow : nil
    case ("pass_rate_change", .change(let change)): change <= -1 ? .red : nil
    case ("unknown", .integer(let count)), ("needs_review", .integer(let count)): count > 0 ? .yellow : nil
    case ("verdict", .text(let text)), ("key", .text(let text)): ofVerdict(text)
    case ("verdict", .list(let verdicts)), ("verdicts", .list(let verdicts)):
      verdicts.compactMap(ofVerdict).contains(.red) ? .red : verdicts.compactMap(ofVerdict).first
    case ("severity", .text(let text)): ["high": .red, "medium": .yellow][text]
    case ("state", .text(let text)), ("result", .text(let text)):
      ["error": .red, "fail": .red, "warning": .yellow][text]
    default: nil
    }
  }

  private static func ofVerdict(_ text: String) -> TextStyle? {
    switch text.prefix(while: { $0 != "/" }) {
    case "unknown-unauthenticated", "dkim-replay-suspected", "own-misconfigured": .red
    case "misaligned-service", "subdomain-alignment": .yellow
    default: nil
    }
  }
}
