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
    let division = traversal?.division
    var group = MessageGroup(of: source, context)
    try MboxReader.forEachMessage(of: source, from: position) { message in
      lastMail = message.offset
      if traversal?.isLeftForLast(message.offset) ?? false {
        leftForLast.append(message)
      } else if let division, !MessageGroup.isLarge(message) {
        group.add(message)
        guard group.isFull else { return }
        try division.take(group)
        group.removeAll()
      } else {
        // Nothing else of the file is read at the same time as a large message: it is the one that may end the program, and then the messages
        // after it would be suspect, too.
        if !group.isEmpty { try division?.take(group) }
        group.removeAll()
        try division?.finish()
        findings.add(try read(message, of: source, context, budget, traversal))
      }
    }
    if !group.isEmpty { try division?.take(group) }
    try division?.finish()
    for message in leftForLast { findings.add(try read(message, of: source, context, budget, traversal, isLast: true)) }
    return (findings, lastMail)
  }

  /// Reads one message of an mbox file.
  /// - Parameter budget: that of the container of the mbox file; nil if the message has its own.
  func read(
    _ message: MboxReader.Message, of source: ByteSource, _ context: NestingContext, _ budget: InflationBudget?,
    _ traversal: MboxTraversal?, isLast: Bool = false
  ) throws -> Findings {
    var inner = context.inside("byte \(message.offset)")
    // Unlike a name, a position says nothing about the report.
    inner.hints.names = context.hints.names
    inner.origin.mailOffset = context.origin.mailOffset ?? message.offset
    let content = source.part(message.content).heldIfFew
    if budget == nil {
      inner.origin.share.offset = message.offset
      inner.origin.share.bytes = content.count
    }
    if let rejection = try traversal?.willRead(message.offset, isLast, { try MboxTraversal.fingerprint(content) }) {
      return try reject(inner, rejection)
    }
    let found = try attempt(inner) {
      try extractMessage(content, inner, budget ?? InflationBudget(limits, inputBytes: content.count))
    }
    if found.reports == 0 { try onNonReport(inner.origin, found.nonReports.first?.kind ?? NonReportMessage.other) }
    return found
  }

  /// Reads one message.
  func extractMessage(_ source: ByteSource, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings {
    try MIMEGuard.check(source, limits)
    guard let message = MIMEMessage(source) else { return Self.nonReport("a message without a header", isFault: false) }
    let root = message.root
    let context = context.inMail(root, trustedHosts: trustedHosts)
    if let kind = NonReportMessage.declaredKind(of: root) { return Self.nonReport(kind, isFault: false) }
    var findings = try part(root, context, budget)
    if findings.reports == 0, findings.obstacle == nil, let found = try embedded(source, context, budget),
      found.reports > 0
    {
      return found
    }
    // Signatures, pictures and texts are not errors. A part that claims to be a report but is not must be reported.
    for other in findings.nonReports {
      if let claim = other.claim { findings.add(try reject(claim, Self.claimError(other.error))) }
    }
    if findings.reports == 0 {
      if let error = ReportAnnouncement.unanswered(by: findings, in: root) { return try reject(context, error) }
      let kind = NonReportMessage.likelyKind(of: root, contents: findings.nonReports.map(\.kind))
      var result = Self.nonReport(kind, isFault: false)
      result.obstacle = findings.obstacle
      return result
    }
    return findings
  }

  /// The error of a part with the name of a report. If the content is of another kind, something replaced it.
  private static func claimError(_ error: InputError) -> InputError {
    error.code == .notAReport ? InputError(.notAReport, error.cause, line: error.line, remedy: .checkGateway) : error
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
      // RFC 3156: the only content is the encrypted part.
      if part.type == "multipart/encrypted" { findings.obstacle = ClosedFormat.pgp.error }
      return findings
    case .message(let inner):
      if let kind = NonReportMessage.declaredKind(of: inner) { return Self.nonReport(kind, isFault: false) }
      let context = context.inMail(inner, trustedHosts: [])
      let findings = try self.part(inner, context.insideMultipart(), budget)
      guard let error = ReportAnnouncement.unanswered(by: findings, in: inner) else { return findings }
      return try reject(context, error)
    case .leaf: return try leaf(part, context.inside(part.fileName), budget)
    }
  }

  private func leaf(_ part: MIMEPart, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings {
    if let kind = NonReportMessage.declaredKind(ofPart: part) { return Self.nonReport(kind, isFault: false) }
    // A fragment looks like a truncated report.
    if let error = part.fragmentError {
      return Self.obstacle("a part of a message", error, claim: claim(part, context))
    }
    var found = try attempt(context) {
      try layer(context.insideMultipart(), budget) { part.content ?? ByteStream { _ in 0 } }
    }
    guard found.reports == 0, !found.nonReports.isEmpty else { return found }
    found.obstacle = found.obstacle ?? part.obstacle(whenIts: found.nonReports[0].kind)
    if found.nonReports[0].isFault, let claim = claim(part, context) {
      found.nonReports[0].claim = claim
      if let obstacle = found.obstacle { found.nonReports[0].error = obstacle }
    }
    return found
  }

  private func claim(_ part: MIMEPart, _ context: NestingContext) -> NestingContext? {
    guard let name = part.fileName else { return nil }
    let announces = ReportAnnouncement.isReportName(name, hasReportSubject: context.hints.subject != nil)
    return announces ? context : nil
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
