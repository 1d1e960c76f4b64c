import DMARC
import ReportXML

/// Reads one XML document: first in a strict pass and, if that fails, again in a pass that repairs the XML.
final class DocumentReader {
  private let limits: Limits
  /// The number of rows that are collected before they are handed over.
  private let batchRows: Int
  /// The maximum size of a batch in memory, in bytes.
  static let batchBytes = 2 << 20
  private let now: () -> Int64?
  private let cache = OutcomeCache()
  private let buffer = PieceBuffer()
  /// The names in the current input.
  private var input: (share: InputShare, names: InputNames)?

  init(limits: Limits, batchRows: Int, now: @escaping () -> Int64?) {
    self.limits = limits
    self.batchRows = batchRows
    self.now = now
  }

  /// Discards the names of the previous input.
  func beginInput() { input = nil }

  private func names(_ share: InputShare) -> InputNames {
    if let input, input.share == share { return input.names }
    let names = InputNames(limits, bytes: share.bytes)
    input = (share, names)
    return names
  }

  /// Reads a document and reports what it contains.
  /// - Throws: only what `handle` throws; errors in the document are reported as events.
  func read(_ document: XMLDocument, _ handle: (ReportEvent) throws -> Void) throws -> ReportExtractor.DocumentOutcome {
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
      guard Self.isRepairable(rejection) else {
        try handle(.rejected(document.origin, rejection))
        return .report
      }
      if isLong { try handle(.restarted) }
      return try repair(document, rejection, handle)
    }
    return .report
  }

  private static func isRepairable(_ rejection: InputError) -> Bool {
    [.malformedXML, .wrongRoot, .truncated, .documentType].contains(rejection.code)
  }

  // MARK: The strict pass

  private func readStrictly(_ document: XMLDocument, _ handle: (ReportEvent) throws -> Void) throws -> ReadReport {
    var hash = ReportHash()
    let feed = StrictFeed(
      document.first, limits: limits, cache: cache, input: names(document.origin.share))
    let parser = feed.parser
    var identity = IdentityResolution(hints: document.hints, now: now)
    var knownHead: ReportHead?
    var truncation: InputError?
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
      truncation = rejection
    }
    var tail = try feed.finish()
    if let truncation {
      tail.warnings.append(ReportWarning(.trailingData, "\(truncation.cause), but the report is complete"))
    } else if document.rest.hasTrailingBytes() {
      tail.warnings.append(ReportWarning(.trailingData, "bytes after the compressed data were ignored"))
    }
    let (rows, sha256) = (parser.takeBatch(), hash.finish())
    return ReadReport(
      origin: document.origin, identity: identity.identity(tail.head, rows), tail: tail,
      lastRows: rows, sha256: sha256.exact, plainSHA256: sha256.plain)
  }

  private func isFull(_ parser: ReportParser) -> Bool {
    parser.bufferedRows >= batchRows || parser.bufferedOutcomes >= max(1, batchRows / 16)
      || parser.bufferedBytes >= Self.batchBytes
  }

  /// Reads a document only until its head is complete. A long report may have parts of its head after its records.
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

  // MARK: The repairing pass

  /// - Parameter strictError: why the strict pass failed.
  private func repair(
    _ document: XMLDocument, _ strictError: InputError, _ handle: (ReportEvent) throws -> Void
  ) throws -> ReportExtractor.DocumentOutcome {
    try withoutActuallyEscaping(handle) { handle in
      let reader = RepairedReportReader(
        document, strictError: strictError, limits: limits, cache: cache, input: names(document.origin.share),
        batchRows: batchRows, now: now, handle)
      let repair = XMLRepair(limits: limits) { try reader.take($0) }
      do {
        do {
          try XMLDocument.forEachPiece(of: try document.reopen(), buffer) { piece in
            try repair.push(piece)
            return true
          }
        } catch let rejection as InputError where rejection.code == .truncated {
          // The report ends here; its last row may be incomplete.
        }
        try repair.finish()
      } catch let rejection as InputError {
        // A limit or a document type: the whole document is rejected.
        try handle(.rejected(reader.origin, rejection))
        return .report
      }
      guard reader.reports == 0 else { return .report }
      if strictError.code == .truncated {
        // It was truncated before it could be recognised.
        try handle(.rejected(document.origin, strictError))
        return .report
      }
      return .nonReport(ReportExtractor.NonReport(kind: "another kind of XML", error: strictError))
    }
  }
}

/// The input of a strict parser. If Latin-1 or a related encoding is declared, the bytes decide, because they are often UTF-8.
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
      throw InputError(.malformedXML, "the XML is not well-formed: it contains a character that XML forbids")
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
        ReportWarning(.encodingAssumed, "it declares \(declared), but is UTF-8 and was read as such"))
    }
    return tail
  }
}
