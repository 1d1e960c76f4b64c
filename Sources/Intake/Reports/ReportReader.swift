import DMARC
import ReportXML

/// Reads the reports of one input, whatever it is: XML, a container, a mail, a mailbox. For one thread.
public struct ReportReader {
  private let limits: Limits
  private let trustedHosts: Set<DomainName>
  private let documents: DocumentReader
  private let buffer = PieceBuffer()

  /// A way of reading; `batchRows` rows are held in memory for each report.
  /// - Parameters:
  ///   - trustedHosts: hosts whose Authentication-Results fields are believed (RFC 8601).
  ///   - now: the present, epoch seconds; a period that ends long after it is marked. Nil marks none.
  public init(
    limits: Limits = Limits(), batchRows: Int = 16_384, trustedHosts: Set<DomainName> = [],
    now: @escaping () -> Int64? = { nil }
  ) {
    self.limits = limits
    self.trustedHosts = trustedHosts
    documents = DocumentReader(limits: limits, batchRows: batchRows, now: now)
  }

  /// Reads an input and reports what is in it.
  /// - Parameters:
  ///   - mark: how far an mbox file was read before.
  ///   - round: how its mails are gone through.
  /// - Throws: only what `handle` and `round` throw; what is wrong with the input comes as an event.
  public func read(
    _ file: InputFile, after mark: MboxPosition? = nil, round: MboxTraversal? = nil,
    _ handle: @escaping (ReportEvent) throws -> Void
  ) throws {
    documents.beginInput()
    let trail = NestingContext(hints: file.hints)
    do {
      try read(try file.open(limits), trail, mark, round, isExpected: file.claimsToBeAReport, handle)
    } catch let rejection as InputError {
      try handle(.rejected(trail.origin, rejection))
    }
  }

  /// Reads bytes that are in memory already.
  /// - Throws: only what `handle` throws.
  public func read(_ bytes: [UInt8], hints: ReportHints, _ handle: @escaping (ReportEvent) throws -> Void) throws {
    documents.beginInput()
    let trail = NestingContext(hints: hints)
    do {
      try read(ByteSource(bytes), trail, nil, nil, isExpected: true, handle)
    } catch let rejection as InputError {
      try handle(.rejected(trail.origin, rejection))
    }
  }

  /// Reads a mail from a server. It is a mail, whatever it looks like.
  /// - Parameter date: when the server received it, epoch seconds.
  /// - Throws: only what `handle` throws.
  public func readMail(_ source: ByteSource, date: Int64?, _ handle: @escaping (ReportEvent) throws -> Void) throws {
    documents.beginInput()
    var trail = NestingContext(hints: ReportHints(date: date), receivedAt: date)
    trail.origin.share.bytes = source.count
    do {
      let unwrapping = Unwrapping(
        limits: limits, trustedHosts: trustedHosts, buffer: buffer, onDocument: { try documents.read($0, handle) },
        onRejection: { try handle(.rejected($0, $1)) })
      let content = try Self.withoutSeparator(source)
      let findings = try unwrapping.mail(content, trail, InflationBudget(limits, inputBytes: source.count))
      guard findings.reports == 0 else { return }
      try handle(.notAReport(trail.origin, kind: findings.others.first?.kind ?? "a mail without a report"))
    } catch let rejection as InputError {
      try handle(.rejected(trail.origin, rejection))
    }
  }

  /// A mail that came to the server out of an mbox file may still begin with the line that parted it from the one before.
  private static func withoutSeparator(_ source: ByteSource) throws -> ByteSource {
    let start = try source.prefix(InputFormat.prefixLength)
    guard start.starts(with: Array("From ".utf8)), let end = start.firstIndex(of: 0x0a) else { return source }
    return source.part(Int64(end + 1)..<source.count)
  }

  /// - Parameter isExpected: whether it is a fault that the source holds no report.
  private func read(
    _ source: ByteSource, _ trail: NestingContext, _ mark: MboxPosition?, _ round: MboxTraversal?, isExpected: Bool,
    _ handle: @escaping (ReportEvent) throws -> Void
  ) throws {
    var trail = trail
    trail.origin.share.bytes = source.count
    let unwrapping = Unwrapping(
      limits: limits, trustedHosts: trustedHosts, buffer: buffer, onDocument: { try documents.read($0, handle) },
      onRejection: { try handle(.rejected($0, $1)) }, onMail: { try handle(.mail(at: $0.mailOffset ?? 0)) },
      onOtherMail: { try handle(.notAReport($0, kind: $1)) })
    if InputFormat(prefix: try source.prefix(InputFormat.prefixLength)) == .mbox {
      let start = try mark?.resumption(in: source) ?? 0
      if start > 0 { try handle(.resumed(at: start)) }
      let end = try unwrapping.mailbox(source, from: start, trail, nil, round)
      let lastMail = start == source.count ? mark?.lastMail ?? 0 : end.lastMail
      return try handle(.mailboxEnd(try MboxPosition(source, lastMail: lastMail)))
    }
    let budget = InflationBudget(limits, inputBytes: source.count)
    let findings = try unwrapping.unwrap(source, trail, budget)
    guard findings.reports == 0, let other = findings.others.first else { return }
    if isExpected, other.isFault { throw other.why }
    try handle(.notAReport(trail.origin, kind: other.kind))
  }

  /// Hands over the XML of every report of an input, whole; for looking at, not for ingesting.
  /// - Throws: a `InputError` for the input, and what `handle` throws.
  public func readXML(
    _ file: InputFile, _ handle: @escaping (_ member: String?, Result<[UInt8], InputError>) throws -> Void
  )
    throws
  {
    let source = try file.open(limits)
    let unwrapping = Unwrapping(
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
    let findings = try unwrapping.unwrap(
      source, NestingContext(hints: file.hints), InflationBudget(limits, inputBytes: source.count)
    )
    if findings.reports == 0, let other = findings.others.first { throw other.why }
  }
}
