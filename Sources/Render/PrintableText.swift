package import DMARC

/// Text that is encoded for its output. Standard output accepts nothing else, so untrusted text cannot reach it unescaped.
package struct PrintableText: Sendable {
  /// The encoded text.
  package let text: String

  /// Text of a form that has an encoding of its own, such as a page of HTML, in which every untrusted text has been encoded.
  package init(encoded text: String) { self.text = text }

  /// Lines for people; hidden characters, including line ends, are escaped.
  package init(lines: [String]) { text = lines.map { SafeText.terminal($0) + "\n" }.joined() }

  /// JSON text, followed by a line end if `endsLine` is true.
  package init(_ json: JSONText, endsLine: Bool) {
    let encoded = json.form == .shown ? json.string : HiddenCharacterEscaping.escape(json.string, .json)
    text = endsLine ? encoded + "\n" : encoded
  }

  /// A text of the program itself with line ends and tabs, such as help or a completion script.
  package init(ownText text: String) {
    func line(_ text: Substring) -> String {
      text.split(separator: "\t", omittingEmptySubsequences: false).map { SafeText.terminal(String($0)) }
        .joined(separator: "\t")
    }
    self.text = text.split(separator: "\n", omittingEmptySubsequences: false).map(line).joined(separator: "\n")
  }
}
