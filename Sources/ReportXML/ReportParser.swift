import CLibXML2
import DMARC

/// What is known of a report once it has been read to its end.
public struct ReportTail: Sendable {
  /// Everything outside the records.
  public var head: ReportHead
  /// What was changed, assumed or dropped, in the report's order.
  public var warnings: [ReportWarning]
  /// Records kept.
  public var rows: Int
  /// Messages in the records kept.
  public var messages: Int64
  /// Records left out, each with a warning.
  public var droppedRows: Int
  /// Whether a warning that says that something was lost is only counted among further ones.
  var hidesLoss: Bool

  /// Whether something of the report is not in its rows and head as it was reported: dropped, cut, folded or not believed. Such a report
  /// does not stand for the input that it came in.
  public var isLossy: Bool { droppedRows > 0 || hidesLoss || warnings.contains { $0.code.losesContent } }
}

/// Reads one aggregate report of any dialect, pushed in pieces, in one strict pass of libxml2's SAX2 interface.
///
/// Push bytes, take batches of rows whenever enough have gathered, finish. Memory does not grow with the report's length as
/// long as batches are taken. No DTD, entity or network is ever looked at.
public final class ReportParser {
  private let state: UnsafeMutablePointer<ReportState>
  private let context: xmlParserCtxtPtr?
  private let limits: Limits
  private var pushedBytes = 0
  /// Bytes since the last `>`.
  private var openBytes = 0

  /// A parser for one report. Parsers of one thread may share a cache.
  /// - Parameters:
  ///   - input: the names of the input that the report is in; nil if it is alone.
  ///   - ignoresDeclaredEncoding: what is pushed is UTF-8, whatever the XML declaration says.
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

  /// Rows that ``takeBatch()`` would hand over.
  public var bufferedRows: Int { state.pointee.records.batch.rows.count }

  /// Distinct outcomes that ``takeBatch()`` would hand over; each weighs as much as dozens of rows.
  public var bufferedOutcomes: Int { state.pointee.records.batch.outcomes.count }

  /// Bytes that the batch takes in memory, roughly.
  public var bufferedBytes: Int { state.pointee.records.batchBytes }

  /// Whether reporter, period and policy are known already, which they are before the first record in all usual reports.
  public var isHeadComplete: Bool { state.pointee.head.isComplete }

  /// Whether the root element has been closed: what comes behind is no part of the report.
  public var isRootClosed: Bool { state.pointee.isRootClosed }

  /// What is known of the head so far.
  public var head: ReportHead { state.pointee.head.finished() }

  /// Rows read since the last call.
  public func takeBatch() -> RecordBatch { state.pointee.records.takeBatch() }

  /// Reads the next bytes of the report.
  /// - Throws: why the report cannot be taken: it is not well-formed, not a report, or hits a limit.
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

  /// Bytes given to libxml2 at a time: what it must look through again, if a piece ends within a tag, stays small.
  private static let pieceSize = 128 << 10
  /// Bytes of a tag, comment or text without any `>`, beyond the text that an element may hold.
  private static let markupSlack = 64 << 10
  /// Different names of elements and attributes in one report; the standards know about fifty.
  private static let nameLimit = 5_000

  /// Refuses what would make libxml2 slow without ever reaching a callback: endless tags, comments and texts.
  private func checkMarkup(_ piece: Slice<UnsafeRawBufferPointer>) throws(InputError) {
    let bytes = UnsafeRawBufferPointer(rebasing: piece)
    if let last = bytes.lastIndex(of: UInt8(ascii: ">")) {
      openBytes = bytes.count - last
    } else {
      openBytes += bytes.count
    }
    if openBytes > limits.textBytes + Self.markupSlack + Self.pieceSize {
      throw InputError.limit(.textBytes, limits.textBytes, "a tag, comment or text does not end for \(openBytes) bytes")
    }
  }

  /// Ends the report.
  /// - Throws: why the report cannot be taken, also when it ends too early.
  public func finish() throws(InputError) -> ReportTail {
    guard pushedBytes > 0 else { throw InputError(.empty, "it is empty") }
    xmlParseChunk(context, nil, 0, 1)
    try check()
    guard state.pointee.sawFeedback else { throw InputError(.malformedXML, "it holds no XML element") }
    state.pointee.head.hasRFC7489Identifier = state.pointee.records.usesRFC7489Identifier
    state.pointee.head.hasRFC9990Value = state.pointee.records.usesRFC9990Value
    if state.pointee.records.rows + state.pointee.records.droppedRows == 0 {
      state.pointee.log.add(.noRecords, line: nil, "the report has no records")
    }
    state.pointee.log.close()
    let warnings = state.pointee.log.warnings + state.pointee.records.foldWarnings
    return ReportTail(
      head: state.pointee.head.finished(), warnings: warnings, rows: state.pointee.records.rows,
      messages: state.pointee.records.messages, droppedRows: state.pointee.records.droppedRows,
      hidesLoss: state.pointee.log.hidesLoss)
  }

  private func check() throws(InputError) {
    if let failure = state.pointee.failure { throw failure }
    guard let context else { throw InputError(.unreadable, "libxml2 has no memory for a parser") }
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
    // Called as soon as `<!DOCTYPE name` was read, before any declaration in it.
    handler.internalSubset = { context, _, _, _ in
      guard let context else { return }
      let state = context.assumingMemoryBound(to: ReportState.self)
      let line = state.pointee.line
      state.pointee.fail(InputError(.documentType, "it declares a document type (DOCTYPE)", line: line))
    }
    // Errors are read from the parser afterwards; without this, libxml2 prints them.
    handler.serror = { _, _ in }
    return handler
  }
}
