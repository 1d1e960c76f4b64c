import DMARC
import GRDB

/// Groups forwarded messages by forwarder, in two passes over the roll-ups: the first ranks all forwarders, the second collects the details
/// of those that are shown.
struct Forwarders {
  private let reader: SumReader
  private let verdicts: Set<String>
  private let organisation: (DomainName) -> DomainName?
  /// The operators of sources; nil to group by forwarder.
  private var operators: SourceOperators?
  private let hosts: [Int64: String]
  private let readSPF, readSource, readHost: RawStatement
  private var names: [String] = []
  private var numbers: [String: Int] = [:]
  /// By outcome: the forwarder for whose domain SPF passed; -1 if for none.
  private var ofOutcome = RowNumbers()
  private var ofSource: [Int64: Int] = [:]
  /// Decoded SPF results: many outcomes share a few.
  private var lists = StoredLists(OutcomeColumns.spf)

  /// - Parameter naming: the names of sources, to group by operator; nil to group by forwarder.
  init(
    _ reader: SumReader, _ verdicts: Set<String>, _ organisation: @escaping (DomainName) -> DomainName?,
    naming: SourceNaming?
  ) throws {
    self.reader = reader
    self.verdicts = verdicts
    self.organisation = organisation
    operators = try naming.map { try SourceOperators($0, flowsOf: reader) }
    hosts = try reader.hosts()
    readSPF = try RawStatement(
      reader.db,
      """
      SELECT spf_results, domain.name FROM outcome LEFT JOIN domain ON domain.id = header_from_id
      WHERE outcome.id = ?
      """)
    readSource = try RawStatement(reader.db, "SELECT text FROM source WHERE id = ?")
    readHost = try RawStatement(
      reader.db,
      """
      SELECT address, host FROM source LEFT JOIN source_host ON source_host.source_id = source.id WHERE source.id = ?
      """)
  }

  private func isForwarded(_ kind: FlowKind) -> Bool { verdicts.contains(kind.verdict) && !kind.isSPFAligned }

  /// The forwarders, the one with the most messages first, and the number of those after them.
  mutating func summaries(
    limit: Int?, after: (messages: Int64, forwarder: String)?
  ) throws -> (lines: [ForwarderSummary], omitted: Int) {
    var sums: [Int: Int64] = [:]
    try reader.forEachFlow(where: isForwarded) { row in
      if let messages = row.messages { sums[try forwarder(of: row), default: 0].addClamped(messages) }
    }
    let ranked = sums.sorted { ($1.value, name($0.key)) < ($0.value, name($1.key)) }
      .drop { sum in after.map { ($0.messages, name(sum.key)) <= (sum.value, $0.forwarder) } ?? false }
    let shown = ranked.prefix(limit ?? ranked.count).map(\.key)
    let places = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
    var details = shown.map { ForwarderDetails(name($0), namedBy: operators?.bases($0) ?? []) }
    try reader.forEachFlow(where: isForwarded) { row in
      guard let place = places[try forwarder(of: row)] else { return }
      try details[place].add(row, reader)
    }
    return (try details.map { try $0.summary(reader) }, ranked.count - shown.count)
  }

  /// The domain for which SPF passed, unless it belongs to the sender's own organisation; otherwise the organisation of
  /// the host name, or else the address.
  private mutating func forwarder(of row: SumReader.SumRow) throws -> Int {
    if operators != nil { return try operatorNumber(of: row) }
    let outcome = row.outcome
    var known = ofOutcome[outcome]
    if known == nil {
      readSPF.bind(outcome, at: 1)
      let read = try readSPF.first { (results: $0.text(at: 0) ?? "[]", from: $0.text(at: 1)) }
      let author = read?.from.flatMap(DomainName.init).map { organisation($0) ?? $0 }
      func isOwn(_ domain: String) -> Bool {
        author != nil && DomainName(domain).map { organisation($0) ?? $0 } == author
      }
      let domain = try lists.list(read?.results ?? "[]").lazy.filter { $0.result == .pass }.compactMap(\.domain)
        .first { !$0.isEmpty && !isOwn($0) }
      known = domain.map { number(of: $0) } ?? -1
      ofOutcome[outcome] = known
    }
    if let known, known >= 0 { return known }
    let source = row.source
    if let known = ofSource[source] { return known }
    let forwarder: Int
    if let host = hosts[source].flatMap(DomainName.init).flatMap(organisation) {
      forwarder = number(of: host.name)
    } else {
      readSource.bind(source, at: 1)
      forwarder = number(of: try readSource.first { $0.text(at: 0) ?? "" } ?? "")
    }
    ofSource[source] = forwarder
    return forwarder
  }

