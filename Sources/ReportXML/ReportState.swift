import CLibXML2
import DMARC

/// The state of the SAX callbacks: the open elements, the text of the current element, and what was collected so far.
struct ReportState: ~Copyable {
  var context: xmlParserCtxtPtr?
  let limits: Limits
  private var openElements: [ReportElement]
  private var depth = 0
  private var names = ElementNames()
  private let transitions = Grammar.standardTransitions
  private let nameCount = Grammar.names.count + 1

  private var text = ByteBuffer()
  private var isCollecting = false
  private var foreign = ForeignText()
  private var feedbackNamespace: String?

  var head = HeadBuilder()
  var records: RecordAssembler
  var log = WarningLog()
  private(set) var failure: InputError?
  private(set) var sawFeedback = false

  init(limits: Limits, cache: OutcomeCache, input: InputNames) {
    self.limits = limits
    records = RecordAssembler(cache: cache, limits: limits, input: input)
    openElements = Array(repeating: .document, count: limits.depth + 2)
  }

  var isRootClosed: Bool { sawFeedback && depth == 0 }

  /// The current line of the XML, counted from 1.
  var line: Int { context?.pointee.input.map { Int($0.pointee.line) } ?? 0 }

  mutating func fail(_ rejection: InputError) {
    if failure == nil { failure = rejection }
    if let context { xmlStopParser(context) }
  }

  // MARK: Elements

  /// The maximum number of attributes and namespaces of one element; libxml2 compares each with every other.
  private static let attributeLimit = 64

  mutating func start(_ name: UnsafePointer<UInt8>, _ namespace: UnsafePointer<UInt8>?, attributes: Int) {
    let parent = openElements[depth]
    guard attributes <= Self.attributeLimit else {
      fail(InputError(fixedLimit: "an element has more than \(Self.attributeLimit) attributes", line: line))
      return
    }
    guard depth < limits.depth else {
      fail(.limit(.depth, limits.depth, "elements are nested more than \(limits.depth) deep", line: line))
      return
    }
    depth += 1
    let element = enter(name, namespace, from: parent)
    openElements[depth] = element
    isCollecting = element.holdsText
    text.removeAll()
  }

  private mutating func enter(
    _ name: UnsafePointer<UInt8>, _ namespace: UnsafePointer<UInt8>?, from parent: ReportElement
  ) -> ReportElement {
    if parent == .foreign {
      foreign.begin(name: String(cString: name), namespace: namespace.map { String(cString: $0) }, keepingTag: true)
      return .foreign
    }
    let number = names.number(of: name)
    var element = transitions[Int(parent.rawValue) * nameCount + number]
    if element == .unknown, number != Grammar.unknownName {
      element = Grammar.transitions[Int(parent.rawValue) * nameCount + number]
      if element != .unknown { noteMisplaced(name, in: parent) }
      if element == .feedback { return element }
    }
    switch element {
    case .unknown: return enterUnknown(name, namespace, from: parent)
    case .feedback:
      sawFeedback = true
      feedbackNamespace = namespace.map { String(cString: $0) }
      head.begin(namespace: feedbackNamespace, line: line, &log)
    case .record: records.begin(line: line)
    case .dkim, .spf, .reason: records.addGroup(element, line: line, &log)
    case .reportMetadata where head.hasMetadata, .policyPublished where head.hasPolicy:
      log.add(.repeatedElement, line: line, "\(element) occurs more than once; the first occurrence counts")
      return .unknown
    case .foreign: foreign.begin(name: "", namespace: nil, keepingTag: false)
    case .identifiers, .testing: noteMisnomer(number)
    default: break
    }
    return element
  }

  private mutating func enterUnknown(
    _ name: UnsafePointer<UInt8>, _ namespace: UnsafePointer<UInt8>?, from parent: ReportElement
  ) -> ReportElement {
    let text = String(cString: name)
    if parent == .document {
      fail(
        InputError(
          .wrongRoot, "the root element is <\(BoundedText.plain(text, limit: 60))>, not <feedback>", line: line)
      )
      return .unknown
    }
    if parent == .record, let namespace, String(cString: namespace) != feedbackNamespace {
      foreign.begin(name: text, namespace: String(cString: namespace), keepingTag: true)
      return .foreign
    }
    if parent != .unknown { log.addUnknownElement(text, in: parent, line: line) }
    return .unknown
  }

  private mutating func noteMisplaced(_ name: UnsafePointer<UInt8>, in parent: ReportElement) {
    log.add(
      .elementMisplaced, line: line,
      "element <\(BoundedText.plain(String(cString: name), limit: 60))> is misplaced in \(parent) but was read")
  }

  private mutating func noteMisnomer(_ number: Int) {
    guard let meant = Grammar.misnomerMeanings[number] else { return }
    log.add(.elementRenamed, line: line, "element <\(Grammar.names[number])> was read as <\(meant)>")
  }

  mutating func characters(_ source: UnsafePointer<UInt8>, count: Int) {
    if isCollecting {
      text.append(source, count: count)
      if text.count > limits.textBytes { failOnText() }
    } else if foreign.isOpen {
      foreign.text(source, count: count)
      if foreign.count > limits.textBytes { failOnText() }
    }
  }

  private mutating func failOnText() {
    fail(
      .limit(
        .textBytes, limits.textBytes, "an element holds more than \(limits.textBytes) bytes of text", line: line))
  }

  mutating func end(_ name: UnsafePointer<UInt8>) {
    let element = openElements[depth]
    depth -= 1
    isCollecting = false
    if element.holdsText {
      let trimmed = text.bytes.trimmed
      if element.isInRecord {
        records.add(element, trimmed, line: line, &log)
        if records.recordBytes > limits.recordBytes {
          fail(
            .limit(
              .recordBytes, limits.recordBytes, "a record holds more than \(limits.recordBytes) bytes", line: line))
        }
      } else {
        head.set(element, trimmed, line: line, &log)
      }
      return
    }
    switch element {
    case .record: endRecord()
    case .reportMetadata: head.hasMetadata = true
    case .policyPublished:
      head.hasPolicy = true
      records.organisation = head.head.policy.domain.flatMap(DomainName.init)
    case .foreign: endForeign(name)
    default: break
    }
  }

  private mutating func endRecord() {
    records.end(&log)
    if records.rows + records.droppedRows > limits.rows {
      fail(.limit(.rows, limits.rows, "it has more than \(limits.rows) records", line: line))
    }
  }

  private mutating func endForeign(_ name: UnsafePointer<UInt8>) {
    // The element that opened the extension content is a child of a known element.
    let parent = openElements[depth]
    let isReportExtension = parent == .feedback
    foreign.end(name: String(cString: name), keepingTag: !isReportExtension)
    guard parent != .foreign else { return }
    if isReportExtension {
      head.setExtension(foreign.bytes, line: line, &log)
    } else {
      records.add(.foreign, foreign.bytes, line: line, &log)
    }
  }
}
