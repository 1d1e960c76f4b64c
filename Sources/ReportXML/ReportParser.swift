import CLibXML2
public import DMARC

/// The result of parsing a report to its end.
public struct ReportTail: Sendable {
  /// Everything outside the records.
  public var head: ReportHead
  /// What was changed, assumed or dropped, in the order of the report.
  public var warnings: [ReportWarning]
  /// The number of records kept.
  public var rows: Int
  /// The number of messages in the records kept.
  public var messages: Int64
  /// The number of records dropped, each with a warning.
  public var droppedRows: Int
  /// Whether a warning about lost content is not listed, but only counted.
  var hidesLoss: Bool

  /// Whether part of the report is missing from its head and rows, or not as reported: dropped, truncated, folded or not believed. Such a
  /// report does not replace its input.
  public var isLossy: Bool { droppedRows > 0 || hidesLoss || warnings.contains { $0.code.losesContent } }
}

/// A push parser for one aggregate report of any dialect (RFC 7489 App. C, RFC 9990 §3.1, dmarc.org draft).
///
/// It makes one strict pass over libxml2's SAX2 interface. Memory does not grow with the report as long as batches are taken. DTDs,
/// entities and the network are never used.
///
/// ```swift
/// let parser = ReportParser()
/// var rows = 0
/// while let piece = nextPiece() {
///   try piece.withUnsafeBytes { try parser.push($0) }
///   if parser.bufferedRows > 10_000 { rows += parser.takeBatch().rows.count }
/// }
/// let report = try parser.finish()
/// rows += parser.takeBatch().rows.count
/// ```
///
/// Use a parser on one thread only.
public final class ReportParser {
  private let state: UnsafeMutablePointer<ReportState>
  private let context: xmlParserCtxtPtr?
  private let limits: Limits
  private var pushedBytes = 0
  /// The number of bytes since the last `>`.
  private var openBytes = 0

  /// Creates a parser for one report.
  /// - Parameters:
  ///   - limits: the limits on depth, text, records and names.
  ///   - cache: decoded outcomes; parsers on one thread may share it.
  ///   - input: the names in the input that contains the report; nil if the report is on its own.
  ///   - ignoresDeclaredEncoding: whether the bytes are UTF-8 regardless of the XML declaration.
  public init(
    limits: Limits = Limits(), cache: OutcomeCache = OutcomeCache(), input: InputNames? = nil,
    ignoresDeclaredEncoding: Bool = false
  ) {
    xmlInitParser()
    xml_keep_quiet()
    self.limits = limits
    state = .allocate(capacity: 1)
    state.initialize(to: ReportState(limits: limits, cache: cache, input: input ?? InputNames(limits)))
    var handler = Self.handler
    context = xmlCreatePushParserCtxt(&handler, state, nil, 0, nil)
    let options = XML_PARSE_NONET.rawValue | (ignoresDeclaredEncoding ? XML_PARSE_IGNORE_ENC.rawValue : 0)
    if let context { xmlCtxtUseOptions(context, Int32(options)) }
    state.pointee.context = context
  }

