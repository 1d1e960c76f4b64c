import DMARC

/// What mail programs and gateways wrap around a report: S/MIME, `winmail.dat`, and formats that are only recognised.
extension ReportExtractor {
  /// Findings that consist of something that may contain a report, but cannot be read.
  static func obstacle(_ kind: String, _ error: InputError, claim: NestingContext? = nil) -> Findings {
    Findings(nonReports: [NonReport(kind: kind, error: error, claim: claim)], obstacle: error)
  }

  /// Reads the content of a signed or compressed S/MIME object. The signature is not verified.
  func signedContent(
    _ source: ByteSource, _ kind: CMSContent.Kind, _ context: NestingContext, _ budget: InflationBudget
  ) throws -> Findings {
    switch kind {
    case .encrypted: return Self.obstacle("an encrypted S/MIME message", MIMEPart.encrypted)
    case .other:
      let error = InputError(.unsupportedFormat, "it is an S/MIME object of an unusual type", remedy: .decryptFirst)
      return Self.obstacle("an S/MIME object", error)
    case .signed, .compressed, .digested: break
    }
    let content: CMSContent?
    do {
      content = try CMSContent(source)
    } catch let damage as InputError where damage.code != .unreadable {
      return Self.obstacle("damaged S/MIME", damage)
    }
    guard let content else { return Self.nonReport("a signature", isFault: false) }
    var context = context
    context.isEntity = true
    return try layer(context, budget) { content.stream }
  }

  /// Reads the attachments in a `winmail.dat`.
  func tnef(_ source: ByteSource, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings {
    let reader: TNEFReader
    do {
      reader = try TNEFReader(source)
    } catch let damage as InputError where damage.code != .unreadable {
      return Self.obstacle("a damaged winmail.dat", damage)
    }
    var findings = Findings()
    for attachment in reader.attachments {
      guard let range = attachment.content else { continue }
      try budget.countMember()
      let inner = context.inside(attachment.name)
      var found = try attempt(inner) { try layer(inner, budget) { source.part(range).stream() } }
      if let name = attachment.name, found.reports == 0, !found.nonReports.isEmpty, found.nonReports[0].isFault,
        ReportAnnouncement.isReportName(name, hasReportSubject: context.hints.subject != nil)
      {
        found.nonReports[0].claim = inner
      }
      findings.add(found)
    }
    guard findings.reports == 0 else { return findings }
    let error =
      reader.isTruncated
      ? InputError(.truncated, "winmail.dat (TNEF) is truncated")
      : InputError(.unsupportedFormat, "winmail.dat (TNEF) contains no report that can be read", remedy: .saveAsMIME)
    findings.add(Self.obstacle("a winmail.dat", error))
    return findings
  }

  /// A format that is only recognised.
  func closed(_ format: ClosedFormat, _ source: ByteSource, _ context: NestingContext) throws -> Findings {
    let announces = try format == .outlook && ClosedFormat.announcesReport(source)
    return Self.obstacle(format.kind, format.error, claim: announces ? context : nil)
  }
}
