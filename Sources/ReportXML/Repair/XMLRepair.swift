public import DMARC

/// A filter that turns damaged reports into well-formed XML: the second pass over what ``ReportParser`` has rejected.
///
/// It knows the grammar of reports, so it can distinguish a missing end tag from a misplaced element, and a tag from a `<` in text. It
/// finds reports within other text, and several reports in one file. Line numbers stay correct. Memory is bounded by one record and
/// one tag.
///
/// ```swift
/// var parser = ReportParser(ignoresDeclaredEncoding: true)
/// let repair = XMLRepair(limits: Limits()) { output in
///   switch output {
///   case .begin: parser = ReportParser(ignoresDeclaredEncoding: true)
///   case .xml(let bytes): try parser.push(bytes)
///   case .end(let repaired): print(try parser.finish().rows, repaired.warnings.count)
///   }
/// }
/// try damaged.withUnsafeBytes { try repair.push($0) }
/// try repair.finish()
/// ```
public final class XMLRepair {
  /// The output, in order: for each report its beginning, its XML in pieces, and its end.
  public enum Output {
    case begin
    /// Well-formed XML in UTF-8. The bytes are valid only during the call.
    case xml(UnsafeRawBufferPointer)
    case end(Repaired)
  }

  /// The repairs of one report.
  public struct Repaired: Sendable {
    /// One warning for each kind of repair.
    public var warnings: [ReportWarning]
    /// Whether the report is truncated; an incomplete last record has been left out.
    public var isTruncated: Bool
    /// The lines of record end tags whose start tag is missing.
    public var lostRecords: [Int]
  }

  private let limits: Limits
  private let handle: (Output) throws -> Void
  private var decoding = TextDecoding()
  private var escapes = EscapedMarkup()
  private var scanner = MarkupScanner()
  private var text: [UInt8] = []
  private var index = 0
  private var line = 1
  private var notes = RepairNotes()
  private var tree = ReportTree()
  /// Whether a report has ended, but text after it may still cause a warning.
  private var isEndOpen = false
  private var isTruncated = false

  /// How many bytes of a comment, CDATA section or broken markup are searched for its end.
  private var markupLimit: Int { limits.textBytes + 64 << 10 }
  private static let flushSize = 32 << 10

  /// Creates a repair of one input.
  /// - Parameters:
  ///   - limits: the limits on depth, text and records.
  ///   - handle: receives the output.
  public init(limits: Limits, _ handle: @escaping (Output) throws -> Void) {
    self.limits = limits
    self.handle = handle
  }

