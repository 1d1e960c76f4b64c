import DMARC

/// Extracts the reports from nested containers, messages and mbox files. The bytes decide the format, not the name or media type.
///
/// A malformed part is rejected under its own name and does not affect the other parts.
final class ReportExtractor {
  /// What was found in an input or in a part of one.
  struct Findings {
    /// The number of reports, including rejected ones.
    var reports = 0
    /// The first contents that are not reports, at most 20.
    var nonReports: [NonReport] = []
    /// Why a part that may contain a report could not be read; the first such part. It matters only if a report was announced.
    var obstacle: InputError?

    mutating func add(_ more: Findings) {
      reports += more.reports
      obstacle = obstacle ?? more.obstacle
      nonReports += more.nonReports.prefix(max(0, 20 - nonReports.count))
    }
  }

  /// Contents that are not a report.
  struct NonReport {
    /// What they are, such as `a PDF document`.
    var kind: String
    /// Why they are not a report.
    var error: InputError
    /// Whether they are an error if a report was expected. Messages and reports of other kinds are not.
    var isFault = true
    /// Their position if their name suggests a report; nil for others.
    var claim: NestingContext?
  }

  /// What a document contained.
  enum DocumentOutcome {
    /// A report, even if it was rejected.
    case report
    case nonReport(NonReport)
  }

  let limits: Limits
  /// Hosts whose Authentication-Results fields are trusted.
  let trustedHosts: Set<DomainName>
  private let buffer: PieceBuffer
  private let onDocument: (XMLDocument) throws -> DocumentOutcome
  private let onRejection: (ReportOrigin, InputError) throws -> Void
  /// Called with each message of an mbox file before it is read.
  let onMessage: (ReportOrigin) throws -> Void
  /// Called with each message of an mbox file without a report, and with what it is.
  let onNonReport: (ReportOrigin, String) throws -> Void

  init(
    limits: Limits, trustedHosts: Set<DomainName> = [], buffer: PieceBuffer,
    onDocument: @escaping (XMLDocument) throws -> DocumentOutcome,
    onRejection: @escaping (ReportOrigin, InputError) throws -> Void,
    onMessage: @escaping (ReportOrigin) throws -> Void = { _ in },
    onNonReport: @escaping (ReportOrigin, String) throws -> Void = { _, _ in }
  ) {
    self.limits = limits
    self.trustedHosts = trustedHosts
    self.buffer = buffer
    self.onDocument = onDocument
    self.onRejection = onRejection
    self.onMessage = onMessage
    self.onNonReport = onNonReport
  }

  /// Reads a source of any supported format.
  /// - Throws: an `InputError` for the source as a whole, and what the callbacks throw.
  func extract(_ source: ByteSource, _ context: NestingContext, _ budget: InflationBudget) throws -> Findings {
    switch InputFormat(prefix: try source.prefix(InputFormat.prefixLength)) {
    case .xml: return try layer(context, budget) { source.stream() }
    case .gzip: return try inflate(source, .gzip, context, budget)
    case .zlib: return try inflate(source, .zlib, context, budget)
    case .bzip2:
      return try container(context) { context in
        try layer(context, budget) {
          let archive = try ArchiveReader(source, .bzip2)
          _ = try archive.next()
          return archive.stream
        }
      }
    case .zip: return try container(context) { try archive(source, .zip, $0, budget) }
    case .tar: return try container(context) { try archive(source, .tar, $0, budget) }
    case .base64:
      return try container(context) { context in
        try layer(context, budget) { MIMEMessage.base64(source) ?? ByteStream { _ in 0 } }
      }
    case .mail: return try extractMessage(source, context, budget)
    case .mbox: return try extractMbox(source, from: 0, context, budget).findings
    case .cms(let kind): return try container(context) { try signedContent(source, kind, $0, budget) }
    case .tnef: return try container(context) { try tnef(source, $0, budget) }
    case .closed(let format): return try closed(format, source, context)
    case .empty: return Self.nonReport("empty", InputError(.empty, "it is empty"))
    case .other(let kind): return Self.foreign(kind, isInside: false)
    }
  }

  /// Findings that consist of something that is not a report.
  static func nonReport(_ kind: String, _ error: InputError? = nil, isFault: Bool = true) -> Findings {
    let error = error ?? InputError(.notAReport, "it is \(kind), not a report")
    return Findings(nonReports: [NonReport(kind: kind, error: error, isFault: isFault)])
  }

  /// Findings for a file of an unsupported format.
  private static func foreign(_ kind: String, isInside: Bool) -> Findings {
    let error = isInside ? InputError(.notAReport, "it contains \(kind), not a report") : nil
    return nonReport(kind, error, isFault: kind != InputFormat.tlsReport)
  }

  /// Reads a part whose failure must not affect the other parts.
  func attempt(_ context: NestingContext, _ body: () throws -> Findings) throws -> Findings {
    do {
      return try body()
    } catch let rejection as InputError where rejection.code != .unreadable {
      return try reject(context, rejection)
    }
  }

