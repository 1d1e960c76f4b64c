import DMARC
import Render
import Verdict

/// Alerts in the forms that chat programs take. Where a form has elements without markup, they are used.
extension AlertText {
  private static let mostSentences = 12

  private var sentences: [String] { alert.sentences.prefix(Self.mostSentences).map(ChatText.text) }
  private var chatTitle: String { "\(severity): \(ChatText.text(ShortenedText.text(alert.title)))" }
  private var chatFacts: [(name: String, value: String)] {
    facts.dropFirst().map { ($0.name, ChatText.text($0.value)) }
  }
  private var chatCommand: String? { ChatText.command(alert.nextStep) }

  /// The body of a request to an incoming webhook of Slack: rich text, in which nothing is markup.
  var slack: [UInt8] {
    func run(_ json: inout JSONText, _ text: String, bold: Bool = false) {
      json.object {
        $0.field("type", "text")
        $0.field("text", text)
        if bold {
          $0.key("style")
          $0.object { style in
            style.key("bold")
            style.value(true)
          }
        }
      }
    }
    func element(_ json: inout JSONText, _ type: String, _ runs: (inout JSONText) -> Void) {
      json.object {
        $0.field("type", type)
        $0.key("elements")
        $0.array(runs)
      }
    }
    var json = JSONText()
    json.object {
      // What notifications show. Its marks are escaped, and it is not searched for names and links.
      $0.field("text", chatTitle.replacing("&", with: "&amp;"))
      $0.key("mrkdwn")
      $0.value(false)
      $0.field("parse", "none")
      for key in ["link_names", "unfurl_links", "unfurl_media"] {
        $0.key(key)
        $0.value(false)
      }
      $0.key("blocks")
      $0.array {
        element(&$0, "rich_text") { parts in
          element(&parts, "rich_text_section") { run(&$0, chatTitle, bold: true) }
          for sentence in sentences { element(&parts, "rich_text_section") { run(&$0, "\n" + sentence) } }
          if let chatCommand { element(&parts, "rich_text_preformatted") { run(&$0, chatCommand) } }
          for (name, value) in chatFacts { element(&parts, "rich_text_section") { run(&$0, "\n\(name): \(value)") } }
        }
      }
    }
    return json.bytes
  }

  /// The body of a request to a workflow of Teams: an Adaptive Card of text runs, in which nothing is markup.
  var teams: [UInt8] {
    func block(_ json: inout JSONText, _ text: String, _ style: [(String, String)] = []) {
      json.object {
        $0.field("type", "RichTextBlock")
        $0.key("inlines")
        $0.array { inlines in
          inlines.object {
            $0.field("type", "TextRun")
            $0.field("text", text)
            for (key, value) in style { $0.field(key, value) }
          }
        }
      }
    }
    var json = JSONText()
    json.object {
      $0.field("type", "message")
      $0.field("summary", chatTitle)
      $0.key("attachments")
      $0.array { attachments in
        attachments.object {
          $0.field("contentType", "application/vnd.microsoft.card.adaptive")
          $0.field("contentUrl", String?.none)
          $0.key("content")
          $0.object { card in
            card.field("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
            card.field("type", "AdaptiveCard")
            card.field("version", "1.4")
            card.field("lang", phrasebook.language.rawValue)
            card.field("fallbackText", chatTitle)
            card.key("msteams")
            card.object { $0.field("width", "Full") }
            card.key("body")
            card.array { body in
              block(&body, chatTitle, [("size", "Medium"), ("weight", "Bolder")])
              for sentence in sentences { block(&body, sentence) }
              if let chatCommand { block(&body, chatCommand, [("fontType", "Monospace")]) }
              for (name, value) in chatFacts { block(&body, "\(name): \(value)", [("size", "Small")]) }
            }
          }
        }
      }
    }
    return json.bytes
  }

  /// The body of a request to an incoming webhook of Mattermost, which reads Markdown.
  var mattermost: [UInt8] {
    let parts =
      ["**\(Self.escaped(chatTitle))**"] + sentences.map(Self.escaped) + (chatCommand.map { ["```\n\($0)\n```"] } ?? [])
      + [chatFacts.map { Self.escaped("\($0.name): \($0.value)") }.joined(separator: "\n")]
    var json = JSONText()
    json.object { $0.field("text", parts.filter { !$0.isEmpty }.joined(separator: "\n\n")) }
    return json.bytes
  }

  /// Escapes the marks of Markdown, and breaks up `:words:`, `#words` and `~words`, which would become pictures and links.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if marks.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result).replacing(/:(?=[a-z0-9_+\-\\]+:)/) { _ in "\u{a789}" }
  }

  private static let marks: Set<Unicode.Scalar> = [
    "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "#", "+", "-", "!", "~", "|", "&", "$",
  ]

  /// The header and the body of a request to a topic of ntfy, which shows plain text.
  var ntfy: (header: [String], body: [UInt8]) {
    let priority =
      switch alert.severity {
      case .high: 5
      case .medium: 4
      case .low: 3
      }
    let text = (sentences + (chatCommand.map { [$0] } ?? []) + chatFacts.map { "\($0.name): \($0.value)" }).joined(
      separator: "\n")
    var body = Array(text.utf8.prefix(Self.longestNtfy))
    while String(validating: body, as: UTF8.self) == nil { body.removeLast() }
    return (
      [HeaderField.oneLine("Title", chatTitle), "Priority: \(priority)", "Markdown: no"],
      body.isEmpty ? Array(chatTitle.utf8) : body
    )
  }

  /// ntfy makes a file of a longer message.
  private static let longestNtfy = 4_000
}
