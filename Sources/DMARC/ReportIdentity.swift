/// What makes a report itself and no other: reporters reuse report ids over other periods, and ids of each other.
///
/// Source: RFC 7489 §7.2.1.1 leaves duplicates to the consumer; RFC 9990 §3.5.4.
public struct ReportIdentity: Sendable, Hashable {
  /// Lower-case organisation name, else the domain of its address, else the receiver in the file name.
  public let reporter: String
  /// Report id without `<>` and blanks.
  public let reportID: String
  /// The domain that the report is about.
  public let policyDomain: DomainName
  /// Epoch seconds.
  public let begin: Int64
  /// Epoch seconds.
  public let end: Int64

  /// An identity from its parts.
  public init(reporter: String, reportID: String, policyDomain: DomainName, begin: Int64, end: Int64) {
    self.reporter = reporter
    self.reportID = reportID
    self.policyDomain = policyDomain
    self.begin = begin
    self.end = end
  }

  /// The UTC day, in days since 1970-01-01, that holds the middle of the reporting period.
  ///
  /// Many reports do not start at midnight UTC; the middle is where most of their mail was.
  public var day: Int64 {
    // Half of each end, so that no sum can overflow.
    let middle = end > begin ? begin / 2 + end / 2 + (begin % 2 + end % 2) / 2 : begin
    return CalendarDay(epoch: middle).number
  }
}
