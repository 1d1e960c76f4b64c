public import DMARC
import ReportXML

/// Reads the reports in an input of any supported format: XML, a container, a message or an mbox file. Not thread-safe.
public struct ReportReader {
  private let limits: Limits
  private let trustedHosts: Set<DomainName>
  private let documents: DocumentReader
  private let buffer = PieceBuffer()

  /// Creates a reader.
  /// - Parameters:
  ///   - limits: what an input may contain.
  ///   - batchRows: the number of rows of a long report that are handed over at a time.
  ///   - trustedHosts: hosts whose Authentication-Results fields are trusted (RFC 8601).
  ///   - now: the current time, epoch seconds; a period that ends long after it causes a warning. Nil causes none.
  public init(
    limits: Limits = Limits(), batchRows: Int = 16_384, trustedHosts: Set<DomainName> = [],
    now: @escaping () -> Int64? = { nil }
  ) {
    self.limits = limits
    self.trustedHosts = trustedHosts
    documents = DocumentReader(limits: limits, batchRows: batchRows, now: now)
  }

  /// Reads an input and reports what it contains.
  /// - Parameters:
  ///   - position: the position up to which an mbox file was read before.
  ///   - traversal: the order of the messages of an mbox file.
  /// - Throws: only what `handle` and `traversal` throw; errors in the input are reported as events.
  public func read(
    _ file: InputFile, after position: MboxPosition? = nil, traversal: MboxTraversal? = nil,
    _ handle: @escaping (ReportEvent) throws -> Void
  ) throws {
    documents.beginInput()
    let context = NestingContext(hints: file.hints)
    do {
      try read(try file.open(limits), context, position, traversal, isExpected: file.claimsToBeAReport, handle)
    } catch let rejection as InputError {
      try handle(.rejected(context.origin, rejection))
    }
  }

  /// Reads an input in memory.
  /// - Throws: only what `handle` throws.
  public func read(_ bytes: [UInt8], hints: ReportHints, _ handle: @escaping (ReportEvent) throws -> Void) throws {
    documents.beginInput()
    let context = NestingContext(hints: hints)
    do {
      try read(ByteSource(bytes), context, nil, nil, isExpected: true, handle)
    } catch let rejection as InputError {
      try handle(.rejected(context.origin, rejection))
    }
  }

  /// Reads a message from a server. It is parsed as a message even if it looks like another format.
  /// - Parameter date: when the server received it, epoch seconds.
  /// - Throws: only what `handle` throws.
  public func readMail(_ source: ByteSource, date: Int64?, _ handle: @escaping (ReportEvent) throws -> Void) throws {
    documents.beginInput()
    var context = NestingContext(hints: ReportHints(date: date), receivedAt: date)
    context.origin.share.bytes = source.count
    do {
      let extractor = ReportExtractor(
        limits: limits, trustedHosts: trustedHosts, buffer: buffer, onDocument: { try documents.read($0, handle) },
        onRejection: { try handle(.rejected($0, $1)) })
      let content = try Self.withoutSeparator(source)
      let findings = try extractor.extractMessage(content, context, InflationBudget(limits, inputBytes: source.count))
      guard findings.reports == 0 else { return }
      try handle(.notAReport(context.origin, kind: findings.nonReports.first?.kind ?? NonReportMessage.other))
    } catch let rejection as InputError {
      try handle(.rejected(context.origin, rejection))
    }
  }

  /// A message that was copied from an mbox file to the server may still begin with its separator line.
  private static func withoutSeparator(_ source: ByteSource) throws -> ByteSource {
    let start = try source.prefix(InputFormat.prefixLength)
    guard start.starts(with: Array("From ".utf8)), let end = start.firstIndex(of: 0x0a) else { return source }
    return source.part(Int64(end + 1)..<source.count)
  }

  /// Reads messages of an mbox file that another thread has found, and reports what they contain.
  /// - Throws: an `InputError` that concerns the whole file, and what `handle` and `traversal` throw.
  package func read(
    _ group: MessageGroup, traversal: MboxTraversal?, _ handle: @escaping (ReportEvent) throws -> Void
  ) throws {
    documents.beginInput()
    let extractor = extractor(handle)
    for message in group.messages { _ = try extractor.read(message, of: group.source, group.context, nil, traversal) }
  }

  private func extractor(_ handle: @escaping (ReportEvent) throws -> Void) -> ReportExtractor {
    ReportExtractor(
      limits: limits, trustedHosts: trustedHosts, buffer: buffer, onDocument: { try documents.read($0, handle) },
      onRejection: { try handle(.rejected($0, $1)) }, onMessage: { try handle(.mail(at: $0.mailOffset ?? 0)) },
      onNonReport: { try handle(.notAReport($0, kind: $1)) })
  }

  /// - Parameter isExpected: whether it is an error if the source contains no report.
  private func read(
    _ source: ByteSource, _ context: NestingContext, _ position: MboxPosition?, _ traversal: MboxTraversal?,
    isExpected: Bool,
    _ handle: @escaping (ReportEvent) throws -> Void
  ) throws {
    var context = context
    context.origin.share.bytes = source.count
    let extractor = extractor(handle)
    if InputFormat(prefix: try source.prefix(InputFormat.prefixLength)) == .mbox {
      let start = try position?.resumption(in: source) ?? 0
      if start > 0 { try handle(.resumed(at: start)) }
      let end = try extractor.extractMbox(source, from: start, context, nil, traversal)
      let lastMail = start == source.count ? position?.lastMail ?? 0 : end.lastMail
      return try handle(.mboxEnd(try MboxPosition(source, lastMail: lastMail)))
    }
    let budget = InflationBudget(limits, inputBytes: source.count)
    let findings = try extractor.extract(source, context, budget)
    guard findings.reports == 0, let other = findings.nonReports.first else { return }
    if isExpected, other.isFault { throw other.error }
    try handle(.notAReport(context.origin, kind: other.kind))
  }

  /// Hands over the complete XML of every report in an input, for inspection rather than ingestion.
  /// - Throws: an `InputError` for the input, and what `handle` throws.
  public func readXML(
    _ file: InputFile, _ handle: @escaping (_ member: String?, Result<[UInt8], InputError>) throws -> Void
  )
    throws
  {
    let source = try file.open(limits)
    let extractor = ReportExtractor(
      limits: limits, buffer: buffer,
      onDocument: { document in
        var bytes: [UInt8] = []
        do {
          try document.forEachPiece(PieceBuffer()) { piece in
            bytes.append(contentsOf: piece)
            return true
          }
          try handle(document.origin.member, .success(bytes))
        } catch let rejection as InputError { try handle(document.origin.member, .failure(rejection)) }
        return .report
      }, onRejection: { try handle($0.member, .failure($1)) })
    let findings = try extractor.extract(
      source, NestingContext(hints: file.hints), InflationBudget(limits, inputBytes: source.count)
    )
    if findings.reports == 0, let other = findings.nonReports.first { throw other.error }
  }
}