  deinit {
    if let context { xmlFreeParserCtxt(context) }
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// The number of rows that ``takeBatch()`` would return.
  public var bufferedRows: Int { state.pointee.records.batch.rows.count }

  /// The number of distinct outcomes that ``takeBatch()`` would return. Each takes as much memory as dozens of rows.
  public var bufferedOutcomes: Int { state.pointee.records.batch.outcomes.count }

  /// The approximate memory use of the batch in bytes.
  public var bufferedBytes: Int { state.pointee.records.batchBytes }

  /// Whether reporter, period and policy are known. In typical reports they are before the first record.
  public var isHeadComplete: Bool { state.pointee.head.isComplete }

  /// Whether the root element has been closed. What follows is not part of the report.
  public var isRootClosed: Bool { state.pointee.isRootClosed }

  /// The head as far as it is known.
  public var head: ReportHead { state.pointee.head.finished() }

  /// Removes and returns the rows read since the last call.
  public func takeBatch() -> RecordBatch { state.pointee.records.takeBatch() }

  /// Parses the next bytes of the report.
  /// - Throws: `InputError` if the XML is not well-formed, is not a report, or exceeds a limit.
  public func push(_ bytes: UnsafeRawBufferPointer) throws(InputError) {
    var rest = bytes[...]
    pushedBytes += bytes.count
    while !rest.isEmpty {
      let piece = rest.prefix(ReportParser.pieceSize)
      rest = rest.dropFirst(piece.count)
      try checkMarkup(piece)
      let start = UnsafeRawBufferPointer(rebasing: piece).assumingMemoryBound(to: CChar.self).baseAddress
      xmlParseChunk(context, start, Int32(piece.count), 0)
      try check()
    }
  }

  /// The number of bytes passed to libxml2 at a time. If a piece ends within a tag, libxml2 scans it again.
  private static let pieceSize = 128 << 10
  /// The maximum length in bytes of a tag, comment or text without `>`, beyond the text limit of an element.
  private static let markupSlack = 64 << 10
  /// The maximum number of distinct element and attribute names in one report. The standards define about fifty.
  private static let nameLimit = 5_000

  /// Rejects endless tags, comments and texts, which would make libxml2 slow without reaching a callback.
  private func checkMarkup(_ piece: Slice<UnsafeRawBufferPointer>) throws(InputError) {
    let bytes = UnsafeRawBufferPointer(rebasing: piece)
    if let last = bytes.lastIndex(of: UInt8(ascii: ">")) {
      openBytes = bytes.count - last
    } else {
      openBytes += bytes.count
    }
    if openBytes > limits.textBytes + Self.markupSlack + Self.pieceSize {
      throw InputError.limit(
        .textBytes, limits.textBytes, "a tag, comment or text does not end within \(openBytes) bytes")
    }
  }

  /// Ends the report.
  /// - Throws: `InputError` if the report is incomplete, or for the reasons of ``push(_:)``.
  public func finish() throws(InputError) -> ReportTail {
    guard pushedBytes > 0 else { throw InputError(.empty, "it is empty") }
    xmlParseChunk(context, nil, 0, 1)
    try check()
    guard state.pointee.sawFeedback else { throw InputError(.malformedXML, "it contains no XML element") }
    state.pointee.head.hasRFC7489Identifier = state.pointee.records.usesRFC7489Identifier
    state.pointee.head.hasRFC9990Value = state.pointee.records.usesRFC9990Value
    if state.pointee.records.rows + state.pointee.records.droppedRows == 0 {
      state.pointee.log.add(.noRecords, line: nil, "the report has no records")
    }
    state.pointee.log.close()
    let policyDomain = state.pointee.head.head.policy.domain
    let warnings =
      state.pointee.log.warnings + state.pointee.records.foldWarnings
      + state.pointee.records.nameWarnings(policyDomain: policyDomain)
    return ReportTail(
      head: state.pointee.head.finished(), warnings: warnings, rows: state.pointee.records.rows,
      messages: state.pointee.records.messages, droppedRows: state.pointee.records.droppedRows,
      hidesLoss: state.pointee.log.hidesLoss)
  }

  private func check() throws(InputError) {
    if let failure = state.pointee.failure { throw failure }
    guard let context else { throw InputError(.unreadable, "libxml2 is out of memory") }
    if xmlDictSize(context.pointee.dict) > Self.nameLimit {
      throw InputError(fixedLimit: "it uses more than \(Self.nameLimit) different names of elements and attributes")
    }
    guard context.pointee.wellFormed == 0 || context.pointee.disableSAX != 0 else { return }
    let error = context.pointee.lastError
    var reason = error.message.map { String(cString: $0) } ?? "unknown error"
    while reason.last?.isWhitespace == true { reason.removeLast() }
    let line = Int(error.line)
    throw InputError(
      .malformedXML, "the XML is not well-formed: \(BoundedText.plain(reason, limit: 300))", line: line > 0 ? line : nil
    )
  }
}

extension ReportParser {
  fileprivate static var handler: xmlSAXHandler {
    var handler = xmlSAXHandler()
    handler.initialized = UInt32(XML_SAX2_MAGIC)
    handler.startElementNs = { context, name, _, namespace, namespaces, _, attributes, _, _ in
      guard let context, let name else { return }
      let state = context.assumingMemoryBound(to: ReportState.self)
      state.pointee.start(name, namespace, attributes: Int(namespaces) + Int(attributes))
    }
    handler.endElementNs = { context, name, _, _ in
      guard let context, let name else { return }
      context.assumingMemoryBound(to: ReportState.self).pointee.end(name)
    }
    let characters: charactersSAXFunc = { context, text, count in
      guard let context, let text else { return }
      context.assumingMemoryBound(to: ReportState.self).pointee.characters(text, count: Int(count))
    }
    handler.characters = characters
    handler.cdataBlock = characters
    // Called as soon as `<!DOCTYPE name` has been read, before any declaration in it.
    handler.internalSubset = { context, _, _, _ in
      guard let context else { return }
      let state = context.assumingMemoryBound(to: ReportState.self)
      let line = state.pointee.line
      state.pointee.fail(InputError(.documentType, "it declares a document type (DOCTYPE)", line: line))
    }
    // Errors are taken from the parser afterwards; without this, libxml2 prints them.
    handler.serror = { _, _ in }
    return handler
  }
}
