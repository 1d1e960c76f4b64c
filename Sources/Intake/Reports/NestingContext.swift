import DMARC

/// Where a report was found.
public struct ReportOrigin: Sendable, Hashable {
  /// The way from the file to the report: members, attachments, positions, joined by `#`; nil where the file is the report.
  public var member: String?
  /// Where the mail begins within an mbox file, in bytes.
  public var mailOffset: Int64?
  /// The file or mail by whose size it is bounded what this may cost.
  public var share = InputShare()
  /// What the header says of the message that it came in; nil if it did not come by mail.
  public var mail: ReportMessage?

  /// An origin.
  public init(member: String? = nil, mailOffset: Int64? = nil, mail: ReportMessage? = nil) {
    self.member = member
    self.mailOffset = mailOffset
    self.mail = mail
  }
}

extension ReportOrigin {
  /// Bytes of the texts in it, roughly.
  public var weight: Int { member?.utf8.count ?? 0 }
}

/// A file, or one mail of an mbox file: what comes in it may cost in proportion to its bytes.
public struct InputShare: Sendable, Hashable {
  /// Where it begins in the file.
  public var offset: Int64 = 0
  /// Its size; inside a compressed file, the size of that.
  public var bytes: Int64 = 0

  /// A share of no bytes at the start.
  public init() {}
}

/// How deep the reader is inside of what it was given.
struct NestingContext {
  var origin = ReportOrigin()
  /// What names and mail headers say of a report in it.
  var hints: ReportHints
  /// Containers that are open.
  var containers = 0
  /// Multiparts and messages that are open.
  var mimeLevels = 0
  /// When the message arrived, if a mail server says so; epoch seconds.
  var receivedAt: Int64?

  /// Bytes of the name of a member or attachment, of all of them together, and of a subject. A file name by RFC 9990 §3.5.2 holds two domains
  /// and an id.
  private static let nameLimit = 1_024
  private static let memberLimit = 2_048
  private static let subjectLimit = 2_048
  private static let mostNames = 8

  /// One step further in.
  func inside(_ name: String?) -> NestingContext {
    var deeper = self
    guard let name, !name.isEmpty else { return deeper }
    let bounded = BoundedText.head(name, limit: Self.nameLimit)
    let member = origin.member.map { "\($0)#\(bounded)" } ?? bounded
    deeper.origin.member = BoundedText.head(member, limit: Self.memberLimit)
    deeper.hints.names.append(bounded)
    // The innermost names say most.
    if deeper.hints.names.count > Self.mostNames { deeper.hints.names.removeFirst() }
    return deeper
  }

  func insideContainer() -> NestingContext {
    var deeper = self
    deeper.containers += 1
    return deeper
  }

  func insideMultipart() -> NestingContext {
    var deeper = self
    deeper.mimeLevels += 1
    return deeper
  }

  /// With what the header of a mail says; of a mail attached to another, that is only a claim.
  func inMail(_ mail: MIMEPart, trustedHosts: Set<DomainName>) -> NestingContext {
    var deeper = self
    deeper.origin.mail =
      origin.mail.map { $0.forwarded(mail) }
      ?? ReportMessage(mail, trustedHosts: trustedHosts, receivedAt: receivedAt)
    if let subject = mail.subject.flatMap({ ReportSubject(BoundedText.head($0, limit: Self.subjectLimit)) }) {
      deeper.hints.subject = subject
    }
    if let sender = mail.author.flatMap({ DomainName($0) }) {
      deeper.hints.sender = BoundedText.tail(sender.name, limit: 255)
    }
    if let date = mail.date { deeper.hints.date = date }
    return deeper
  }
}
