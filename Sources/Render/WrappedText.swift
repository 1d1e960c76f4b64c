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
  /// On a terminal, `first` may stand out in a style.
  package mutating func paragraph(
    _ text: String, first: String = "  ", rest: String = "  ", style: TextStyle? = nil
  ) {
    let start = lines.count
    wrap(SafeText.people(text), first: first, rest: rest)
    guard let style, lines.indices.contains(start) else { return }
    lines[start] = style.applied(to: first) + lines[start].dropFirst(first.count)
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
    var used = TableText.width(first)
    for word in Self.words(text) {
      for (index, piece) in Self.pieces(word).enumerated() {
        let (size, gap) = (TableText.width(piece), index == 0 ? " " : "")
        if !isEmpty, used + gap.count + size > width {
          lines.append(line)
          (line, isEmpty, used) = (rest, true, TableText.width(rest))
        }
        line += (isEmpty ? "" : gap) + piece
        used += (isEmpty ? 0 : gap.count) + size
        isEmpty = false
      }
    }
    lines.append(line)
  }

  /// The parts of a word between which a line may end: Japanese has no spaces. No line begins with a closing mark or a small kana, or ends
  /// with an opening one (JIS X 4051), and text between backticks stays whole.
  private static func pieces(_ word: String) -> [String] {
    guard word.unicodeScalars.contains(where: { $0.value >= 0x2e80 }) else { return [word] }
    var pieces: [String] = []
    var isCode = false
    var last: Character?
    for character in word {
      let isWide = TableText.width(String(character)) > 1
      let mayEnd =
        last.map { before in
          (isWide || TableText.width(String(before)) > 1) && !closing.contains(character) && !opening.contains(before)
        } ?? true
      if pieces.isEmpty || (mayEnd && !isCode) {
        pieces.append(String(character))
      } else {
        pieces[pieces.count - 1].append(character)
      }
      if character == "`" { isCode.toggle() }
      last = character
    }
    return pieces
  }

  private static let opening: Set<Character> = ["「", "『", "（", "(", "[", "\"", "“"]
  private static let closing: Set<Character> = [
    "、", "。", "」", "』", "）", ")", "]", ",", ".", ":", ";", "!", "?", "：", "；", "！", "？", "・", "ー", "…", "\"", "”", "々",
    "ぁ", "ぃ", "ぅ", "ぇ", "ぉ", "っ", "ゃ", "ゅ", "ょ", "ァ", "ィ", "ゥ", "ェ", "ォ", "ッ", "ャ", "ュ", "ョ",
  ]

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
