import DMARC

/// The containers, parts and names between an input and the position of the reader in it.
struct NestingContext: Sendable {
  var origin = ReportOrigin()
  /// What names and message headers say about a report at this position.
  var hints: ReportHints
  /// The number of open containers.
  var containers = 0
  /// The number of open multiparts and messages.
  var mimeLevels = 0
  /// When the server received the message, epoch seconds; nil if unknown.
  var receivedAt: Int64?
  /// Whether a header here is that of a MIME entity inside a message, as in opaque-signed S/MIME. It says nothing about the sender.
  var isEntity = false

  /// The maximum sizes in bytes of the name of a member or attachment, of all names together and of a subject. A file name according to
  /// RFC 9990 §3.5.2 contains two domains and an id.
  private static let nameLimit = 1_024
  private static let memberLimit = 2_048
  private static let subjectLimit = 2_048
  private static let maxNames = 8

  /// The context inside a member or attachment with this name.
  func inside(_ name: String?) -> NestingContext {
    var deeper = self
    guard let name, !name.isEmpty else { return deeper }
    let bounded = BoundedText.head(name, limit: Self.nameLimit)
    let member = origin.member.map { "\($0)#\(bounded)" } ?? bounded
    deeper.origin.member = BoundedText.head(member, limit: Self.memberLimit)
    deeper.hints.names.append(bounded)
    // The innermost names are the most informative ones.
    if deeper.hints.names.count > Self.maxNames { deeper.hints.names.removeFirst() }
    return deeper
  }

  /// The context inside a container.
  func insideContainer() -> NestingContext {
    var deeper = self
    deeper.containers += 1
    deeper.isEntity = false
    return deeper
  }

  /// The context inside a multipart or an attached message.
  func insideMultipart() -> NestingContext {
    var deeper = self
    deeper.mimeLevels += 1
    return deeper
  }

  /// The context inside a message. What the header of an attached message says is an unverified claim.
  func inMail(_ mail: MIMEPart, trustedHosts: Set<DomainName>) -> NestingContext {
    var deeper = self
    if isEntity {
      deeper.isEntity = false
      return deeper
    }
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
