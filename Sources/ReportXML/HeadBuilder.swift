import DMARC

/// Collects everything that a report says outside its records.
struct HeadBuilder {
  private(set) var head = ReportHead()
  private var seen = ReportElementSet()
  /// Indications of a dialect, used by ``dialect``.
  private var hasRFC9990Element = false
  var hasRFC7489Identifier = false
  var hasRFC9990Value = false

  /// Whether both parts that identify the report have been read completely.
  var isComplete: Bool { hasMetadata && hasPolicy }
  var hasMetadata = false
  var hasPolicy = false

  mutating func begin(namespace: String?, line: Int, _ log: inout WarningLog) {
    head.namespace = namespace.map { BoundedText.head($0, limit: ReportElement.leastByteLimit) }
    if head.namespace != namespace { log.noteCut(.document, line: line) }
  }

  mutating func setExtension(_ bytes: UnsafeBufferPointer<UInt8>, line: Int, _ log: inout WarningLog) {
    hasRFC9990Element = true
    guard head.extensionXML == nil else {
      log.noteRepeated(Repetition(.foreign, bytes.string, line: line))
      return
    }
    head.extensionXML = Self.bounded(bytes, .foreign, line, &log)
  }

  mutating func set(_ element: ReportElement, _ bytes: UnsafeBufferPointer<UInt8>, line: Int, _ log: inout WarningLog) {
    let text = Self.bounded(bytes, element, line, &log)
    guard element == .error || seen.insert(element) else {
      log.noteRepeated(Repetition(element, text, line: line))
      return
    }
    switch element {
    case .version: head.version = text
    case .orgName: head.metadata.orgName = text
    case .email: head.metadata.email = text
    case .extraContactInfo: head.metadata.extraContactInfo = text
    case .reportID: head.metadata.reportID = text
    case .begin: head.metadata.begin = epoch(bytes, "begin", line, &log)
    case .end: head.metadata.end = epoch(bytes, "end", line, &log)
    case .error:
      if head.metadata.errors.count < ReportElement.entryLimit {
        head.metadata.errors.append(text)
      } else {
        log.noteLeftOut(.error, line: line)
      }
    case .generator:
      head.metadata.generator = text
      hasRFC9990Element = true
    default: setPolicy(element, bytes, text, line, &log)
    }
  }

  private static func bounded(
    _ bytes: UnsafeBufferPointer<UInt8>, _ element: ReportElement, _ line: Int, _ log: inout WarningLog
  ) -> String {
    guard bytes.count > element.byteLimit else { return bytes.string }
    log.noteCut(element, line: line)
    let cut =
      element.isDomain
      ? BoundedText.tail(bytes, limit: element.byteLimit) : BoundedText.head(bytes, limit: element.byteLimit)
    return String(decoding: cut, as: UTF8.self)
  }

  private mutating func setPolicy(
    _ element: ReportElement, _ bytes: UnsafeBufferPointer<UInt8>, _ text: String, _ line: Int, _ log: inout WarningLog
  ) {
    func take<Value>(_ reading: Normaliser.Normalised<Value>) -> Value {
      if let code = reading.warning {
        log.add(code, line: line, "\(element) is \"\(BoundedText.plain(text, limit: 200))\"")
      }
      return reading.value
    }
    switch element {
    case .policyDomain: head.policy.domain = text
    case .p: head.policy.p = take(Normaliser.policy(text))
    case .sp: head.policy.sp = take(Normaliser.policy(text))
    case .np: head.policy.np = take(Normaliser.policy(text))
    case .adkim: head.policy.adkim = take(Normaliser.alignmentMode(text))
    case .aspf: head.policy.aspf = take(Normaliser.alignmentMode(text))
    case .fo: head.policy.fo = text
    case .pct: head.policy.pct = number(bytes, "pct", line, &log)
    case .testing:
      head.policy.testing = take(Normaliser.word(text))
      hasRFC9990Element = true
    case .discoveryMethod:
      head.policy.discoveryMethod = take(Normaliser.word(text))
      hasRFC9990Element = true
    default: break
    }
  }

  private func number(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ line: Int, _ log: inout WarningLog
  ) -> Int64? {
    switch LenientNumber(bytes) {
    case .clean(let value): return value
    case .odd(let value):
      log.add(
        .numberNormalised, line: line, "\(name) is \"\(BoundedText.plain(bytes.string, limit: 60))\", read as \(value)")
      return value
    case .none:
      log.add(
        .unknownValue, line: line,
        "\(name) is \"\(BoundedText.plain(bytes.string, limit: 60))\", which is not a valid number")
      return nil
    }
  }

  private func epoch(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ line: Int, _ log: inout WarningLog
  ) -> Int64? {
    switch LenientTimestamp(bytes) {
    case .clean(let value): return value
    case .odd(let value, let form):
      log.add(
        .numberNormalised, line: line,
        "\(name) is \"\(BoundedText.plain(bytes.string, limit: 60))\", read as \(form): \(value)")
      return value
    case .none:
      log.add(
        .unknownValue, line: line,
        "\(name) is \"\(BoundedText.plain(bytes.string, limit: 60))\", which is not a valid time")
      return nil
    }
  }

  /// The head with the detected dialect. `np` alone does not indicate RFC 9990, because reporters send it in RFC 7489 reports too.
  func finished() -> ReportHead {
    var result = head
    if head.namespace == "urn:ietf:params:xml:ns:dmarc-2.0" || hasRFC9990Element || hasRFC9990Value {
      result.dialect = .rfc9990
    } else if head.version != nil || hasRFC7489Identifier {
      result.dialect = .rfc7489
    }
    return result
  }
}
