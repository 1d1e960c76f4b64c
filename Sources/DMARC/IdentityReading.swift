/// Finds out which report this is, also where it does not say so itself.
public struct IdentityReading: Sendable {
  /// Which report this is.
  public let identity: ReportIdentity
  /// What had to be assumed, and what is odd about the period.
  public let warnings: [ReportWarning]

  /// Seconds beyond which a report spans "more than two days".
  static let longPeriod: Int64 = 2 * 86_400 + 3_600

  /// Reads the identity from the head; from the file's name and the first record where the head leaves it open.
  ///
  /// - Parameters:
  ///   - fileName: name of the file or archive member.
  ///   - firstHeaderFrom: From domain of the first record.
  ///   - sha256: hash of the XML where known already; stands in for a missing report id.
  /// - Throws: ``Rejection`` where neither says which domain or period the report is about.
  public init(
    _ head: ReportHead, fileName: String, firstHeaderFrom: String?, sha256: [UInt8]?
  ) throws(Rejection) {
    // Nearly all heads are whole; taking the name apart is for the others.
    lazy var name = ReportFileName(fileName)
    var warnings: [ReportWarning] = []
    func assume(_ what: String, _ value: String, from source: String) {
      warnings.append(ReportWarning(.metadataAssumed, "\(what) is missing; \"\(value)\" was taken from \(source)"))
    }

    var reporter = (head.metadata.orgName ?? "").lowercased()
    if reporter.isEmpty {
      let domain = head.metadata.email.flatMap(DomainName.init)?.name
      reporter = domain ?? name?.receiver.lowercased() ?? ""
      if reporter.isEmpty { reporter = "unknown" }
      assume("org_name", reporter, from: domain != nil ? "email" : name != nil ? "the file name" : "nowhere")
    }

    var reportID = Self.stripped(head.metadata.reportID ?? "")
    if reportID.isEmpty {
      let hash = sha256.map { "sha256-" + Self.hexadecimal($0.prefix(8)) }
      reportID = name?.uniqueID ?? hash ?? "missing"
      assume("report_id", reportID, from: name?.uniqueID != nil ? "the file name" : "the content")
    }

    var domain = head.policy.domain.flatMap(DomainName.init)
    if domain == nil {
      domain = name.flatMap { DomainName($0.policyDomain) }
      let source = domain != nil ? "the file name" : "header_from"
      domain = domain ?? firstHeaderFrom.flatMap(DomainName.init)
      if let domain { assume("policy_published/domain", domain.name, from: source) }
    }
    guard let domain else {
      throw Rejection(.incompleteReport, "the report does not say which domain it is about (policy_published/domain)")
    }

    let (begin, end) = (head.metadata.begin ?? name?.begin, head.metadata.end ?? name?.end)
    guard let begin = begin ?? end, let end = end ?? begin as Int64? else {
      throw Rejection(.incompleteReport, "the report does not say which period it covers (date_range)")
    }
    if head.metadata.begin == nil || head.metadata.end == nil {
      assume("date_range", "\(begin) to \(end)", from: name != nil ? "the file name" : "its other end")
    }
    if end < begin {
      warnings.append(ReportWarning(.periodOdd, "the period ends (\(end)) before it begins (\(begin))"))
    } else if end - begin > Self.longPeriod {
      warnings.append(ReportWarning(.periodOdd, "the period spans \((end - begin) / 86_400) days"))
    }
    identity = ReportIdentity(reporter: reporter, reportID: reportID, policyDomain: domain, begin: begin, end: end)
    self.warnings = warnings
  }

  /// Without the angle brackets of a message id and blanks, which come and go between copies of one report.
  private static func stripped(_ reportID: String) -> String {
    String(reportID.filter { $0 != "<" && $0 != ">" && !$0.isWhitespace })
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
