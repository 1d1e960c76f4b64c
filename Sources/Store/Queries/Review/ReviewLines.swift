import DMARC
import GRDB

/// The rows of a review: one for each policy domain, source and outcome, or campaign.
struct ReviewLines {
  private let reader: SumReader
  private let before: SumReader?
  private let question: ReviewQuestion
  private let addresses: ReviewAddresses
  private let folding: ReviewFolding
  private let acknowledgements: [AcknowledgedSource]
  private let severities: [String: Int64]
  private let flows: ReviewFlows

  private struct Key: Hashable {
    var source, outcome: Int64
  }

  init(_ db: Database, _ question: ReviewQuestion) throws {
    self.question = question
    reader = try SumReader(db, question.filter)
    before = try question.filter.before.map { try SumReader(db, $0) }
    addresses = try ReviewAddresses(db)
    folding = try ReviewFolding(db, question, addresses)
    acknowledgements = try ReportDatabase.acknowledgements(db)
    severities = Dictionary(
      question.severities.map { ("\($0.verdict)/\($0.subtype)", $0.severity) }, uniquingKeysWith: { first, _ in first })
    flows = try ReviewFlows(db)
  }

  /// Lines that are kept between the decisions and the rest, so that they are read once.
  private static let maximumKept = 20_000

  /// Calls `body` with each row: first those that somebody must decide about, then the others; each by policy domain, failing rows first,
  /// then by messages. Memory grows with the largest policy domain only.
  func forEach(_ body: (ExportRow) throws -> Void) throws {
    var rest = question.filter.limit ?? .max
    let request: SQLRequest<Row> = """
      SELECT id, name FROM domain WHERE id IN (SELECT domain_id FROM policy) AND \(question.filter.nameCondition) ORDER BY name
      """
    let domains = try request.fetchAll(reader.db).map { (id: $0[0] as Int64, name: $0[1] as String) }
    var kept: [Int64: ArraySlice<ReviewLine>] = [:]
    var keptCount = 0
    func print(_ lines: ArraySlice<ReviewLine>, _ domain: String) throws {
      for line in lines.prefix(rest) { try body(try row(line, domain)) }
      rest -= min(rest, lines.count)
    }
    for domain in domains where rest > 0 {
      let lines = try lines(ofDomain: domain.id)
      let split = lines.firstIndex { !$0.isDecision } ?? lines.endIndex
      try print(lines[..<split], domain.name)
      if keptCount + lines.count - split <= Self.maximumKept {
        keptCount += lines.count - split
        kept[domain.id] = lines[split...]
      }
    }
    for domain in domains where rest > 0 {
      let others = try kept[domain.id] ?? lines(ofDomain: domain.id).drop { $0.isDecision }
      try print(others, domain.name)
    }
  }

  /// The lines of a policy domain, in order.
  private func lines(ofDomain domain: Int64) throws -> [ReviewLine] {
    var byKey: [Key: ReviewLine] = [:]
    try reader.forEachFlow(ofDomain: domain) { row in
      let sum = row.sum
      guard sum.rows > 0 else { return }
      let key = Key(source: row.source, outcome: row.outcome)
      guard var line = byKey[key] else {
        byKey[key] = ReviewLine(
          source: row.source, outcome: row.outcome, flow: row.flow, sum: sum, kind: row.kind,
          isUnknownIP: row.kind.isUnknownIP)
        return
      }
      line.sum.add(sum)
      line.isUnknownIP = line.isUnknownIP || row.kind.isUnknownIP
      line.flow = max(line.flow, row.flow)
      byKey[key] = line
    }
    var lines = try decided(Array(byKey.values))
    if let before, let comparison = try ReviewComparison(before, ofDomain: domain, addresses) {
      for index in lines.indices { try comparison.compare(&lines[index]) }
    }
    if question.isFolded { lines = try folding.fold(lines) }
    return try sorted(lines)
  }

  /// The lines, with what somebody must decide about marked.
  private func decided(_ lines: [ReviewLine]) throws -> [ReviewLine] {
    try lines.map { line in
      guard line.isUnknownIP || question.decisions.contains(line.kind.verdict) else { return line }
      var line = line
      line.isDecision = try !isAcknowledged(line)
      return line
    }
  }

  private func isAcknowledged(_ line: ReviewLine) throws -> Bool {
    guard !acknowledgements.isEmpty, let address = try addresses.address(of: line.source) else { return false }
    let host = try addresses.host(of: line.source)?.name
    let severity = severities["\(line.kind.verdict)/\(line.kind.subtype)"] ?? 0
    return acknowledgements.contains { severity <= $0.severity && $0.subject.contains(address, host: host) }
  }

  private func sorted(_ lines: [ReviewLine]) throws -> [ReviewLine] {
    let texts = try RawStatement(reader.db, "SELECT text FROM source WHERE id = ?")
    let named = try lines.map { line -> (line: ReviewLine, source: String) in
      texts.bind(line.source, at: 1)
      return (line, try texts.first { $0.text(at: 0) ?? "" } ?? "")
    }
    return named.sorted { one, other in
      if one.line.isDecision != other.line.isDecision { return one.line.isDecision }
      if one.line.kind.passesDMARC != other.line.kind.passesDMARC { return other.line.kind.passesDMARC }
      return (other.line.sum.messages, one.source, one.line.outcome)
        < (one.line.sum.messages, other.source, other.line.outcome)
    }.map(\.line)
  }

  private func row(_ line: ReviewLine, _ domain: String) throws -> ExportRow {
    let flow = try flows.flow(line.flow)
    let others = try line.folded.dropFirst().prefix(ExportRow.maximumOutcomes - 1).map { try flows.flow($0.flow) }
    let sources = Set(line.folded.map(\.source))
    let networks = try Set(sources.map { try addresses.network(of: $0) })
    let dispositions = Set(line.folded.map(\.kind.disposition)).subtracting([line.kind.disposition, ""])
    return ExportRow(
      policyDomain: domain, source: flow.source, addresses: Int64(max(sources.count, 1)),
      networks: Int64(max(networks.count, 1)), messages: line.sum.messages, passedDMARC: line.kind.passesDMARC,
      dkimAligned: flow.isDKIMAligned, spfAligned: flow.isSPFAligned, disposition: flow.disposition,
      verdict: flow.verdict, subtype: flow.subtype, confidence: flow.confidence, unknownIP: line.isUnknownIP,
      knownSender: flow.knownSender, headerFrom: flow.outcome.headerFrom, envelopeFrom: flow.outcome.envelopeFrom,
      reporters: Int64(line.sum.reporters.count), firstDay: CalendarDay(number: line.sum.range.first),
      lastDay: CalendarDay(number: line.sum.range.last), issues: flow.issues, outcome: flow.outcome,
      otherOutcomes: others.map(\.outcome), otherDispositions: dispositions.sorted(), isDecision: line.isDecision,
      messagesBefore: line.messagesBefore, change: line.change)
  }
}
