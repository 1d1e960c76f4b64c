import DMARC

/// Text that is encoded for where it is printed. Standard output takes nothing else, so foreign text cannot get there unescaped.
public struct PrintableText: Sendable {
  /// The encoded text.
  public let text: String

  init(encoded text: String) { self.text = text }

  /// Lines for people; hidden characters, line ends among them, become escapes.
  public init(lines: [String]) { text = lines.map { SafeText.terminal($0) + "\n" }.joined() }

  /// JSON text, and a line end if `endsLine`.
  public init(_ json: JSONText, endsLine: Bool) {
    let encoded = json.form == .shown ? json.string : HiddenCharacterEscaping.escape(json.string, .json)
    text = endsLine ? encoded + "\n" : encoded
  }

  /// A text of the program itself that has lines and tabs, such as help or a completion script.
  public init(ownText text: String) {
    func line(_ text: Substring) -> String {
      text.split(separator: "\t", omittingEmptySubsequences: false).map { SafeText.terminal(String($0)) }
        .joined(separator: "\t")
    }
    self.text = text.split(separator: "\n", omittingEmptySubsequences: false).map(line).joined(separator: "\n")
  }
}
