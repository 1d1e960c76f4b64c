import DMARC

/// Where a report was found, and what is known of it from there.
public struct ReportOrigin: Sendable, Hashable {
  /// The way from the file to the report: members, attachments, positions, joined by `#`; nil where the file is the report.
  public var member: String?
  /// What names and mail headers say of the report.
  public var hints: ReportHints
  /// Where the mail begins within an mbox file, in bytes.
  public var mailOffset: Int64?

  /// An origin.
  public init(member: String? = nil, hints: ReportHints = ReportHints(), mailOffset: Int64? = nil) {
    self.member = member
    self.hints = hints
    self.mailOffset = mailOffset
  }
}

/// How deep the reader is inside of what it was given.
struct Trail {
  var origin: ReportOrigin
  /// Containers that are open.
  var containers = 0
  /// Multiparts and messages that are open.
  var mimeLevels = 0

  /// One step further in.
  func inside(_ name: String?) -> Trail {
    var deeper = self
    guard let name, !name.isEmpty else { return deeper }
    deeper.origin.member = origin.member.map { "\($0)#\(name)" } ?? name
    deeper.origin.hints.names.append(name)
    return deeper
  }

  func insideContainer() -> Trail {
    var deeper = self
    deeper.containers += 1
    return deeper
  }

  func insideMultipart() -> Trail {
    var deeper = self
    deeper.mimeLevels += 1
    return deeper
  }

  /// With what the header of a mail says.
  func inMail(_ mail: MailPart) -> Trail {
    var deeper = self
    if let subject = mail.subject.flatMap({ ReportSubject($0) }) { deeper.origin.hints.subject = subject }
    if let sender = mail.author.flatMap({ DomainName($0) }) { deeper.origin.hints.sender = sender.name }
    if let date = mail.date { deeper.origin.hints.date = date }
    return deeper
  }
}
