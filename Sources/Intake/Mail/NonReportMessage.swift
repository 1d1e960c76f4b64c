/// The kinds of messages without an aggregate report, as they are shown: bounces, read receipts, replies.
enum NonReportMessage {
  /// A message of no known kind.
  static let other = "a message without a report"

  /// The kind of a message whose structure declares it as something else, so that its attachments are irrelevant; nil for others.
  static func declaredKind(of mail: MIMEPart) -> String? {
    guard mail.type == "multipart/report" else { return nil }
    switch mail.typeParameter("report-type") {
    case "delivery-status": return "a bounce"
    case "disposition-notification": return "a read receipt"
    case "tlsrpt": return InputFormat.tlsReport
    case "feedback-report": return feedback(mail)
    default: return nil
    }
  }

  private static func feedback(_ mail: MIMEPart) -> String {
    guard case .multipart(let parts) = mail.kind,
      let report = parts.first(where: { $0.type == "message/feedback-report" }), let start = start(of: report)
    else { return "a feedback report" }
    // RFC 5965 §3.1, RFC 6591 §3.1.
    return start.contains("auth-failure") ? failureReport : abuseReport
  }

  /// The kind of a part whose media type declares a failure or abuse report; nil for others.
  static func declaredKind(ofPart part: MIMEPart) -> String? {
    guard part.type == "message/feedback-report" else { return nil }
    return (start(of: part) ?? "").contains("auth-failure") ? failureReport : abuseReport
  }

  private static let failureReport = "a failure report"
  private static let abuseReport = "an abuse report"

  /// The likely kind of a message in which no report was found.
  /// - Parameter contents: the kinds of its parts.
  static func likelyKind(of mail: MIMEPart, contents: [String]) -> String {
    if let own = contents.first(where: { [InputFormat.tlsReport, failureReport, abuseReport].contains($0) }) {
      return own
    }
    // RFC 8460 §5.3: the subject has the same form as that of an aggregate report.
    if mail.header("TLS-Report-Domain") != nil || mail.header("TLS-Report-Submitter") != nil {
      return InputFormat.tlsReport
    }
    let author = (mail.author ?? "").lowercased()
    let subject = (mail.subject ?? "").lowercased()
    let automatic = (mail.header("Auto-Submitted") ?? "").lowercased()
    let isReturned = author.hasPrefix("mailer-daemon") && ReportAnnouncement(subject: mail.subject) != .certain
    if isReturned || subject.hasPrefix("undeliver") || subject.hasPrefix("delivery status")
      || subject.hasPrefix("mail delivery failed") || mail.header("X-Failed-Recipients") != nil
    {
      return "a bounce"
    }
    if automatic.hasPrefix("auto-replied") || mail.header("X-Autoreply") != nil || subject.hasPrefix("automatic reply")
      || subject.hasPrefix("out of office")
    {
      return "an automatic reply"
    }
    if let text = firstText(mail), text.contains("submitting-uri:"), text.contains("report-id:") {
      return "a DMARC error report"
    }
    return other
  }

  private static func firstText(_ part: MIMEPart) -> String? {
    switch part.kind {
    case .leaf: return start(of: part)
    case .multipart(let parts): return parts.first.flatMap { firstText($0) }
    default: return nil
    }
  }

  /// The first bytes of a part in lower case; nil if it has no content.
  private static func start(of part: MIMEPart) -> String? {
    guard let content = part.content else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = bytes.withUnsafeMutableBytes { (try? content.read($0)) ?? 0 }
    return String(decoding: bytes.prefix(count), as: UTF8.self).lowercased()
  }
}
