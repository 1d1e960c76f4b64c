/// The identity of a report, with missing parts filled in from its surroundings. No report is lost because its head is incomplete.
public struct ResolvedIdentity: Sendable {
  /// The identity of the report.
  public let identity: ReportIdentity
  /// What had to be assumed, and what is odd about the reporting period.
  public let warnings: [ReportWarning]
  /// Whether the reporting period is possible: it ends before the report arrived, and DMARC existed.
  public let isPeriodPossible: Bool

  /// Length in seconds from which a reporting period is unusually long: two days, with an hour for clock changes.
  static let longPeriod: Int64 = 2 * 86_400 + 3_600
  /// The placeholder for a missing policy domain or reporter.
  static let unknownDomain = "unknown"

  /// Determines the identity from the head and, for what the head omits, from the hints and the first record.
  /// - Parameters:
  ///   - head: the head of the report.
  ///   - hints: the names of the file, archive members and attachments, and the header of the message.
  ///   - firstHeaderFrom: the From domain of the first record.
  ///   - contentHash: a hash of what the report says, if known; it replaces a missing report ID.
  ///   - now: when the report arrived, epoch seconds; a period that ends long after it gives a warning.
  /// - Throws: ``InputError`` if the reporter, the domain or the period cannot be determined.
  public init(
    _ head: ReportHead, hints: ReportHints, firstHeaderFrom: String?, contentHash: [UInt8]?, now: Int64? = nil
  ) throws(InputError) {
    var missing = MissingParts(hints: hints)
    let reporter = missing.reporter(head.metadata)
    let domain = missing.domain(head.policy, firstHeaderFrom)
    let isAnonymous = reporter == Self.unknownDomain && missing.isIDMissing(head.metadata)
    guard let domain = domain ?? (isAnonymous ? nil : DomainName(Self.unknownDomain)) else {
      throw InputError(
        .incompleteReport,
        "the report names neither its reporter nor its domain (org_name, policy_published/domain)")
    }
    if domain.name == Self.unknownDomain { missing.assume("policy_published/domain", domain.name, from: "nowhere") }
    let reportID = missing.reportID(head.metadata, contentHash)
    guard let (begin, end) = missing.period(head.metadata) else {
      throw InputError(.incompleteReport, "the report does not state its period (date_range)")
    }
    let (texts, isPossible) = Self.oddities(begin, end, arrival: Self.arrival(hints, now))
    isPeriodPossible = isPossible
    missing.warnings += texts.map { ReportWarning(.periodOdd, $0) }
    identity = ReportIdentity(reporter: reporter, reportID: reportID, policyDomain: domain, begin: begin, end: end)
    warnings = missing.warnings
  }

  /// When the report can have arrived at the latest, epoch seconds; nil if any period is accepted. The date of a message or file may be
  /// earlier than `now`; one before DMARC existed says nothing, such as those that archives give to their members.
  private static func arrival(_ hints: ReportHints, _ now: Int64?) -> Int64? {
    guard let now else { return nil }
    guard let date = hints.date, date >= CalendarDay.firstReports.number * 86_400 else { return now }
    return min(now, date)
  }

  /// What is odd about a period, and whether it is possible.
  private static func oddities(_ begin: Int64, _ end: Int64, arrival: Int64?) -> (texts: [String], isPossible: Bool) {
    var texts: [String] = []
    var isPossible = true
    let length = end.subtractingClamped(begin)
    if end < begin {
      texts.append("the period ends (\(end)) before it begins (\(begin))")
    } else if length > longPeriod {
      let isTooLong = length / 86_400 > CoveredDays.most
      let rest = isTooLong ? "; it counts as the \(CoveredDays.most) days around its middle" : ""
      texts.append("the period spans \(length / 86_400) days" + rest)
    }
    if let arrival, max(begin, end) > arrival.addingClamped(CalendarDay.arrivalTolerance) {
      texts.append("the period ends (\(timestamp(max(begin, end)))) after the report arrived (\(timestamp(arrival)))")
      isPossible = false
    }
    if begin < CalendarDay.firstPlausible.number * 86_400 {
      texts.append("the period begins (\(timestamp(begin))) before DMARC existed")
      isPossible = false
    }
    return (texts, isPossible)
  }