  private mutating func operatorNumber(of row: SumReader.SumRow) throws -> Int {
    if let known = operators?.number(ofFlow: row.flow, source: row.source) { return known }
    readHost.bind(row.source, at: 1)
    let found = try readHost.first { (address: $0.address(at: 0), host: $0.text(at: 1)) }
    guard let found, let address = found.address else {
      throw StoreError("a source address in the database is not valid", remedy: .checkDatabase)
    }
    operators?.name(row.source, address, found.host)
    return operators?.number(ofFlow: row.flow, source: row.source) ?? 0
  }

  private func name(_ number: Int) -> String { operators?.names[number] ?? names[number] }

  private mutating func number(of name: String) -> Int {
    if let known = numbers[name] { return known }
    numbers[name] = names.count
    names.append(name)
    return names.count - 1
  }
}

/// What is known about a forwarder. Texts are looked up once for each outcome and source.
private struct ForwarderDetails {
  private let name: String
  private let namedBy: [String]
  private var messages: Int64 = 0
  private var dkimSurvived: Int64 = 0
  private var verdicts: Set<String> = []
  private var confidences: Set<String> = []
  private var sources: Set<Int64> = []
  private var reporters = ReporterSet()
  private var range = DayRange()
  /// Messages by outcome, and whether DKIM was aligned.
  private var outcomes: [Int64: (messages: Int64, isDKIMAligned: Bool)] = [:]

  init(_ name: String, namedBy: [String]) { (self.name, self.namedBy) = (name, namedBy) }

  mutating func add(_ row: SumReader.SumRow, _ reader: SumReader) throws {
    let sum = row.sum
    guard sum.rows > 0 else { return }
    messages.addClamped(sum.messages)
    if row.kind.isDKIMAligned { dkimSurvived.addClamped(sum.messages) }
    verdicts.insert(row.kind.verdict)
    confidences.insert(row.kind.confidence)
    sources.insert(row.source)
    reporters.formUnion(sum.reporters)
    range.formUnion(sum.range)
    let known = outcomes[row.outcome]?.messages ?? 0
    outcomes[row.outcome] = (known.addingClamped(sum.messages), row.kind.isDKIMAligned)
  }

  func summary(_ reader: SumReader) throws -> ForwarderSummary {
    var (attested, envelopeKept) = (Int64(0), Int64(0))
    var (froms, selectors): (Set<String>, Set<String>) = ([], [])
    let statement = try reader.db.cachedStatement(
      sql: """
        SELECT domain.name, spf_results, dkim_results, reasons FROM outcome LEFT JOIN domain ON domain.id = header_from_id
        WHERE outcome.id = ?
        """)
    for (outcome, sum) in outcomes {
      guard let row = try Row.fetchOne(statement, arguments: [outcome]) else { continue }
      let from: String? = row[0]
      if let from { froms.insert(from) }
      let spf = try OutcomeColumns.spf(row[1])
      if try Attestation(OutcomeColumns.reasons(row[3])) != nil { attested.addClamped(sum.messages) }
      if spf.contains(where: { [.fail, .softfail, .neutral].contains($0.result) && $0.domain == from }) {
        envelopeKept.addClamped(sum.messages)
      }
      guard sum.isDKIMAligned else { continue }
      for signature in try OutcomeColumns.dkim(row[2]) where signature.result == .pass {
        selectors.insert("\(signature.domain ?? "")/\(signature.selector ?? "")")
      }
    }
    return ForwarderSummary(
      forwarder: name, messages: messages, dkimSurvived: dkimSurvived, attested: attested, envelopeKept: envelopeKept,
      verdicts: verdicts.sorted(), confidences: confidences.sorted(), headerFroms: froms.sorted(),
      selectors: selectors.sorted(), sources: try reader.texts(ofSources: sources),
      reporters: try reader.names(reporters), firstDay: CalendarDay(number: range.first),
      lastDay: CalendarDay(number: range.last), namedBy: namedBy)
  }
}

extension SumReader {
  /// Source addresses as text, sorted as text.
  func texts(ofSources sources: Set<Int64>) throws -> [String] {
    let statement = try db.cachedStatement(sql: "SELECT text FROM source WHERE id = ?")
    return try sources.compactMap { try String.fetchOne(statement, arguments: [$0]) }.sorted()
  }
}
