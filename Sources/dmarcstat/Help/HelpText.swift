/// The discussion of a command, split into the parts that are translated: paragraphs, and lists of examples with
/// explanations.
struct HelpText {
  enum Line: Hashable {
    case empty
    case paragraph(String)
    /// A line without words, such as a command.
    case code(String)
    /// A command or number, its meaning, and the column at which that begins.
    case item(String, String, Int)
  }

  /// The lines, in order.
  private(set) var lines: [Line] = []

  init(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy(\.isWhitespace) {
        lines.append(.empty)
      } else if line.hasPrefix("dmarcstat ") {
        lines.append(.code(String(line)))
      } else if !line.hasPrefix(" ") {
        lines.append(.paragraph(String(line)))
      } else {
        lines.append(Self.indented(line))
      }
    }
  }

  /// `  dmarcstat init      a first configuration`; a line that continues the text of the one before has only that.
  private static func indented(_ line: Substring) -> Line {
    let inner = line.drop { $0 == " " }
    let indent = line.distance(from: line.startIndex, to: inner.startIndex)
    if indent > 4 { return .item("", String(inner), indent) }
    guard let gap = inner.firstRange(of: "  ") else { return .code(String(line)) }
    let head = line[..<gap.lowerBound]
    let text = inner[gap.lowerBound...].drop { $0 == " " }
    // A line of a crontab.
    if text.hasPrefix("dmarcstat ") { return .code(String(line)) }
    return .item(String(head), String(text), line.distance(from: line.startIndex, to: text.startIndex))
  }
}
