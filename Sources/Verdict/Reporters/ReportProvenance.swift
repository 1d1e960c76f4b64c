/// What is known about the origin of a report, to decide whether its sender is trusted. Organisations, reporters and domains are numbers.
public struct ReportProvenance: Sendable {
  /// The number of the report.
  public var report: Int64
  /// The numbers of the reporter by name, and of the policy domain.
  public var reporter, policyDomain: Int64
  /// The UTC day of the report, in days since 1970-01-01.
  public var day: Int64
  /// The end of the reporting period as reported, epoch seconds.
  public var end: Int64
  /// When the report was stored, epoch seconds.
  public var ingestedAt: Int64
  /// When the message arrived, epoch seconds; nil if unknown.
  public var receivedAt: Int64?
  /// Whether the report arrived in a message; otherwise the operator provided it as a file.
  public var cameByMail: Bool
  /// Whether its message has no author, or an author of another organisation than the reporter's.
  public var disagrees: Bool
  /// Whether its message has a signature that claims to be of its author's organisation.
  public var isSigned: Bool
  /// Whether a trusted host authenticated its author's organisation.
  public var isAuthenticated: Bool

  /// Creates the provenance of a report.
  public init(
    report: Int64, reporter: Int64, policyDomain: Int64, day: Int64, end: Int64, ingestedAt: Int64,
    receivedAt: Int64? = nil, cameByMail: Bool = false, disagrees: Bool = false, isSigned: Bool = false,
    isAuthenticated: Bool = false
  ) {
    self.report = report
    self.reporter = reporter
    self.policyDomain = policyDomain
    self.day = day
    self.end = end
    self.ingestedAt = ingestedAt
    self.receivedAt = receivedAt
    self.cameByMail = cameByMail
    self.disagrees = disagrees
    self.isSigned = isSigned
    self.isAuthenticated = isAuthenticated
  }
}
