/// What the surroundings of a report say about it: file names and the message. Used to fill in what the report omits.
public struct ReportHints: Sendable, Hashable {
  /// The names of the file, archive members and attachments that contained the report, outermost first.
  public var names: [String]
  /// The parsed subject of the message that brought the report.
  public var subject: ReportSubject?
  /// The domain of that message's author.
  public var sender: String?
  /// The date of that message, or the modification time of the file; epoch seconds.
  public var date: Int64?

  /// Creates hints.
  public init(names: [String] = [], subject: ReportSubject? = nil, sender: String? = nil, date: Int64? = nil) {
    self.names = names
    self.subject = subject
    self.sender = sender
    self.date = date
  }

  /// The innermost name that has the form of a report's file name; nil if none has.
  public var fileName: ReportFileName? { names.reversed().lazy.compactMap { ReportFileName($0) }.first }
}
