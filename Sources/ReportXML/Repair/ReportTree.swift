import DMARC

/// The open elements of the current report, and the well-formed XML written so far.
struct ReportTree {
  private struct Open {
    /// The name as written to the output.
    var name: String
    var folded: String
    var element: ReportElement
  }

  private var open: [Open] = []
  private(set) var output: [UInt8] = []
  /// The start in the output of the current record or text, which is held back until it is complete; nil if nothing is held back.
  private var mark: Int?
  private var markDepth = 0
  /// The parts of the current record that have been closed.
  private var closedParts = ReportElementSet()
  /// The lines of record end tags without a start tag, after parts of that record have ended.
  private(set) var lostRecords: [Int] = []
  private var sawStrayPart = false
  /// Whether the report began without `<feedback>`, so that it ends without `</feedback>`.
  private var isRootImplied = false
  private var rootNamespace: String?
  private var namespaces: [String: String] = [:]

  private let transitions = Grammar.transitions
  private let standardTransitions = Grammar.standardTransitions
  private static let nameCount = Grammar.names.count + 1
  /// Elements that close any unknown element that contains them.
  private static let landmarks: Set<ReportElement> = [
    .reportMetadata, .policyPublished, .record, .row, .identifiers, .authResults,
  ]

  var isOpen: Bool { !open.isEmpty }
  var depth: Int { open.count }
  /// The number of bytes held back until a record or text ends.
  var heldBytes: Int { mark.map { output.count - $0 } ?? 0 }
  private var element: ReportElement { open.last?.element ?? .document }

  /// Removes and returns the output that is final.
  mutating func takeOutput() -> [UInt8] {
    let end = mark ?? output.count
    let ready = Array(output[..<end])
    output.removeFirst(end)
    if mark != nil { mark = 0 }
    return ready
  }

  // MARK: Elements

  mutating func begin(_ tag: Markup.Tag?, line: Int) {
    // Blank lines replace what was left out before, so that line numbers stay correct.
    output = [UInt8](repeating: 0x0a, count: min(line - 1, 100_000))
    mark = nil
    (lostRecords, sawStrayPart) = ([], false)
    isRootImplied = tag == nil
    namespaces = tag?.namespaces ?? [:]
    let prefix = tag?.name.prefix ?? ""
    rootNamespace = namespaces[prefix]
    open = [Open(name: "feedback", folded: "feedback", element: .feedback)]
    write("<feedback" + (rootNamespace.map(Self.attribute) ?? "") + ">")
  }

  /// Whether something that looks like a tag is text, because no element of this name may occur here.
  func isText(_ tag: Markup.Tag) -> Bool {
    guard isOpen, element.holdsText else { return false }
    return !tag.name.isKnown
  }

  mutating func start(_ tag: Markup.Tag, line: Int, _ notes: inout RepairNotes) {
    let name = tag.name
    if !tag.namespaces.isEmpty { namespaces.merge(tag.namespaces) { $1 } }
    if standardElement(of: name, in: element) == .unknown {
      if let depth = host(of: name) {
        closeDown(to: depth, line: line, &notes)
      } else if element.holdsText {
        // A known element within a text that no open element may contain: the end tag of the text is missing.
        closeDown(to: open.count - 1, line: line, &notes)
      }
    }
    var target = Self.entry(of: name, in: element, transitions)
    if element == .foreign { target = .foreign }
    if mark == nil, target == .record || target.holdsText {
      mark = output.count
      markDepth = open.count
      closedParts = ReportElementSet()
    }
    let namespace = tag.namespaces[name.prefix] ?? (name.prefix.isEmpty ? nil : namespaces[name.prefix])
    write("<" + name.local + (namespace != rootNamespace ? namespace.map(Self.attribute) ?? "" : "") + ">")
    open.append(Open(name: name.local, folded: name.folded, element: target))
    if tag.isSelfClosing { closeLast() }
  }

  mutating func end(_ name: ElementName, line: Int, _ notes: inout RepairNotes) {
    guard let depth = open.lastIndex(where: { $0.folded == name.folded }), depth > 0 else {
      notes.add(.strayEndTag, line: line, String(name.written.prefix(60)))
      if name.folded == "record", sawStrayPart, lostRecords.count < 1_000 { lostRecords.append(line) }
      sawStrayPart = name.isKnown && name.folded != "record"
      return
    }
    closeDown(to: depth + 1, line: line, &notes)
    if let last = open.last, last.name != name.local {
      notes.add(.endTagCase, line: line, String(name.written.prefix(60)))
    }
    closeLast()
  }

