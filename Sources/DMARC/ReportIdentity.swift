/// What identifies a report. The report ID alone does not: reporters reuse IDs for other periods, and use the IDs of others.
///
/// Source: RFC 7489 §7.2.1.1 leaves duplicates to the consumer; RFC 9990 §3.5.4.
public struct ReportIdentity: Sendable, Hashable {
  /// The organisation name in the form of ``reporterName(_:)``; if absent, the domain of its email address or the receiver in the file name.
  public let reporter: String
  /// The report ID without angle brackets and white space.
  public let reportID: String
  /// The domain that the report is about.
  public let policyDomain: DomainName
  /// Start of the reporting period, epoch seconds.
  public let begin: Int64
  /// End of the reporting period, epoch seconds.
  public let end: Int64

  /// Creates an identity.
  public init(reporter: String, reportID: String, policyDomain: DomainName, begin: Int64, end: Int64) {
    self.reporter = reporter
    self.reportID = reportID
    self.policyDomain = policyDomain
    self.begin = begin
    self.end = end
  }

  /// The name of a reporter as it identifies reports: in lower case; if it is a domain name, in the form of ``DomainName``.
  public static func reporterName(_ reported: String) -> String {
    let folded = reported.lowercased()
    guard !folded.contains("@"), let name = DomainName(folded), name.isHostName, name.labels.count > 1 else {
      return folded
    }
    return name.name
  }

  /// The UTC day of the middle of the reporting period, in days since 1970-01-01.
  ///
  /// Many reports do not start at midnight UTC; the middle is the day of most of their messages.
  public var day: Int64 { Self.day(begin: begin, end: end) }

  static func day(begin: Int64, end: Int64) -> Int64 {
    // Halved before adding, so that the sum cannot overflow.
    let middle = end > begin ? begin / 2 + end / 2 + (begin % 2 + end % 2) / 2 : begin
    return CalendarDay(epoch: middle).number
  }
}