  /// Repairs the next bytes.
  /// - Throws: `InputError` for a document type or a limit, and whatever `handle` throws.
  public func push(_ bytes: UnsafeRawBufferPointer) throws {
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + 64 << 10)
      try decode(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), isLast: false)
      start = end
    }
  }

  /// Ends the input.
  /// - Throws: `InputError` for a document type or a limit, and whatever `handle` throws.
  public func finish() throws {
    try decode(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
    if tree.isOpen { try endReport(isWhole: false) }
    try closeEnd()
  }

  private func decode(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws {
    let before = (decoding.foreignBytes, decoding.forbiddenCharacters, decoding.assumption)
    decoding.decode(bytes, isLast: isLast, into: &escapes.input)
    // The line of the piece, not of the byte, which is precise enough.
    if decoding.foreignBytes > before.0 { notes.add(.encoding, line: line, count: decoding.foreignBytes - before.0) }
    if decoding.forbiddenCharacters > before.1 {
      notes.add(.controlCharacter, line: line, count: decoding.forbiddenCharacters - before.1)
    }
    if let assumed = decoding.assumption, before.2 == nil { notes.add(.encodingAssumed, line: line, assumed) }
    escapes.take(isLast: isLast, into: &text)
    if escapes.areMarkup == true { notes.add(.escapedMarkup, line: 1, count: 0) }
    try scan(isLast: isLast)
    text.removeFirst(index)
    scanner.textWasCut(by: index)
    index = 0
  }

  // MARK: Text and markup

  private func scan(isLast: Bool) throws {
    while index < text.count {
      let next = text[index...].firstIndex(of: UInt8(ascii: "<")) ?? text.count
      if tree.heldBytes > limits.recordBytes * 2 + markupLimit {
        throw InputError.limit(
          .recordBytes, limits.recordBytes, "a record holds more than \(limits.recordBytes) bytes", line: line)
      }
      if next > index {
        let end = next == text.count && !isLast ? endOfWholeReferences(next) : next
        addText(index..<end)
        index = end
        if tree.output.count >= Self.flushSize { try flush() }
        if end < next { break }
        continue
      }
      if let found = scanner.scan(text, at: index, isLast: isLast) {
        try add(found)
      } else if isLast || text.count - index > markupLimit {
        notes.add(.comment, line: line)
        addLiteral()
      } else {
        break
      }
      if tree.output.count >= Self.flushSize { try flush() }
    }
  }

  /// The end of the text that can be processed without splitting a reference.
  private func endOfWholeReferences(_ end: Int) -> Int {
    let tail = max(index, end - 12)
    guard let start = text[tail..<end].lastIndex(of: UInt8(ascii: "&")) else { return end }
    return text[start..<end].contains(UInt8(ascii: ";")) ? end : start
  }

  private func addText(_ range: Range<Int>) {
    let run = text[range]
    if tree.isOpen {
      tree.addText(run, line: line, &notes)
    } else if run.contains(where: { $0 > 0x20 }) {
      notes.add(isEndOpen ? .trailingText : .leadingText, line: line)
    }
    countLines(run)
  }

  /// Adds the current `<` as text.
  private func addLiteral() {
    if tree.isOpen {
      notes.add(.lessThan, line: line)
      tree.addText([UInt8(ascii: "<")], line: line, &notes)
    }
    index += 1
  }

  private func add(_ found: MarkupScanner.Found) throws {
    let piece = text[index..<found.end]
    switch found.markup {
    case .start(let tag):
      if tree.isText(tag) { return addLiteral() }
      if tag.isBroken { notes.add(.attribute, line: line) }
      try start(tag)
    case .end(let name, let isBroken): try end(name, isBroken: isBroken)
    case .cdata(let content):
      if tree.isOpen {
        tree.addCharacters(text[content])
      } else {
        // Markup outside a report may be a wrapper of it.
        countLines(piece.prefix(9))
        index += 9
        return
      }
    case .comment: break
    case .instruction(let isDeclaration):
      if tree.isOpen || isEndOpen || !isDeclaration { notes.add(.declaration, line: line) }
    case .documentType(let name, let hasDeclarations):
      guard name == "html", !hasDeclarations else {
        throw InputError(.documentType, "it declares a document type (DOCTYPE)", line: line)
      }
      notes.add(.documentType, line: line)
    case .none: return addLiteral()
    }
    // The line ends of omitted elements and comments are kept.
    let lines = piece.count { $0 == 0x0a }
    if tree.isOpen, lines > 0 { tree.addLines(lines) }
    line += lines
    index = found.end
  }

  private func countLines(_ run: ArraySlice<UInt8>) { line += run.count { $0 == 0x0a } }

  // MARK: Elements

  private func start(_ tag: Markup.Tag) throws {
    let name = tag.name
    if name.folded == "feedback" {
      if tree.isOpen { try endReport(isWhole: false) }
      return try begin(tag)
    }
    if !tree.isOpen {
      if ["report_metadata", "policy_published"].contains(name.folded) {
        notes.add(.missingRoot, line: line)
        try begin(nil)
      } else {
        if !HTMLElements.contains(name.folded) {
          notes.add(isEndOpen ? .trailingText : .wrapper, line: line, String(name.written.prefix(60)))
        }
        return
      }
    }
    if escapes.areMarkup == true, HTMLElements.contains(name.folded) { return }
    guard tree.depth < limits.depth else {
      throw InputError.limit(
        .depth, limits.depth, "elements are nested more than \(limits.depth) deep", line: line)
    }
    tree.start(tag, line: line, &notes)
  }

  private func end(_ name: ElementName, isBroken: Bool) throws {
    guard tree.isOpen else { return }
    if escapes.areMarkup == true, HTMLElements.contains(name.folded) { return }
    if isBroken { notes.add(.missingEndTag, line: line, String(name.written.prefix(60))) }
    if name.folded == "feedback" { return try endReport(isWhole: true) }
    tree.end(name, line: line, &notes)
  }

  private func begin(_ tag: Markup.Tag?) throws {
    try closeEnd()
    try handle(.begin)
    tree.begin(tag, line: line)
  }

  private func endReport(isWhole: Bool) throws {
    let isCut = tree.endReport(isWhole: isWhole, line: line, &notes)
    try flush()
    isEndOpen = true
    isTruncated = isCut
  }

  /// Outputs the end of the last report, once its warnings are final.
  private func closeEnd() throws {
    guard isEndOpen else { return }
    isEndOpen = false
    try handle(.end(Repaired(warnings: notes.warnings, isTruncated: isTruncated, lostRecords: tree.lostRecords)))
    notes = RepairNotes()
    isTruncated = false
  }

  private func flush() throws {
    let ready = tree.takeOutput()
    if !ready.isEmpty { try ready.withUnsafeBytes { try handle(.xml($0)) } }
  }
}

/// The tags of web pages that show a report. `p` is not among them, because it is an element of reports.
enum HTMLElements {
  private static let names: Set<String> = [
    "html", "head", "body", "title", "meta", "style", "pre", "code", "tt", "div", "span", "br", "wbr", "font", "table",
    "tbody", "tr", "td", "blockquote", "a", "b", "i", "hr", "img", "link", "script", "center",
  ]

  static func contains(_ name: String) -> Bool { names.contains(name) }
}
