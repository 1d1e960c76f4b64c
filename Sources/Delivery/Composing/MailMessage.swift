package import Foundation
package import Settings

/// A message of email, composed: a text, or a text and the same as HTML.
package struct MailMessage: Sendable {
  package var from: MailAddress
  package var to: MailAddress
  /// What it belongs to, for filters of the recipient.
  package var list: List
  package var subject: String
  package var text: String
  /// The same as HTML; nil for a message of text only.
  package var html: String?
  /// A BCP 47 tag.
  package var language: StaticString

  package enum List: Sendable {
    case alerts, digest

    var label: StaticString {
      switch self {
      case .alerts: "alerts"
      case .digest: "digest"
      }
    }
  }

  package init(
    from: MailAddress, to: MailAddress, list: List, subject: String, text: String, html: String? = nil,
    language: StaticString
  ) {
    (self.from, self.to, self.list, self.subject) = (from, to, list, subject)
    (self.text, self.html, self.language) = (text, html, language)
  }

  /// The message with CR LF line ends, all in ASCII, in lines of at most 78 characters.
  /// - Parameters:
  ///   - unique: makes the identity of the message.
  ///   - date: epoch seconds.
  package func bytes(_ unique: UUID, date: Int64) -> [UInt8] {
    let fields: [HeaderField] = [
      .date(date), .address("From", from), .address("To", to), .text("Subject", subject),
      .messageID(MessageID(unique, from)), .listID(list.label, from), .own("Auto-Submitted", "auto-generated"),
      .own("X-Auto-Response-Suppress", "All"), .own("MIME-Version", "1.0"), .own("Content-Language", language),
    ]
    let head = fields.map(\.text).joined()
    guard let html else { return Array((head + part("plain", text)).utf8) }
    let boundary = MailBoundary(unique)
    let parts = [part("plain", text), part("html", html)].map { "--\(boundary.text)\r\n\($0)\r\n" }.joined()
    return Array(
      "\(head)\(HeaderField.alternatives(boundary).text)\r\n\(parts)--\(boundary.text)--\r\n".utf8)
  }

  private func part(_ subtype: StaticString, _ body: String) -> String {
    let encoded = TransferEncoding(body)
    return """
      Content-Type: text/\(subtype); charset=utf-8\r
      Content-Transfer-Encoding: \(encoded.name)\r
      \r
      \(encoded.body)
      """
  }
}
