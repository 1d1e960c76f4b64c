import DMARC

/// Collects the text of each record and converts it to a row of the batch.
///
/// A record is kept as bytes at first. The bytes of its outcome serve as a key; an outcome is decoded only if it is new in the
/// batch, so a typical record does not allocate.
struct RecordAssembler: ~Copyable {
  private var outcomeText = ByteBuffer()
  private var tokens: [Token] = []
  private var rowText = ByteBuffer(capacity: 256)
  private var rowTokens: [Token] = []
  private var rowElements = ReportElementSet()
  /// Logged at the end of the record, because a truncated record is dropped.
  private var repetitions: [Repetition] = []
  private var line = 0

  private let cache: OutcomeCache
  private var outcomeKeys = ByteKeyTable()
  private var outcomeNotes: [OutcomeNote] = []
  /// The lists of the current record that have reached their maximum length.
  private var fullGroups = ReportElementSet()
  private var hasFullGroup = false
  private var groupCounts = (dkim: 0, spf: 0, reason: 0)
  private var foreignBytes = 0
  private var names: NameTable
  private let addresses: AddressTable
  private var envelopeToIsFolded: [Bool] = []
  private var nameCheck = NameCheck()
  /// The policy domain; nil until it is known.
  var organisation: DomainName?
  private var envelopeToKeys = ByteKeyTable()
  private(set) var batch = RecordBatch()

  private(set) var rows = 0
  private(set) var messages: Int64 = 0
  private(set) var droppedRows = 0
  private(set) var usesRFC7489Identifier = false
  private(set) var usesRFC9990Value = false

  /// The largest plausible count of a record. No receiver gets more messages of one kind from one address in a period.
  static let plausibleCount: Int64 = 10_000_000_000

  /// Bytes held for the current record.
  var recordBytes: Int { outcomeText.count + rowText.count }

  /// The warnings that apply to each record with an outcome.
  private struct OutcomeNote {
    var hasWarnings: Bool
    var folded: NameTable.Kinds
    var findings: NameCheck.Findings
    /// The outcome as reported; nil if its names gave no finding.
    var reported: AuthenticationOutcome?
  }

  init(cache: OutcomeCache, limits: Limits, input: InputNames) {
    self.cache = cache
    names = NameTable(limits, input: input)
    addresses = input.addresses
  }

  /// The approximate memory use of the batch in bytes: decoded texts take several times the reported bytes.
  var batchBytes: Int {
    batch.rows.count * MemoryLayout<RecordRow>.stride + (outcomeKeys.keyBytes + envelopeToKeys.keyBytes) * 4
  }

  mutating func begin(line: Int) {
    self.line = line
    outcomeText.removeAll()
    rowText.removeAll()
    tokens.removeAll(keepingCapacity: true)
    rowTokens.removeAll(keepingCapacity: true)
    rowElements = ReportElementSet()
    if !repetitions.isEmpty { repetitions = [] }
    groupCounts = (0, 0, 0)
    foreignBytes = 0
    if hasFullGroup { (fullGroups, hasFullGroup) = (ReportElementSet(), false) }
  }

  mutating func add(_ element: ReportElement, _ bytes: UnsafeBufferPointer<UInt8>, line: Int, _ log: inout WarningLog) {
    if hasFullGroup, let group = element.group, fullGroups.contains(group) { return }
    if bytes.count > ReportElement.leastByteLimit || element == .foreign {
      addLong(element, bytes, line: line, &log)
    } else {
      append(element, bytes, line: line, &log)
    }
  }

  /// Adds a text, truncated if necessary.
  private mutating func addLong(
    _ element: ReportElement, _ bytes: UnsafeBufferPointer<UInt8>, line: Int, _ log: inout WarningLog
  ) {
    let limit = element == .foreign ? element.byteLimit - foreignBytes : element.byteLimit
    if element == .foreign { foreignBytes += min(bytes.count, limit) }
    guard bytes.count > limit else {
      append(element, bytes, line: line, &log)
      return
    }
    log.noteCut(element, line: line)
    guard limit >= BoundedText.leastLimit else { return }
    let cut = element.isDomain ? BoundedText.tail(bytes, limit: limit) : BoundedText.head(bytes, limit: limit)
    cut.withUnsafeBufferPointer { append(element, $0, line: line, &log) }
  }

