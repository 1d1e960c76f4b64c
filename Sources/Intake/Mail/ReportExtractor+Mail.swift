import DMARC

/// Messages and mbox files. Every part is examined, whatever its type and name.
extension ReportExtractor {
  /// Reads the messages of an mbox file from a position on. An unreadable message does not affect the others.
  /// - Returns: what was found, and the byte offset of the last message.
  func extractMbox(
    _ source: ByteSource, from position: Int64, _ context: NestingContext, _ budget: InflationBudget?,
    _ traversal: MboxTraversal? = nil
  ) throws -> (findings: Findings, lastMail: Int64) {
    var findings = Findings()
    var lastMail = position
    var leftForLast: [MboxReader.Message] = []
    func read(_ message: MboxReader.Message, isLast: Bool) throws {
      var inner = context.inside("byte \(message.offset)")
      // Unlike a name, a position says nothing about the report.
      inner.hints.names = context.hints.names
      inner.origin.mailOffset = context.origin.mailOffset ?? message.offset
      let content = source.part(message.content)
      if budget == nil {
        inner.origin.share.offset = message.offset
        inner.origin.share.bytes = content.count
      }
      if let rejection = try traversal?.willRead(message.offset, isLast, { try MboxTraversal.fingerprint(content) }) {
        findings.add(try reject(inner, rejection))
        return
      }
      let found = try attempt(inner) {
        try extractMessage(content, inner, budget ?? InflationBudget(limits, inputBytes: content.count))
      }
      findings.add(found)
      if found.reports == 0 { try onNonReport(inner.origin, found.nonReports.first?.kind ?? NonReportMessage.other) }
    }
    try MboxReader.forEachMessage(of: source, from: position) { message in
      lastMail = message.offset
      if traversal?.isLeftForLast(message.offset) ?? false {
        leftForLast.append(message)
      } else {
        try read(message, isLast: false)
      }
    }
    for message in leftForLast { try read(message, isLast: true) }
    return (findings, lastMail)
  }

  /// Reads one message.
  func extractMessage(_ source: ByteSource, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings {
    try MIMEGuard.check(source, limits)
    guard let message = MIMEMessage(source) else { return Self.nonReport("a message without a header", isFault: false) }
    let root = message.root
    let context = context.inMail(root, trustedHosts: trustedHosts)
    if let kind = NonReportMessage.declaredKind(of: root) { return Self.nonReport(kind, isFault: false) }
    var findings = try part(root, context, budget)
    if findings.reports == 0, let found = try embedded(source, context, budget), found.reports > 0 {
      return found
    }
    // Signatures, pictures and texts are not errors. A part that claims to be a report but is not must be reported.
    for other in findings.nonReports {
      if let claim = other.claim { findings.add(try reject(claim, other.error)) }
    }
    if findings.reports == 0 {
      return Self.nonReport(
        NonReportMessage.likelyKind(of: root, contents: findings.nonReports.map(\.kind)), isFault: false)
    }
    return findings
  }

  private func part(_ part: MIMEPart, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings {
    guard context.mimeLevels <= limits.mimeDepth else {
      return try reject(
        context,
        .limit(.mimeDepth, limits.mimeDepth, "its parts are nested more than \(limits.mimeDepth) deep"))
    }
    switch part.kind {
    case .nothing: return Findings()
    case .multipart(let parts):
      var findings = Findings()
      for inner in parts { findings.add(try self.part(inner, context.insideMultipart(), budget)) }
      return findings
    case .message(let inner):
      if let kind = NonReportMessage.declaredKind(of: inner) { return Self.nonReport(kind, isFault: false) }
      return try self.part(inner, context.inMail(inner, trustedHosts: []).insideMultipart(), budget)
    case .leaf: return try leaf(part, context.inside(part.fileName), budget)
    }
  }

  private func leaf(_ part: MIMEPart, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings {
    var found = try attempt(context) {
      try layer(context.insideMultipart(), budget) { part.content ?? ByteStream { _ in 0 } }
    }
    if found.reports == 0, !found.nonReports.isEmpty, found.nonReports[0].isFault, Self.claimsToBeAReport(part, context)
    {
      found.nonReports[0].claim = context
    }
    return found
  }

  private static func claimsToBeAReport(_ part: MIMEPart, _ context: NestingContext) -> Bool {
    guard let name = part.fileName else { return false }
    if ReportFileName(name) != nil { return true }
    let lowered = name.lowercased()
    let isContainer = [".gz", ".zip", ".xml"].contains { lowered.hasSuffix($0) }
    return isContainer
      && (context.hints.subject != nil || lowered.hasSuffix(".xml.gz") || lowered.hasSuffix(".xml"))
  }

  /// Searches a message with a broken structure for base64 or XML directly in its text; nil if there is none.
  private func embedded(_ source: ByteSource, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings?
  {
    var found: Int64?
    try LineScan.forEachLine(of: source) { line in
      if Self.beginsReport(line.start) { found = line.offset }
      return found == nil
    }
    guard let found else { return nil }
    return try attempt(context) { try extract(source.part(found..<source.count), context.insideMultipart(), budget) }
  }

  private static func beginsReport(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
    InputFormat.base64Beginnings.contains { line.starts(with: $0) }
      || ["<?xml", "<feedback"].contains { line.starts(with: $0.utf8) }
  }
}
