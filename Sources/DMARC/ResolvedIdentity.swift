/// Finds out which report this is, also where it does not say so itself: a report is never lost for a gap in its head.
public struct ResolvedIdentity: Sendable {
  /// Which report this is.
  public let identity: ReportIdentity
  /// What had to be assumed, and what is odd about the period.
  public let warnings: [ReportWarning]

  /// Seconds beyond which a report spans "more than two days".
  static let longPeriod: Int64 = 2 * 86_400 + 3_600
  /// Stands for the policy domain of a report that names none.
  static let unknownDomain = "unknown"

  /// Reads the identity from the head; where the head leaves it open, from what the report came in and from its first record.
  ///
  /// - Parameters:
  ///   - hints: names of file, archive member and attachment, and the header of the mail.
  ///   - firstHeaderFrom: From domain of the first record.
  ///   - sha256: hash of the XML where known already; stands in for a missing report id.
  ///   - now: when the report is read, epoch seconds; a period that ends long after it is marked.
  /// - Throws: ``InputError`` where nothing says whose report on which domain this is.
  public init(
    _ head: ReportHead, hints: ReportHints, firstHeaderFrom: String?, sha256: [UInt8]?, now: Int64? = nil
  ) throws(InputError) {
    var missing = MissingParts(hints: hints)
    let reporter = missing.reporter(head.metadata)
    let domain = missing.domain(head.policy, firstHeaderFrom)
    let isAnonymous = reporter == Self.unknownDomain && missing.isIDMissing(head.metadata)
    guard let domain = domain ?? (isAnonymous ? nil : DomainName(Self.unknownDomain)) else {
      throw InputError(
        .incompleteReport,
        "the report says neither who sends it nor which domain it is about (org_name, policy_published/domain)")
    }
    if domain.name == Self.unknownDomain { missing.assume("policy_published/domain", domain.name, from: "nowhere") }
    let reportID = missing.reportID(head.metadata, sha256)
    guard let (begin, end) = missing.period(head.metadata) else {
      throw InputError(.incompleteReport, "the report does not say which period it covers (date_range)")
    }
    missing.warnings += Self.oddities(begin, end, now)
    identity = ReportIdentity(reporter: reporter, reportID: reportID, policyDomain: domain, begin: begin, end: end)
    warnings = missing.warnings
  }

  /// What is odd about a period.
  private static func oddities(_ begin: Int64, _ end: Int64, _ now: Int64?) -> [ReportWarning] {
    var texts: [String] = []
    let length = end.subtractingClamped(begin)
    if end < begin {
      texts.append("the period ends (\(end)) before it begins (\(begin))")
    } else if length > longPeriod {
      texts.append("the period spans \(length / 86_400) days")
    }
    if let now, end > now.addingClamped(CalendarDay.arrivalTolerance) {
      texts.append("the period ends (\(timestamp(end))) after the report arrived (\(timestamp(now)))")
    }
    if begin < CalendarDay.firstPlausible.number * 86_400 {
      texts.append("the period begins (\(timestamp(begin))) before there was DMARC")
    }
    return texts.map { ReportWarning(.periodOdd, $0) }
  }

  /// Fills what the head leaves open, and says from where.
  private struct MissingParts {
    let hints: ReportHints
    var warnings: [ReportWarning] = []
    // Nearly all heads are whole; taking names apart is for the others.
    private lazy var fileName = hints.fileName

    init(hints: ReportHints) { self.hints = hints }

    mutating func assume(_ what: String, _ value: String, from source: String) {
      warnings.append(ReportWarning(.metadataAssumed, "\(what) is missing; \"\(value)\" was taken from \(source)"))
    }

    /// The first of these that is there, with a warning.
    private mutating func fill(_ what: String, _ sources: [(value: String?, source: String)]) -> String? {
      for (value, source) in sources {
        guard let value, !value.isEmpty else { continue }
        assume(what, value, from: source)
        return value
      }
      return nil
    }

    mutating func reporter(_ metadata: ReportMetadata) -> String {
      let named = (metadata.orgName ?? "").lowercased()
      if !named.isEmpty { return named }
      let found = fill(
        "org_name",
        [
          (metadata.email.flatMap(DomainName.init)?.name, "email"), (fileName?.receiver.lowercased(), "the file name"),
          (hints.subject?.submitter?.lowercased(), "the subject of the mail"),
          (hints.sender?.lowercased(), "the sender of the mail"),
        ])
      if found == nil { assume("org_name", ResolvedIdentity.unknownDomain, from: "nowhere") }
      return found ?? ResolvedIdentity.unknownDomain
    }

    func isIDMissing(_ metadata: ReportMetadata) -> Bool { stripped(metadata.reportID ?? "").isEmpty }

    mutating func reportID(_ metadata: ReportMetadata, _ sha256: [UInt8]?) -> String {
      let reported = stripped(metadata.reportID ?? "")
      if !reported.isEmpty { return reported }
      let hash = sha256.map { "sha256-" + hexadecimal($0.prefix(8)) }
      return fill(
        "report_id",
        [
          (fileName?.uniqueID, "the file name"), (hints.subject?.reportID.map(stripped), "the subject of the mail"),
          (hash, "the content"),
        ]) ?? "missing"
    }

    mutating func domain(_ policy: PolicyPublished, _ firstHeaderFrom: String?) -> DomainName? {
      if let reported = policy.domain.flatMap(DomainName.init) { return reported }
      let candidates = [
        (fileName.flatMap { DomainName($0.policyDomain) }, "the file name"),
        (hints.subject?.domain.flatMap(DomainName.init), "the subject of the mail"),
        (firstHeaderFrom.flatMap(DomainName.init), "header_from"),
      ]
      return fill("policy_published/domain", candidates.map { ($0?.name, $1) }).flatMap(DomainName.init)
    }

    /// Reports are usually about one day, and are sent when it is over.
    private static let usualLength: Int64 = 86_400

    mutating func period(_ metadata: ReportMetadata) -> (begin: Int64, end: Int64)? {
      if let begin = metadata.begin, let end = metadata.end { return (begin, end) }
      let found: (begin: Int64, end: Int64, source: String)
      if let name = fileName {
        found = (metadata.begin ?? name.begin, metadata.end ?? name.end, "the file name")
      } else if let known = metadata.begin ?? metadata.end {
        found = (known, known, "its other end")
      } else if let date = hints.date, CalendarDay.plausibleTimestamps.contains(date) {
        let source = hints.subject != nil || hints.sender != nil ? "the date of the mail" : "the date of the file"
        found = (date.subtractingClamped(Self.usualLength), date, source)
      } else {
        return nil
      }
      assume("date_range", "\(found.begin) to \(found.end)", from: found.source)
      return (found.begin, found.end)
    }

    /// Without the angle brackets of a message id and blanks, which come and go between copies of one report.
    private func stripped(_ reportID: String) -> String {
      String(reportID.filter { $0 != "<" && $0 != ">" && !$0.isWhitespace })
    }

    private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}
