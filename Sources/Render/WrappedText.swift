/// Builds text for people with a limited line width. Everything is escaped once, before it is wrapped, so that widths are correct.
package struct WrappedText {
  private var lines: [String] = []
  private let width: Int

  /// Creates an empty text with lines of at most `width` characters.
  package init(width: Int = 110) { self.width = width }

  /// The text built so far.
  package var printable: PrintableText { PrintableText(encoded: lines.map { $0 + "\n" }.joined()) }

  /// Adds a line that is not wrapped.
  package mutating func line(_ text: String) { lines.append(SafeText.people(text)) }

  /// Adds a line that people paste, such as a record: it is not wrapped, and names in it stay as they are in DNS.
  package mutating func literal(_ text: String) { lines.append(SafeText.terminal(text)) }

  /// Adds a wrapped paragraph; `first` and `rest` are the indentations of its first line and the others.
  package mutating func paragraph(_ text: String, first: String = "  ", rest: String = "  ") {
    wrap(SafeText.people(text), first: first, rest: rest)
  }

  /// Adds a wrapped paragraph with a label and the items of a cell, up to a number.
  package mutating func paragraph(
    _ label: String, allOf cell: Cell, limit: Int, first: String = "  ", rest: String = "  "
  ) {
    let items = TableText.all(cell)
    let more = items.isEmpty ? ["-"] : items.count > limit ? ["+\(items.count - limit)"] : []
    wrap(
      SafeText.people(label) + (items.prefix(limit) + more).joined(separator: ", "), first: first, rest: rest)
  }

  /// Wraps lines between words. Text without spaces and text between backticks is not broken.
  private mutating func wrap(_ text: String, first: String, rest: String) {
    var line = first
    var isEmpty = true
    for word in Self.words(text) {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        (line, isEmpty) = (rest, true)
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    lines.append(line)
  }

  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var isOpen = false
    for part in text.split(separator: " ") {
      if isOpen, let last = words.popLast() { words.append("\(last) \(part)") } else { words.append(String(part)) }
      if part.count(where: { $0 == "`" }) % 2 == 1 { isOpen.toggle() }
    }
    return words
  }
}
