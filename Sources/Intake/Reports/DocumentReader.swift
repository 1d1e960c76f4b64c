import DMARC
import ReportXML

/// Reads the XML of one report: one strict pass; where that is refused, a second one that mends.
final class DocumentReader {
  private let limits: Limits
  /// Rows of one report that are gathered before they are handed over.
  private let batchRows: Int
  /// Bytes of one batch in memory.
  static let batchBytes = 2 << 20
  private let now: () -> Int64?
  private let cache = OutcomeCache()
  private let buffer = PieceBuffer()
  /// Names of the input at hand.
  private var input: (share: InputShare, names: InputNames)?

  init(limits: Limits, batchRows: Int, now: @escaping () -> Int64?) {
    self.limits = limits
    self.batchRows = batchRows
    self.now = now
  }

  /// Forgets the names of the input before.
  func beginInput() { input = nil }

  private func names(_ share: InputShare) -> InputNames {
    if let input, input.share == share { return input.names }
    let names = InputNames(limits, bytes: share.bytes)
    input = (share, names)
    return names
  }

  func read(_ document: XMLDocument, _ handle: (ReportEvent) throws -> Void) throws -> Unwrapping.DocumentOutcome {
    var isLong = false
    do {
      let report = try withoutActuallyEscaping(handle) { handle in
        try readStrictly(document) { event in
          isLong = true
          try handle(event)
        }
      }
      try handle(.report(report))
    } catch let rejection as InputError {
      guard Self.isWorthMending(rejection) else {
        try handle(.rejected(document.origin, rejection))
        return .report
      }
      if isLong { try handle(.restarted) }
      return try mend(document, rejection, handle)
    }
    return .report
  }

  private static func isWorthMending(_ rejection: InputError) -> Bool {
    [.malformedXML, .wrongRoot, .truncated, .documentType].contains(rejection.code)
  }

  // MARK: The strict pass

  private func readStrictly(_ document: XMLDocument, _ handle: (ReportEvent) throws -> Void) throws -> ReadReport {
    var hash = ContentHash()
    let feed = StrictFeed(
      document.first, limits: limits, cache: cache, input: names(document.origin.share))
    let parser = feed.parser
    var identity = IdentityResolution(hints: document.hints, now: now)
    var knownHead: ReportHead?
    var cutOff: InputError?
    do {
      try document.forEachPiece(buffer) { piece in
        hash.update(piece)
        try feed.push(piece)
        guard isFull(parser) else { return true }
        let head = try knownHead ?? (parser.isHeadComplete ? parser.head : scanHead(document))
        knownHead = head
        let rows = parser.takeBatch()
        try handle(
          .rows(
            PartialReport(
              origin: document.origin, head: head, identity: identity.identity(head, rows), rows: rows)))
        return true
      }
    } catch let rejection as InputError where rejection.code == .truncated && parser.isRootClosed {
      cutOff = rejection
    }
    var tail = try feed.finish()
    if let cutOff {
      tail.warnings.append(ReportWarning(.trailingData, "\(cutOff.cause), but the report in it is whole"))
    } else if document.rest.hasTrailingBytes() {
      tail.warnings.append(ReportWarning(.trailingData, "bytes behind the compressed data were left alone"))
    }
    let (rows, sha256) = (parser.takeBatch(), hash.finish())
    return ReadReport(
      origin: document.origin, identity: identity.identity(tail.head, rows, sha256: sha256), tail: tail, lastRows: rows,
      sha256: sha256)
  }

  private func isFull(_ parser: ReportParser) -> Bool {
    parser.bufferedRows >= batchRows || parser.bufferedOutcomes >= max(1, batchRows / 16)
      || parser.bufferedBytes >= Self.batchBytes
  }

  /// Reads only as far as the parts that identify a report, for a long one that has them behind its records.
  private func scanHead(_ document: XMLDocument) throws -> ReportHead {
    let stream = try document.reopen()
    var feed: StrictFeed?
    try XMLDocument.forEachPiece(of: stream, PieceBuffer()) { piece in
      let open =
        feed
        ?? StrictFeed(
          piece, limits: limits, cache: OutcomeCache(), input: names(document.origin.share))
      feed = open
      try open.push(piece)
      if isFull(open.parser) { _ = open.parser.takeBatch() }
      return !open.parser.isHeadComplete
    }
    return feed?.parser.head ?? ReportHead()
  }

  // MARK: The mending pass

  /// - Parameter refusal: why the strict pass has failed.
  private func mend(
    _ document: XMLDocument, _ refusal: InputError, _ handle: (ReportEvent) throws -> Void
  ) throws -> Unwrapping.DocumentOutcome {
    try withoutActuallyEscaping(handle) { handle in
      let reader = RepairedReportReader(
        document, refusal: refusal, limits: limits, cache: cache, input: names(document.origin.share),
        batchRows: batchRows, now: now, handle)
      let repair = XMLRepair(limits: limits) { try reader.take($0) }
      do {
        do {
          try XMLDocument.forEachPiece(of: try document.reopen(), buffer) { piece in
            try repair.push(piece)
            return true
          }
        } catch let rejection as InputError where rejection.code == .truncated {
          // The report ends here, and its last row perhaps before its end.
        }
        try repair.finish()
      } catch let rejection as InputError {
        // A limit, or a document type: the whole input is refused.
        try handle(.rejected(reader.origin, rejection))
        return .report
      }
      guard reader.reports == 0 else { return .report }
      if refusal.code == .truncated {
        // Cut off before it said what it is.
        try handle(.rejected(document.origin, refusal))
        return .report
      }
      return .other(Unwrapping.Other(kind: "XML of another kind", why: refusal))
    }
  }
}

/// Feeds a strict parser. Where Latin-1 or its kin is declared, the bytes decide, because they are often UTF-8 in truth.
final class StrictFeed {
  let parser: ReportParser
  private var decoding: TextDecoding?
  private var declared: String?

  init(_ first: UnsafeRawBufferPointer, limits: Limits, cache: OutcomeCache, input: InputNames) {
    if let name = DeclaredEncoding(first)?.name, DeclaredEncoding.isWestern(name) {
      declared = name
      decoding = TextDecoding()
    }
    parser = ReportParser(
      limits: limits, cache: cache, input: input, ignoresDeclaredEncoding: declared != nil)
  }

  func push(_ piece: UnsafeRawBufferPointer) throws(InputError) {
    if decoding == nil { try parser.push(piece) } else { try decode(piece, isLast: false) }
  }

  private func decode(_ piece: UnsafeRawBufferPointer, isLast: Bool) throws(InputError) {
    var text: [UInt8] = []
    decoding?.decode(piece, isLast: isLast, into: &text)
    if decoding?.forbiddenCharacters ?? 0 > 0 {
      throw InputError(.malformedXML, "the XML is not well-formed: it holds a character that XML forbids")
    }
    var failure: InputError?
    text.withUnsafeBytes { bytes in
      do throws(InputError) { try parser.push(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  func finish() throws(InputError) -> ReportTail {
    if decoding != nil { try decode(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true) }
    var tail = try parser.finish()
    if let decoding, let declared, decoding.wideCharacters > 0, decoding.foreignBytes == 0 {
      tail.warnings.append(
        ReportWarning(.encodingAssumed, "it declares \(declared) and was read as UTF-8, which it is"))
    }
    return tail
  }
}