  private mutating func append(
    _ element: ReportElement, _ bytes: UnsafeBufferPointer<UInt8>, line: Int, _ log: inout WarningLog
  ) {
    switch element {
    case .sourceIP, .count, .envelopeTo:
      guard rowElements.insert(element) else {
        // Nothing is lost if it is empty.
        if !bytes.isEmpty { repetitions.append(Repetition(element, bytes.string, line: line)) }
        return
      }
      rowTokens.append(Token(element: element, offset: rowText.count, length: bytes.count, line: line))
      if let start = bytes.baseAddress { rowText.append(start, count: bytes.count) }
    default:
      // Element and length precede the bytes, so that different records cannot have the same key.
      outcomeText.append(element.rawValue)
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count)) { length in
        for byte in length { outcomeText.append(byte) }
      }
      tokens.append(Token(element: element, offset: outcomeText.count, length: bytes.count, line: line))
      if let start = bytes.baseAddress { outcomeText.append(start, count: bytes.count) }
    }
  }

  mutating func addGroup(_ element: ReportElement, line: Int, _ log: inout WarningLog) {
    let count: Int
    switch element {
    case .dkim:
      groupCounts.dkim += 1
      count = groupCounts.dkim
    case .spf:
      groupCounts.spf += 1
      count = groupCounts.spf
    default:
      groupCounts.reason += 1
      count = groupCounts.reason
    }
    guard count <= ReportElement.entryLimit else {
      _ = fullGroups.insert(element)
      hasFullGroup = true
      log.noteLeftOut(element, line: line)
      return
    }
    append(element, UnsafeBufferPointer(start: nil, count: 0), line: line, &log)
  }

  mutating func end(_ log: inout WarningLog) {
    for repetition in repetitions { log.noteRepeated(repetition) }
    guard let source = readSource(&log), let count = readCount(&log) else {
      droppedRows += 1
      return
    }
    let envelopeTo = internEnvelopeTo()
    let outcome = internOutcome(&log)
    let bounded = addresses.bounded(source)
    if bounded != source { names.count(.address) }
    batch.rows.append(RecordRow(source: bounded, messages: count, outcome: outcome, envelopeTo: envelopeTo))
    rows += 1
    messages += count
  }

  mutating func takeBatch() -> RecordBatch {
    var taken = batch
    taken.textBytes = outcomeKeys.keyBytes + envelopeToKeys.keyBytes
    batch = RecordBatch()
    batch.rows.reserveCapacity(taken.rows.count)
    outcomeKeys.removeAll()
    outcomeNotes.removeAll(keepingCapacity: true)
    envelopeToIsFolded.removeAll(keepingCapacity: true)
    envelopeToKeys.removeAll()
    return taken
  }

  private func text(of token: Token) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: rowText.bytes[token.offset..<token.offset + token.length])
  }

  private func rowToken(_ element: ReportElement) -> Token? { rowTokens.first { $0.element == element } }

  /// One warning for each kind of name that exceeded its limit.
  var foldWarnings: [ReportWarning] { names.warnings }

  /// One warning for each kind of finding about names.
  func nameWarnings(policyDomain: String?) -> [ReportWarning] { nameCheck.warnings(policyDomain: policyDomain) }

  /// The text of the current record, for the warning about leaving it out.
  private var rawText: String {
    let parts =
      rowTokens.map { ($0.element, text(of: $0).string) }
      + tokens.map { token in
        (
          token.element,
          UnsafeBufferPointer(rebasing: outcomeText.bytes[token.offset..<token.offset + token.length]).string
        )
      }
    let texts = parts.filter { $0.0.holdsText && !$0.1.isEmpty }.map { "\($0)=\(BoundedText.plain($1, limit: 80))" }
    return BoundedText.plain(texts.joined(separator: " "), limit: 400)
  }

  private func readSource(_ log: inout WarningLog) -> IPAddress? {
    guard let token = rowToken(.sourceIP) else {
      log.add(.rowDropped, line: line, "record without source_ip was left out: \(rawText)")
      return nil
    }
    let bytes = text(of: token)
    switch LenientAddress(bytes) {
    case .clean(let address): return address
    case .odd(let address):
      log.add(
        .addressNormalised, line: token.line,
        "source_ip is \"\(BoundedText.plain(bytes.string, limit: 200))\", read as \(address)")
      return address
    case .none:
      let raw = BoundedText.plain(bytes.string, limit: 200)
      log.add(
        .rowDropped, line: token.line,
        "record was left out because source_ip \"\(raw)\" is not a valid IP address: \(rawText)")
      return nil
    }
  }

  private func readCount(_ log: inout WarningLog) -> Int64? {
    guard let token = rowToken(.count) else {
      log.add(.rowDropped, line: line, "record without count was left out: \(rawText)")
      return nil
    }
    let bytes = text(of: token)
    var isOdd = false
    let value: Int64
    switch LenientNumber(bytes) {
    case .clean(let number): value = number
    case .odd(let number):
      value = number
      isOdd = true
    case .none:
      let raw = BoundedText.plain(bytes.string, limit: 200)
      log.add(
        .rowDropped, line: token.line,
        "record was left out because count \"\(raw)\" is not a valid number: \(rawText)")
      return nil
    }
    guard (1...Self.plausibleCount).contains(value) else {
      log.add(
        .countNotBelieved, line: token.line,
        "count is \"\(BoundedText.plain(bytes.string, limit: 60))\"; counted as 0 messages")
      return 0
    }
    if isOdd {
      log.add(
        .numberNormalised, line: token.line,
        "count is \"\(BoundedText.plain(bytes.string, limit: 60))\", read as \(value)")
    }
    return value
  }

  private mutating func internEnvelopeTo() -> Int? {
    guard let token = rowToken(.envelopeTo) else { return nil }
    usesRFC7489Identifier = true
    let bytes = text(of: token)
    let (number, isNew) = envelopeToKeys.number(of: bytes)
    if bytes.count > 63, NameCheck.isTooLong(bytes.string) { nameCheck.countRecipient(bytes.string, line: line) }
    if isNew {
      let name = bytes.string
      let bounded = names.boundedRecipient(name)
      envelopeToIsFolded.append(bounded == nil)
      batch.envelopeTos.append(bounded ?? "")
    }
    guard !envelopeToIsFolded[number] else {
      names.count(.recipientDomain)
      return nil
    }
    return number
  }

  private mutating func internOutcome(_ log: inout WarningLog) -> Int {
    let (number, isNew) = outcomeKeys.number(of: outcomeText.bytes)
    if isNew {
      let (outcome, hasWarnings) = cache.outcome(of: outcomeText.bytes) { decode(&log) }
      let key = ByteKeyTable.hash(outcomeText.bytes)
      let (bounded, folded) = names.bounded(outcome, key: key, organisation: organisation)
      let findings = NameCheck.findings(outcome, organisation: organisation)
      outcomeNotes.append(
        OutcomeNote(
          hasWarnings: hasWarnings, folded: folded, findings: findings, reported: findings.isEmpty ? nil : outcome))
      batch.outcomes.append(bounded)
      noteDialect(outcome)
    } else if outcomeNotes[number].hasWarnings {
      _ = decode(&log)
    }
    if !outcomeNotes[number].folded.isEmpty { names.count(outcomeNotes[number].folded) }
    if let reported = outcomeNotes[number].reported {
      nameCheck.count(outcomeNotes[number].findings, reported, line: line)
    }
    return number
  }

  private func decode(_ log: inout WarningLog) -> (outcome: AuthenticationOutcome, hasWarnings: Bool) {
    let decoder = OutcomeDecoder(tokens, text: outcomeText.bytes)
    for warning in decoder.warnings { log.add(warning.code, line: warning.line, warning.message) }
    for repetition in decoder.repetitions { log.noteRepeated(repetition) }
    return (decoder.outcome, !decoder.warnings.isEmpty || !decoder.repetitions.isEmpty)
  }

  private mutating func noteDialect(_ outcome: AuthenticationOutcome) {
    if outcome.envelopeFrom != nil || outcome.spf.contains(where: { $0.scope != nil }) { usesRFC7489Identifier = true }
    if outcome.disposition == .pass || outcome.reasons.contains(where: { $0.type == .policyTestMode }) {
      usesRFC9990Value = true
    }
  }
}