  /// Ends the report; an incomplete record is left out.
  /// - Returns: whether the report was truncated.
  mutating func endReport(isWhole: Bool, line: Int, _ notes: inout RepairNotes) -> Bool {
    var isCut = !isWhole && !isRootImplied
    if !isWhole, let mark, !isRecordWhole {
      isCut = true
      output.removeSubrange(mark...)
      open.removeSubrange(markDepth...)
      self.mark = nil
    }
    if open.count > 1 { closeDown(to: 1, line: line, &notes) }
    if !isWhole, !isRootImplied { notes.add(.missingEndTag, line: line, "feedback") }
    closeLast()
    mark = nil
    return isCut
  }

  /// Whether the current record has all its parts, so that only its end tag is missing.
  private var isRecordWhole: Bool {
    open.last?.element == .record && [.row, .identifiers, .authResults].allSatisfy { closedParts.contains($0) }
  }

  private static func entry(of name: ElementName, in parent: ReportElement, _ transitions: [ReportElement])
    -> ReportElement
  {
    transitions[Int(parent.rawValue) * nameCount + name.number]
  }

  private func standardElement(of name: ElementName, in parent: ReportElement) -> ReportElement {
    Self.entry(of: name, in: parent, standardTransitions)
  }

  /// The depth of the open element that may contain the named one; nil if there is none, or if it is the innermost.
  private func host(of name: ElementName) -> Int? {
    guard name.isKnown else { return nil }
    let found = open.lastIndex { standardElement(of: name, in: $0.element) != .unknown }
    guard let found else { return nil }
    let target = standardElement(of: name, in: open[found].element)
    let crossesForeign = open[(found + 1)...].contains { $0.element == .unknown || $0.element == .foreign }
    return crossesForeign && !Self.landmarks.contains(target) ? nil : found + 1
  }

  private mutating func closeDown(to depth: Int, line: Int, _ notes: inout RepairNotes) {
    while open.count > max(1, depth) {
      notes.add(.missingEndTag, line: line, open.last?.name ?? "")
      closeLast()
    }
  }

  private mutating func closeLast() {
    guard let last = open.popLast() else { return }
    write("</" + last.name + ">")
    _ = closedParts.insert(last.element)
    if last.element == .record { sawStrayPart = false }
    if mark != nil, open.count <= markDepth { mark = nil }
  }

  // MARK: Text

  /// Adds text with references, repairing invalid ones.
  mutating func addText(_ run: ArraySlice<UInt8>, line: Int, _ notes: inout RepairNotes) {
    var line = line
    var index = run.startIndex
    while index < run.endIndex {
      let byte = run[index]
      switch byte {
      case UInt8(ascii: "&"):
        switch CharacterReference(run[index...]) {
        case .allowed(let length):
          output += run[index..<index + length]
          index += length
          continue
        case .forbidden(let length):
          notes.add(.reference, line: line)
          index += length
          continue
        case .none:
          notes.add(.ampersand, line: line)
          write("&amp;")
        }
      case UInt8(ascii: ">"): write("&gt;")
      case UInt8(ascii: "<"): write("&lt;")
      default:
        if byte == 0x0a { line += 1 }
        output.append(byte)
      }
      index += 1
    }
  }

  /// Adds literal characters, as in a CDATA section. Line ends are added by ``addLines(_:)``.
  mutating func addCharacters(_ run: ArraySlice<UInt8>) {
    for byte in run {
      switch byte {
      case UInt8(ascii: "&"): write("&amp;")
      case UInt8(ascii: ">"): write("&gt;")
      case UInt8(ascii: "<"): write("&lt;")
      case 0x0a: output.append(0x20)
      default: output.append(byte)
      }
    }
  }

  mutating func addLines(_ count: Int) { output += [UInt8](repeating: 0x0a, count: count) }

  private mutating func write(_ text: String) { output.append(contentsOf: text.utf8) }

  private static func attribute(_ namespace: String) -> String {
    let escaped = namespace.map { character -> String in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }
    return " xmlns=\"\(escaped.joined())\""
  }
}

/// A reference at the start of a text (XML 1.0 §4.1).
enum CharacterReference {
  case allowed(length: Int)
  /// To a character that XML forbids.
  case forbidden(length: Int)
  case none

  init(_ text: ArraySlice<UInt8>) {
    guard let end = text.prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
      self = .none
      return
    }
    let body = String(decoding: text[(text.startIndex + 1)..<end], as: UTF8.self)
    let length = end + 1 - text.startIndex
    if ["amp", "lt", "gt", "quot", "apos"].contains(body) {
      self = .allowed(length: length)
      return
    }
    let digits = body.dropFirst()
    guard body.first == "#" else {
      self = .none
      return
    }
    let isHexadecimal = digits.first == "x"
    let number = UInt32(isHexadecimal ? digits.dropFirst() : digits, radix: isHexadecimal ? 16 : 10)
    // Swift's integer parser accepts a sign.
    guard let number, !body.contains("+"), !body.contains("-") else {
      self = .none
      return
    }
    self = TextDecoding.isAllowed(number) ? .allowed(length: length) : .forbidden(length: length)
  }
}
