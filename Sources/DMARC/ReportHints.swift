/// What is known of a report from around it, for where it does not say so itself.
public struct ReportHints: Sendable, Hashable {
  /// Names of the file, the archive members and the attachments that the report came in, outermost first.
  public var names: [String]
  /// Subject of the mail that it came in.
  public var subject: ReportSubject?
  /// Domain of that mail's author.
  public var sender: String?
  /// When that mail was written, or the file last changed; epoch seconds.
  public var date: Int64?

  /// Hints from names and, for mail, its header.
  public init(names: [String] = [], subject: ReportSubject? = nil, sender: String? = nil, date: Int64? = nil) {
    self.names = names
    self.subject = subject
    self.sender = sender
    self.date = date
  }

  /// The innermost name that has the form of a report's file name.
  public var fileName: ReportFileName? { names.reversed().lazy.compactMap { ReportFileName($0) }.first }
}
