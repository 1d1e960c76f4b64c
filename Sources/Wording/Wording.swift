/// The language of the program's output, except for explanations and advice, which have texts in each language.
package enum Wording: Sendable, Hashable {
  case english, japanese

  private var catalogue: Catalogue? { self == .japanese ? .japanese : nil }

  /// A text in this language, or the English one if there is none.
  package func text(_ english: String) -> String { catalogue?.text(english) ?? english }

  /// The heading of a column.
  package func heading(_ title: String) -> String { catalogue?.heading(title) ?? title }

  /// The text of a cell: a word of a vocabulary, or a sentence of the program.
  package func cell(_ text: String, in column: String) -> String {
    guard let catalogue else { return text }
    if let word = catalogue.word(text, in: column) { return word }
    if catalogue.hasSentences(column) { return catalogue.text(text) ?? text }
    // A verdict with its subtype.
    guard let slash = text.firstIndex(of: "/"), let verdict = catalogue.word(String(text[..<slash]), in: column),
      let subtype = catalogue.word(String(text[text.index(after: slash)...]), in: "subtype")
    else { return text }
    return "\(verdict)/\(subtype)"
  }
}
