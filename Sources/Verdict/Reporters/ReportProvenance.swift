/// A report as far as it tells whether its sender is to be believed. Organisations, reporters and domains are told apart by number.
public struct ReportProvenance: Sendable {
  /// Number of the report.
  public var report: Int64
  /// Who reports by name, and about which domain.
  public var reporter, policyDomain: Int64
  /// UTC day of the report.
  public var day: Int64
  /// End of the reporting period, epoch seconds, as reported.
  public var end: Int64
  /// When it was stored, epoch seconds.
  public var ingestedAt: Int64
  /// When the message arrived, epoch seconds; nil if that is unknown.
  public var receivedAt: Int64?
  /// Whether it came by mail; if not, the operator has put it there.
  public var cameByMail: Bool
  /// Whether its message names nobody as its author, or an organisation that the report disagrees with.
  public var disagrees: Bool
  /// Whether its message bears a signature that claims to be of its author's organisation.
  public var isSigned: Bool
  /// Whether a trusted host has authenticated its author's organisation.
  public var isAuthenticated: Bool

  /// The trace of a report.
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
