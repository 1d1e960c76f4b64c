/// A piece of HTML for mail. Names, styles and attributes are words of this program, and texts are encoded when they go in, so that no
/// text can become markup.
struct MailMarkup {
  private(set) var html: String

  private init(html: String) { self.html = html }

  /// Pieces one after the other.
  init(_ parts: [MailMarkup]) { html = parts.map(\.html).joined() }

  /// A text, with hidden characters made visible.
  static func text(_ text: String) -> MailMarkup { MailMarkup(html: EncodedText().escapeText(text)) }

  /// A sentence, whose commands and records are between backticks.
  static func sentence(_ text: String) -> MailMarkup {
    MailMarkup(
      TextSpans.of(text).map { $0.isCode ? .element("code", MailStyle.code, [.text($0.text)]) : .text($0.text) })
  }

  /// An element with its style, which may be empty.
  /// - Parameter attributes: further attributes, as they are written.
  static func element(
    _ name: StaticString, _ style: StaticString, _ content: [MailMarkup], attributes: StaticString = ""
  ) -> MailMarkup {
    let style = style.utf8CodeUnitCount == 0 ? "" : " style=\"\(style)\""
    let attributes = attributes.utf8CodeUnitCount == 0 ? "" : " \(attributes)"
    return MailMarkup(html: "<\(name)\(attributes)\(style)>\(content.map(\.html).joined())</\(name)>\n")
  }

  /// A whole message. `language` is a BCP 47 tag.
  static func document(language: String, title: String, _ content: [MailMarkup]) -> MailMarkup {
    MailMarkup(
      html: """
        <!DOCTYPE html>
        <html lang="\(EncodedText.html(language))">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light">
        <meta name="supported-color-schemes" content="light">
        <title>\(text(title).html)</title>
        </head>
        <body style="\(MailStyle.body)">
        \(content.map(\.html).joined())</body>
        </html>

        """)
  }
}

/// Styles of a mail. Each text has its colour and its background, because mail programs turn either around in the dark.
enum MailStyle {
  static let body: StaticString = "margin:0;padding:0;background-color:#f4f6f7;color:#1d2329"
  static let frame: StaticString = "border-collapse:collapse;background-color:#f4f6f7"
  static let sheet: StaticString =
    "border-collapse:collapse;width:100%;max-width:640px;background-color:#ffffff;color:#1d2329;table-layout:fixed"
  static let content: StaticString =
    "padding:20px 16px 24px;background-color:#ffffff;color:#1d2329;font-family:'Segoe UI','Hiragino Sans','Yu Gothic UI','Noto Sans CJK JP',Arial,sans-serif;font-size:15px;line-height:1.5;text-align:left;overflow-wrap:anywhere;word-break:break-word"
  static let title: StaticString = "margin:0;font-size:22px;line-height:1.25;color:#1d2329"
  static let subtitle: StaticString = "margin:4px 0 0;font-size:16px;color:#1d2329"
  static let soft: StaticString = "margin:0 0 12px;font-size:13px;color:#56616b"
  static let lead: StaticString = "margin:16px 0 8px;font-size:17px;line-height:1.5;color:#1d2329"
  static let paragraph: StaticString = "margin:0 0 10px;color:#1d2329"
  static let label: StaticString = "margin:8px 0 2px;font-size:13px;color:#56616b"
  static let section: StaticString =
    "margin:28px 0 10px;padding-top:8px;border-top:1px solid #d5dade;font-size:18px;line-height:1.25;color:#1d2329"
  static let subsection: StaticString = "margin:20px 0 6px;font-size:16px;line-height:1.25;color:#1d2329"
  static let heading: StaticString = "margin:0 0 4px;font-size:15px;line-height:1.3;color:#1d2329"
  static let list: StaticString = "margin:0 0 10px;padding-left:20px;color:#1d2329"
  static let item: StaticString = "margin:0 0 4px;color:#1d2329"
  static let event: StaticString = "margin:0 0 8px;padding-bottom:8px;border-bottom:1px solid #d5dade;color:#1d2329"
  static let table: StaticString = "border-collapse:collapse;width:100%;margin:0 0 12px"
  static let head: StaticString =
    "padding:4px 8px 4px 0;border-bottom:1px solid #56616b;font-size:12px;font-weight:normal;color:#56616b;text-align:left;vertical-align:bottom"
  static let headOfNumbers: StaticString =
    "padding:4px 8px 4px 0;border-bottom:1px solid #56616b;font-size:12px;font-weight:normal;color:#56616b;text-align:right;vertical-align:bottom"
  static let cell: StaticString =
    "padding:4px 8px 4px 0;border-bottom:1px solid #d5dade;font-size:13px;font-weight:normal;color:#1d2329;text-align:left;vertical-align:top"
  static let number: StaticString =
    "padding:4px 8px 4px 0;border-bottom:1px solid #d5dade;font-size:13px;color:#1d2329;text-align:right;vertical-align:top"
  static let card: StaticString = "border-collapse:collapse;width:100%;margin:0 0 14px;table-layout:fixed"
  static let cardCell: StaticString =
    "padding:12px 14px;border-left:3px solid #d7922b;background-color:#f4f6f7;color:#1d2329;text-align:left"
  static let code: StaticString =
    "font-family:Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK JP',monospace;font-size:13px;color:#1d2329"
  static let block: StaticString =
    "margin:2px 0 6px;padding:6px 8px;border:1px solid #d5dade;background-color:#ffffff;color:#1d2329;font-family:Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK JP',monospace;font-size:13px;white-space:pre-wrap"
}
