import DMARC

/// Gathers the text of one record after another and turns it into rows of a batch.
///
/// A record is first only bytes. Those of its outcome are looked up whole; only an outcome that the batch has not met is decoded
/// into strings and values, so that a usual record allocates nothing.
struct RecordAssembler: ~Copyable {
  private var outcomeText = ByteBuffer()
  private var tokens: [Token] = []
  private var rowText = ByteBuffer(capacity: 256)
  private var rowTokens: [Token] = []
  private var line = 0

  private let cache: OutcomeCache
  private var outcomeKeys = ByteKeyTable()
  private var outcomeHasWarnings: [Bool] = []
  private var envelopeToKeys = ByteKeyTable()
  private(set) var batch = RecordBatch()

  private(set) var rows = 0
  private(set) var messages: Int64 = 0
  private(set) var droppedRows = 0
  private(set) var usesRFC7489Identifier = false
  private(set) var usesRFC9990Value = false

  /// Counts above this are not believed: no receiver sees as many messages of one kind from one address in a period.
  static let plausibleCount: Int64 = 10_000_000_000

  /// Bytes held for the record at hand.
  var recordBytes: Int { outcomeText.count + rowText.count }

  init(cache: OutcomeCache) { self.cache = cache }

  mutating func begin(line: Int) {
    self.line = line
    outcomeText.removeAll()
    rowText.removeAll()
    tokens.removeAll(keepingCapacity: true)
    rowTokens.removeAll(keepingCapacity: true)
  }

  mutating func add(_ place: Place, _ bytes: UnsafeBufferPointer<UInt8>, line: Int) {
    switch place {
    case .sourceIP, .count, .envelopeTo:
      rowTokens.append(Token(place: place, offset: rowText.count, length: bytes.count, line: line))
      if let start = bytes.baseAddress { rowText.append(start, count: bytes.count) }
    default:
      // Place and length stand before the bytes, so that no two different records can give the same key.
      outcomeText.append(place.rawValue)
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count)) { length in
        for byte in length { outcomeText.append(byte) }
      }
      tokens.append(Token(place: place, offset: outcomeText.count, length: bytes.count, line: line))
      if let start = bytes.baseAddress { outcomeText.append(start, count: bytes.count) }
    }
  }

  mutating func addGroup(_ place: Place, line: Int) {
    add(place, UnsafeBufferPointer(start: nil, count: 0), line: line)
  }

  mutating func end(_ log: inout WarningLog) {
    guard let source = readSource(&log), let count = readCount(&log) else {
      droppedRows += 1
      return
    }
    let envelopeTo = internEnvelopeTo()
    let outcome = internOutcome(&log)
    batch.rows.append(RecordRow(source: source, messages: count, outcome: outcome, envelopeTo: envelopeTo))
    rows += 1
    messages += count
  }

  mutating func takeBatch() -> RecordBatch {
    let taken = batch
    batch = RecordBatch()
    batch.rows.reserveCapacity(taken.rows.count)
    outcomeKeys.removeAll()
    outcomeHasWarnings.removeAll(keepingCapacity: true)
    envelopeToKeys.removeAll()
    return taken
  }

  private func text(of token: Token) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: rowText.bytes[token.offset..<token.offset + token.length])
  }

  private func rowToken(_ place: Place) -> Token? { rowTokens.first { $0.place == place } }

  /// What the record at hand says, for a person who wants to know what was left out.
  private var rawText: String {
    let parts =
      rowTokens.map { ($0.place, text(of: $0).string) }
      + tokens.map { token in
        (
          token.place,
          UnsafeBufferPointer(rebasing: outcomeText.bytes[token.offset..<token.offset + token.length]).string
        )
      }
    let texts = parts.filter { $0.0.holdsText && !$0.1.isEmpty }.map { "\($0)=\($1.prefix(80))" }
    return String(texts.joined(separator: " ").prefix(400))
  }

  private func readSource(_ log: inout WarningLog) -> IPAddress? {
    guard let token = rowToken(.sourceIP) else {
      log.add(.rowDropped, line: line, "record without source_ip was left out: \(rawText)")
      return nil
    }
    let bytes = text(of: token)
    switch AddressReading(bytes) {
    case .clean(let address): return address
    case .odd(let address):
      log.add(.addressNormalised, line: token.line, "source_ip is \"\(bytes.string)\", read as \(address)")
      return address
    case .none:
      let raw = bytes.string.prefix(200)
      log.add(
        .rowDropped, line: token.line,
        "record with source_ip \"\(raw)\", which is no address, was left out: \(rawText)")
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
    switch NumberReading(bytes) {
    case .clean(let number): value = number
    case .odd(let number):
      value = number
      isOdd = true
    case .none:
      let raw = bytes.string.prefix(200)
      log.add(
        .rowDropped, line: token.line,
        "record with count \"\(raw)\", which is no number, was left out: \(rawText)")
      return nil
    }
    guard (1...Self.plausibleCount).contains(value) else {
      log.add(.countNotBelieved, line: token.line, "count is \"\(bytes.string.prefix(60))\"; counted as 0 messages")
      return 0
    }
    if isOdd {
      log.add(.numberNormalised, line: token.line, "count is \"\(bytes.string.prefix(60))\", read as \(value)")
    }
    return value
  }

  private mutating func internEnvelopeTo() -> Int? {
    guard let token = rowToken(.envelopeTo) else { return nil }
    usesRFC7489Identifier = true
    let bytes = text(of: token)
    let (number, isNew) = envelopeToKeys.number(of: bytes)
    if isNew { batch.envelopeTos.append(bytes.string) }
    return number
  }

  private mutating func internOutcome(_ log: inout WarningLog) -> Int {
    let (number, isNew) = outcomeKeys.number(of: outcomeText.bytes)
    if isNew {
      let (outcome, hasWarnings) = cache.outcome(of: outcomeText.bytes) { decode(&log) }
      outcomeHasWarnings.append(hasWarnings)
      batch.outcomes.append(outcome)
      noteDialect(outcome)
    } else if outcomeHasWarnings[number] {
      _ = decode(&log)
    }
    return number
  }

  private func decode(_ log: inout WarningLog) -> (outcome: AuthenticationOutcome, hasWarnings: Bool) {
    let decoder = OutcomeDecoder(tokens, text: outcomeText.bytes)
    for warning in decoder.warnings { log.add(warning.code, line: warning.line, warning.message) }
    return (decoder.outcome, !decoder.warnings.isEmpty)
  }

  private mutating func noteDialect(_ outcome: AuthenticationOutcome) {
    if outcome.envelopeFrom != nil || outcome.spf.contains(where: { $0.scope != nil }) { usesRFC7489Identifier = true }
    if outcome.disposition == .pass || outcome.reasons.contains(where: { $0.type == .policyTestMode }) {
      usesRFC9990Value = true
    }
  }
}
