/// `report_metadata`: who reports, for which period (RFC 7489 App. C, RFC 9990 §3.1.1.3). Absent is nil, empty is empty.
public struct ReportMetadata: Sendable, Hashable {
  /// The reporting organisation, as it names itself.
  public var orgName: String?
  /// Its contact address.
  public var email: String?
  /// Further ways to reach the reporter.
  public var extraContactInfo: String?
  /// The report id as reported, blanks trimmed.
  public var reportID: String?
  /// Start of the reporting period in epoch seconds, UTC.
  public var begin: Int64?
  /// End of the reporting period in epoch seconds, UTC.
  public var end: Int64?
  /// Problems that the reporter met.
  public var errors: [String] = []
  /// Software that made the report (RFC 9990).
  public var generator: String?

  /// Metadata in which nothing was reported.
  public init() {}
}

/// `policy_published`: the DMARC record that the reporter found (RFC 7489 App. C, RFC 9990 §3.1.1.5).
public struct PolicyPublished: Sendable, Hashable {
  /// The name at which the record was found.
  public var domain: String?
  /// How strictly DKIM domains must match; absent means relaxed.
  public var adkim: AlignmentMode?
  /// How strictly SPF domains must match; absent means relaxed.
  public var aspf: AlignmentMode?
  /// Policy asked for.
  public var p: RequestedPolicy?
  /// Policy asked for subdomains; absent means as `p`.
  public var sp: RequestedPolicy?
  /// Policy for subdomains that do not exist (RFC 9990).
  public var np: RequestedPolicy?
  /// Percentage of mail that the policy is asked for; gone in RFC 9990.
  public var pct: Int64?
  /// Failure reporting options, colon-separated.
  public var fo: String?
  /// `y` or `n` (RFC 9990): the record's `t` tag.
  public var testing: String?
  /// `psl` or `treewalk` (RFC 9990).
  public var discoveryMethod: String?

  /// A policy of which nothing was reported.
  public init() {}
}

/// Everything a report says outside its records.
public struct ReportHead: Sendable, Hashable {
  /// Who reports, for which period.
  public var metadata = ReportMetadata()
  /// The policy that was published.
  public var policy = PolicyPublished()
  /// `version` as reported; says nothing about the dialect.
  public var version: String?
  /// Namespace URI of the root element.
  public var namespace: String?
  /// Content of the report-level `extension` element as XML text (RFC 9990 §3.1.1.6).
  public var extensionXML: String?
  /// Which schema the report looks like.
  public var dialect = ReportDialect.draft

  /// A head in which nothing was reported.
  public init() {}
}
