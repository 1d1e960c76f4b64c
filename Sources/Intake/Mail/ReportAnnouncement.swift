import DMARC

/// Whether a message says that it carries a report: by its subject, or by the name of an attachment (RFC 7489 §7.2.1.1).
///
/// An announced report that cannot be read must be rejected. A message that announces none is just a message.
enum ReportAnnouncement: Equatable {
  /// The subject has the form of a report's.
  case certain
  /// The subject of a report is forwarded or quoted, or has only one part: the message need not carry the report.
  case possible
  case none

  /// - Parameter subject: the decoded subject.
  init(subject: String?) {
    let text = String((subject ?? "").prefix(2_000)).lowercased()
    let words = text.split { $0.isWhitespace || "<>{}[]\"*".contains($0) }
    var parts: Set<String> = []
    var before: Substring = ""
    var start: Substring.Index?
    for word in words {
      let key = word.prefix { $0 != ":" }
      let hasColon = key.endIndex < word.endIndex
      let part: String? =
        switch key {
        case "domain" where hasColon && before == "report": "report domain"
        case "report-domain" where hasColon, "report_domain" where hasColon: "report domain"
        case "domain" where hasColon: "domain"
        case "submitter" where hasColon: "submitter"
        case "report-id" where hasColon, "report_id" where hasColon, "reportid" where hasColon: "report-id"
        default: nil
        }
      if let part {
        parts.insert(part)
        if start == nil { start = part == "report domain" && before == "report" ? before.startIndex : word.startIndex }
      }
      before = word
    }
    guard parts.count >= 2 || parts.contains("report domain"), let start else {
      self = .none
      return
    }
    switch Self.prefix(text[..<start]) {
    case .reply: self = .none
    case .other: self = .possible
    case .none: self = parts.count >= 2 ? .certain : .possible
    }
  }

  private enum Prefix { case none, reply, other }

  /// What precedes the subject of the report: `Re:`, `Fwd:`, a mark that a gateway adds.
  private static func prefix(_ text: Substring) -> Prefix {
    var found = Prefix.none
    for part in text.split(whereSeparator: { $0 == ":" || $0 == "：" }).prefix(16) {
      // Tags in brackets, and the number in `Re[2]:`.
      var word = ""
      var depth = 0
      for character in part {
        if "[(【".contains(character) { depth += 1 }
        if depth == 0 { word.append(character) }
        if "])】".contains(character) { depth = max(0, depth - 1) }
      }
      let name = word.split { $0.isWhitespace || "*-".contains($0) }.joined(separator: " ")
      if replies.contains(name) { return .reply }
      if !name.isEmpty, !marks.contains(name), hasColon(after: part, in: text) { found = .other }
    }
    return found
  }

  private static func hasColon(after part: Substring, in text: Substring) -> Bool { part.endIndex < text.endIndex }

  private static let replies: Set<String> = [
    "re", "aw", "antw", "antwort", "sv", "vs", "odp", "res", "rif", "ref", "ynt", "回复", "答复", "返信", "回覆",
  ]
  /// What gateways put before the subjects of messages from outside.
  private static let marks: Set<String> = [
    "spam", "suspected spam", "junk", "bulk", "external", "extern", "ext", "caution", "warning", "dmarc", "preview",
  ]

  /// Why the report that a message announces is missing; nil if there is nothing to complain about.
  static func unanswered(by findings: ReportExtractor.Findings, in mail: MIMEPart) -> InputError? {
    guard findings.reports == 0, !findings.nonReports.contains(where: { $0.claim != nil }) else { return nil }
    let announcement = ReportAnnouncement(subject: mail.subject)
    guard announcement != .none,
      NonReportMessage.likelyKind(of: mail, contents: findings.nonReports.map(\.kind)) == NonReportMessage.other
    else { return nil }
    if let obstacle = findings.obstacle { return obstacle }
    guard announcement == .certain else { return nil }
    return InputError(.missingReport, "its subject announces a report, but none is attached" + contents(findings))
  }

  /// What a message contains instead of a report, apart from text.
  private static func contents(_ findings: ReportExtractor.Findings) -> String {
    let texts: Set<String> = ["empty", "plain text", "another kind of XML", "a signature", NonReportMessage.other]
    var kinds: [String] = []
    for kind in findings.nonReports.map(\.kind) where !texts.contains(kind) && !kinds.contains(kind) && kinds.count < 3
    {
      kinds.append(kind)
    }
    return kinds.isEmpty ? "" : ", only \(kinds.joined(separator: ", "))"
  }

  /// Whether an attachment with this name claims to be a report.
  static func isReportName(_ name: String, hasReportSubject: Bool) -> Bool {
    let lowered = name.lowercased()
    // Reports on TLS have the same form with another ending (RFC 8460 §5.1).
    if lowered.hasSuffix(".json") || lowered.hasSuffix(".json.gz") { return false }
    if ReportFileName(name) != nil { return true }
    // Mail programs name an attached message by its subject, without the colons.
    if lowered.contains("report domain"), lowered.contains("submitter") || lowered.contains("report-id") {
      return true
    }
    let isContainer = [".gz", ".zip", ".xml"].contains { lowered.hasSuffix($0) }
    return isContainer && (hasReportSubject || lowered.hasSuffix(".xml.gz") || lowered.hasSuffix(".xml"))
  }
}