  /// Reports that a part was rejected.
  func reject(_ context: NestingContext, _ rejection: InputError) throws -> Findings {
    try onRejection(context.origin, rejection)
    return Findings(reports: 1)
  }

  // MARK: Containers

  func container(_ context: NestingContext, _ body: (NestingContext) throws -> Findings) throws -> Findings {
    guard context.containers < limits.containerDepth else {
      throw InputError.limit(
        .containerDepth, limits.containerDepth, "containers are nested more than \(limits.containerDepth) deep")
    }
    return try body(context.insideContainer())
  }

  private func inflate(
    _ source: ByteSource, _ format: InflateStream.Format, _ context: NestingContext, _ budget: InflationBudget
  ) throws -> Findings {
    try container(context) { context in
      try layer(context, budget) { try InflateStream(source.stream(), format, size: source.count).stream }
    }
  }

  /// Reads the files in an archive.
  private func archive(
    _ source: ByteSource, _ format: ArchiveReader.Format, _ context: NestingContext, _ budget: InflationBudget
  ) throws -> Findings {
    let archive = try ArchiveReader(source, format)
    var findings = Findings()
    var (members, files, reopened) = (0, 0, 0)
    do {
      while let member = try archive.next() {
        members += 1
        guard members <= limits.members else {
          throw InputError.limit(
            .members, limits.members, "the archive has more than \(limits.members) members")
        }
        try budget.countMember()
        if member.isSkipped { continue }
        files += 1
        let inner = context.inside(member.name)
        if member.isEncrypted {
          findings.add(try reject(inner, InputError(.encrypted, "it is encrypted")))
          continue
        }
        let position = members
        let replay = MemberReplay(archive.stream, keepsAll: reopened >= Self.maxReopenings)
        var isFirst = true
        findings.add(
          try attempt(inner) {
            try layer(inner, budget) {
              defer { isFirst = false }
              if isFirst { return replay.stream }
              if let stream = replay.again() { return stream }
              reopened += 1
              return try Self.reopen(source, format, at: position)
            }
          })
      }
    } catch let rejection as InputError {
      // A truncated member has been reported; nothing follows it.
      if findings.reports == 0 || rejection.code == .limit { throw rejection }
      if !budget.sawTruncation { findings.add(try reject(context, rejection)) }
    }
    if files == 0 {
      return Self.nonReport("an archive without files", InputError(.notAReport, "the archive contains no files"))
    }
    return findings
  }

  /// How often one archive is opened again for a long member before long members are kept instead.
  private static let maxReopenings = 16

  private static func reopen(_ source: ByteSource, _ format: ArchiveReader.Format, at position: Int) throws
    -> ByteStream
  {
    let archive = try ArchiveReader(source, format)
    for _ in 0..<position { _ = try archive.next() }
    return archive.stream
  }

  // MARK: Layers

  /// Detects the format of a stream. XML is handed over as a stream; other formats are stored first, because they are read repeatedly.
  func layer(_ context: NestingContext, _ budget: InflationBudget, open: @escaping () throws -> ByteStream) throws
    -> Findings
  {
    let spent = budget.inflated
    var stream = budget.metered(try open())
    let first = try begin(&stream)
    let content = InputFormat(prefix: first.prefix(InputFormat.prefixLength))
    switch content {
    case .xml:
      let reopen = {
        budget.reset(to: spent)
        return budget.metered(try open())
      }
      let document = XMLDocument(
        origin: context.origin, hints: context.hints, first: first, rest: stream, reopen: reopen,
        countReport: { try budget.countMember() })
      switch try onDocument(document) {
      case .report: return Findings(reports: 1)
      case .nonReport(let found): return Findings(nonReports: [found])
      }
    case .empty: return Self.nonReport("empty", InputError(.empty, "it is empty"))
    case .other(let kind): return Self.foreign(kind, isInside: true)
    default: return try extract(try spool(first, stream), context, budget)
    }
  }

  /// Fills the buffer far enough to detect the format. An error after the first bytes is thrown by the next read.
  private func begin(_ stream: inout ByteStream) throws -> UnsafeRawBufferPointer {
    var filled = 0
    while filled < InputFormat.prefixLength {
      do {
        let count = try stream.read(UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[filled...]))
        if count == 0 { break }
        filled += count
      } catch let rejection as InputError {
        guard filled > 0 else { throw rejection }
        stream = ByteStream { _ in throw rejection }
        break
      }
    }
    return UnsafeRawBufferPointer(rebasing: buffer.bytes[..<filled])
  }

  private func spool(_ first: UnsafeRawBufferPointer, _ stream: ByteStream) throws -> ByteSource {
    let spool = Spool()
    try spool.append(first)
    do {
      try XMLDocument.forEachPiece(of: stream, buffer) { piece in
        try spool.append(piece)
        return true
      }
    } catch let rejection as InputError where rejection.code == .truncated {
      // Whatever is inside is truncated, too, and reported as such.
    }
    return try spool.source()
  }
}
