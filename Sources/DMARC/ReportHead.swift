/// `report_metadata`: the reporter and the period (RFC 7489 App. C, RFC 9990 §3.1.1.3). Absent elements are nil, empty ones empty.
public struct ReportMetadata: Sendable, Hashable {
  /// The name of the reporting organisation.
  public var orgName: String?
  /// Its contact address.
  public var email: String?
  /// Further contact information.
  public var extraContactInfo: String?
  /// The report ID as reported, with surrounding white space removed.
  public var reportID: String?
  /// Start of the reporting period in epoch seconds, UTC.
  public var begin: Int64?
  /// End of the reporting period in epoch seconds, UTC.
  public var end: Int64?
  /// Errors that the reporter encountered.
  public var errors: [String] = []
  /// The software that generated the report (RFC 9990).
  public var generator: String?

  /// Creates metadata in which everything is absent.
  public init() {}
}

/// `policy_published`: the DMARC policy that the reporter found (RFC 7489 App. C, RFC 9990 §3.1.1.5). Absent elements are nil.
public struct PolicyPublished: Sendable, Hashable {
  /// The domain at which the policy was found.
  public var domain: String?
  /// The DKIM alignment mode; nil means relaxed.
  public var adkim: AlignmentMode?
  /// The SPF alignment mode; nil means relaxed.
  public var aspf: AlignmentMode?
  /// The requested policy for the domain.
  public var p: RequestedPolicy?
  /// The requested policy for subdomains; nil means the same as `p`.
  public var sp: RequestedPolicy?
  /// The requested policy for subdomains that do not exist (RFC 9990).
  public var np: RequestedPolicy?
  /// The percentage of messages that the policy is requested for (RFC 7489); removed in RFC 9990.
  public var pct: Int64?
  /// Failure reporting options, colon-separated.
  public var fo: String?
  /// `y` or `n`: the `t` tag of the record (RFC 9990).
  public var testing: String?
  /// How the policy was discovered: `psl` or `treewalk` (RFC 9990).
  public var discoveryMethod: String?

  /// Creates a policy in which everything is absent.
  public init() {}
}

/// Everything that a report says outside its records.
public struct ReportHead: Sendable, Hashable {
  /// The reporter and the period.
  public var metadata = ReportMetadata()
  /// The published policy.
  public var policy = PolicyPublished()
  /// The `version` element as reported. It does not identify the dialect.
  public var version: String?
  /// The namespace URI of the root element.
  public var namespace: String?
  /// The content of the report-level `extension` element, as XML text (RFC 9990 §3.1.1.6).
  public var extensionXML: String?
  /// The schema that the report resembles.
  public var dialect = ReportDialect.draft

  /// Creates a head in which everything is absent.
  public init() {}
}
