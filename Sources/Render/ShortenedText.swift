/// Shortens texts in tables for people, so that a single long name, which anyone can send, does not widen all lines.
///
/// The middle is replaced by an ellipsis: the end of a domain identifies its owner, and the start of a sentence its subject. All other
/// formats contain the whole text.
package enum ShortenedText {
  /// The maximum width of a name: a domain, host, reporter, selector or id; also of an item in a list. Longer ones are rare.
  static let nameWidth = 64
  /// The maximum width of any other text, such as the cause of an error.
  static let textWidth = 240

  private static let names: Set<String> = [
    "policy_domain", "header_from", "envelope_from", "envelope_to", "domain", "host", "network", "source", "source_ip",
    "reporter", "org_name", "email", "report_id", "known_sender", "sender", "name", "forwarder", "generator", "version",
    "namespace", "mail_from", "forwarded_by", "authenticated_by", "authenticated_domain", "spf_passed", "dmarc_passed",
    "sending_organisation", "selector", "testing", "discovery_method", "fo", "include", "extension",
  ]

  /// Texts with commands and records, which people copy. They contain only names that DNS can publish, which are short.
  private static let copied: Set<String> = [
    "advice", "command", "declare", "fix", "next_record", "next_step", "published_record", "record", "removal",
    "spf_record",
  ]

  /// The maximum width of the texts in a column; nil if they are not shortened.
  static func width(of column: Column) -> Int? {
    if copied.contains(column.key) { return nil }
    return names.contains(column.key) ? nameWidth : textWidth
  }

  /// A name that is at most ``nameWidth`` columns wide, and any other text that is at most ``textWidth`` wide.
  package static func name(_ text: String) -> String { shortened(text, to: nameWidth) }
  package static func text(_ text: String) -> String { shortened(text, to: textWidth) }

  /// A text for a terminal that is at most `limit` columns wide.
  static func shortened(_ text: String, to limit: Int?) -> String {
    guard let limit else { return text }
    // A character has at least one byte for each column.
    guard text.utf8.count > limit, TableText.width(text) > limit else { return text }
    let start = (limit - 1) * 3 / 5
    return part(text, start) + "…" + String(part(text.reversed(), limit - 1 - start).reversed())
  }

  /// The first characters that fit.
  private static func part(_ text: some Sequence<Character>, _ limit: Int) -> String {
    var result = ""
    var width = 0
    for character in text {
      width += TableText.width(String(character))
      if width > limit { break }
      result.append(character)
    }
    return result
  }
}
