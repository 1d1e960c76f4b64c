public import DMARC

/// Where in an input a report was found.
public struct ReportOrigin: Sendable, Hashable {
  /// The path from the file to the report: names of members and attachments and positions of messages, joined by `#`; nil if the file is
  /// the report.
  public var member: String?
  /// The byte offset of the message in an mbox file; nil for other inputs.
  public var mailOffset: Int64?
  /// The file or message whose size bounds the cost of this report.
  public var share = InputShare()
  /// The origin of the message that contained the report; nil if it did not arrive by email.
  public var mail: ReportMessage?

  /// Creates an origin.
  public init(member: String? = nil, mailOffset: Int64? = nil, mail: ReportMessage? = nil) {
    self.member = member
    self.mailOffset = mailOffset
    self.mail = mail
  }
}

extension ReportOrigin {
  /// The approximate size of its texts in bytes.
  public var weight: Int { member?.utf8.count ?? 0 }
}

/// A file or one message of an mbox file, whose contents may cost time and memory in proportion to its size.
public struct InputShare: Sendable, Hashable {
  /// Its byte offset in the file.
  public var offset: Int64 = 0
  /// Its size in bytes; inside a compressed file, the size of that file.
  public var bytes: Int64 = 0

  /// Creates an empty share at the start.
  public init() {}
}
