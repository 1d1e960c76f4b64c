import Render

/// Encodes text for chat programs, which make mentions, links and pictures of text that nobody marked as such.
///
/// What they look for is broken up in a way that a reader sees: `@all` becomes `[@]all`, and `https://` becomes `https[:]//`, as people
/// write addresses that nobody should open.
enum ChatText {
  /// The longest text in characters. Services refuse longer ones.
  static let longest = 700

  static func text(_ text: String) -> String {
    let text = SafeText.people(text.count > longest ? text.prefix(longest - 1) + "…" : text)
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "@", "\u{ff20}", "\u{fe6b}": result.append(contentsOf: "[@]".unicodeScalars)
      // Slack and Mattermost read `<!channel>` and `<https://...|text>`.
      case "<": result.append("\u{2039}")
      case ">": result.append("\u{203a}")
      default: result.append(scalar)
      }
    }
    return String(result).replacing("://", with: "[:]//").replacing(/[wW]{3}\./) { _ in "www[.]" }
      .replacing(/(?i)(mailto|tel|javascript|data|file):/) { "\($0.1)[:]" }
      // Adaptive cards read `{{DATE(...)}}`, templates `${...}`.
      .replacing("{{", with: "{ {").replacing("${", with: "$ {")
  }

  /// A command for pasting, which is only shown if no chat program can take a part of it for anything else; nil otherwise.
  static func command(_ command: String?) -> String? {
    guard let command, command.utf8.count <= longest, command.utf8.allSatisfy(isPlain), !command.contains("://"),
      !command.contains("www.")
    else { return nil }
    return command
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: " '._-=/:,+*?".utf8.contains(byte)
    }
  }
}