  /// Fills in what the head omits, with a warning that names the source.
  private struct MissingParts {
    let hints: ReportHints
    var warnings: [ReportWarning] = []
    // Nearly all heads are complete, so file names are parsed only if needed.
    private lazy var fileName = hints.fileName

    init(hints: ReportHints) { self.hints = hints }

    mutating func assume(_ what: String, _ value: String, from source: String) {
      warnings.append(ReportWarning(.metadataAssumed, "\(what) is missing; \"\(value)\" was taken from \(source)"))
    }

    /// The first value that is present, with a warning.
    private mutating func fill(_ what: String, _ sources: [(value: String?, source: String)]) -> String? {
      for (value, source) in sources {
        guard let value, !value.isEmpty else { continue }
        assume(what, value, from: source)
        return value
      }
      return nil
    }

    mutating func reporter(_ metadata: ReportMetadata) -> String {
      let named = ReportIdentity.reporterName(metadata.orgName ?? "")
      if !named.isEmpty { return named }
      let found = fill(
        "org_name",
        [
          (metadata.email.flatMap(DomainName.init)?.name, "email"),
          (fileName.map { ReportIdentity.reporterName($0.receiver) }, "the file name"),
          (hints.subject?.submitter.map(ReportIdentity.reporterName), "the subject of the message"),
          (hints.sender.map(ReportIdentity.reporterName), "the sender of the message"),
        ])
      if found == nil { assume("org_name", ResolvedIdentity.unknownDomain, from: "nowhere") }
      return found ?? ResolvedIdentity.unknownDomain
    }

    func isIDMissing(_ metadata: ReportMetadata) -> Bool { stripped(metadata.reportID ?? "").isEmpty }

    mutating func reportID(_ metadata: ReportMetadata, _ contentHash: [UInt8]?) -> String {
      let reported = stripped(metadata.reportID ?? "")
      if !reported.isEmpty { return reported }
      // Not from names: two programs that read the same report under different ones must agree.
      let hash = contentHash.map { "sha256-" + hexadecimal($0.prefix(8)) }
      return fill(
        "report_id",
        [
          (hints.subject?.reportID.map(stripped), "the subject of the message"), (hash, "the content"),
          (fileName?.uniqueID, "the file name"),
        ]) ?? "missing"
    }

    mutating func domain(_ policy: PolicyPublished, _ firstHeaderFrom: String?) -> DomainName? {
      if let reported = policy.domain.flatMap(DomainName.init) { return reported }
      let candidates = [
        (fileName.flatMap { DomainName($0.policyDomain) }, "the file name"),
        (hints.subject?.domain.flatMap(DomainName.init), "the subject of the message"),
        (firstHeaderFrom.flatMap(DomainName.init), "header_from"),
      ]
      return fill("policy_published/domain", candidates.map { ($0?.name, $1) }).flatMap(DomainName.init)
    }

    /// The usual length of a reporting period in seconds: one day. Reports are sent when it has ended.
    private static let usualLength: Int64 = 86_400

    mutating func period(_ metadata: ReportMetadata) -> (begin: Int64, end: Int64)? {
      if let begin = metadata.begin, let end = metadata.end { return (begin, end) }
      let found: (begin: Int64, end: Int64, source: String)
      if let name = fileName {
        found = (metadata.begin ?? name.begin, metadata.end ?? name.end, "the file name")
      } else if let known = metadata.begin ?? metadata.end {
        found = (known, known, "its other end")
      } else if let date = hints.date, CalendarDay.plausibleTimestamps.contains(date) {
        let source = hints.subject != nil || hints.sender != nil ? "the date of the message" : "the date of the file"
        found = (date.subtractingClamped(Self.usualLength), date, source)
      } else {
        return nil
      }
      assume("date_range", "\(found.begin) to \(found.end)", from: found.source)
      return (found.begin, found.end)
    }

    /// The ID without angle brackets and white space, which differ between copies of one report.
    private func stripped(_ reportID: String) -> String {
      // Nearly all IDs are plain ASCII, for which bytes say the same as characters and cost far less.
      if reportID.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x3c && $0 != 0x3e }) { return reportID }
      return String(reportID.filter { $0 != "<" && $0 != ">" && !$0.isWhitespace })
    }

    private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}
