import DMARC
import GRDB

/// What the messages of lines of `unknown-senders` and of their pools have in common, collected in one pass over the roll-ups.
struct LineDetails {
  private let reader: SumReader
  private var lines: [Line] = []

  private struct Line {
    var pool: SenderPool?
    var sum = PeriodSum()
    var passed: Int64 = 0
    var blocked: Int64 = 0
    var domains: Set<Int64> = []
    var outcomes: Set<Int64> = []
    var verdicts: Set<FlowKind> = []
    var parts: [Part: Int64] = [:]
  }

  private struct Part: Hashable {
    var outcome: Int64
    var verdict: String
  }

  /// The most outcomes of a pool that a proposal takes into account.
  private static let mostParts = 200

  init(_ reader: SumReader) { self.reader = reader }

  /// Reads the messages that need review of some lines, each with the pool that a declaration would be about.
  mutating func read(_ wanted: [(line: SenderPool, pool: SenderPool?)]) throws {
    lines = wanted.map { Line(pool: $0.pool) }
    var lineOfSource: [Int64: Int] = [:]
    var poolsOfSource: [Int64: [Int]] = [:]
    for (index, entry) in wanted.enumerated() {
      for source in entry.line.sources { lineOfSource[source.id] = index }
      for source in entry.pool?.sources ?? [] { poolsOfSource[source.id, default: []].append(index) }
    }
    let sources = Set(lineOfSource.keys).union(poolsOfSource.keys)
    try reader.forEachSum(ofSources: sources, where: \.isUnknownIP) { flow in
      if let index = lineOfSource[flow.source] { Self.add(flow, &lines[index]) }
      for index in poolsOfSource[flow.source] ?? [] {
        let part = Part(outcome: flow.outcome, verdict: flow.kind.verdict)
        lines[index].parts[part, default: 0].addClamped(flow.sum.messages)
      }
    }
  }

  private static func add(_ flow: FlowSum, _ line: inout Line) {
    line.sum.add(flow.sum)
    if flow.kind.passesDMARC { line.passed.addClamped(flow.sum.messages) }
    if flow.kind.isBlocked { line.blocked.addClamped(flow.sum.messages) }
    line.domains.insert(flow.domain)
    line.outcomes.insert(flow.outcome)
    line.verdicts.insert(flow.kind)
  }

  /// A line as an answer.
  func sender(_ index: Int, _ line: SenderPool, _ threat: Double) throws -> UnknownSender {
    let details = lines[index]
    let texts = try OutcomeTexts(details.outcomes, reader.outcomeTexts)
    // A threat is a sum of a few logarithms of counts.
    var sender = UnknownSender(
      source: line.name, form: line.form, addresses: Int64(line.sources.count),
      networks: Int64(Set(line.sources.map(\.network)).count), address: line.largest,
      threat: Int64(threat.rounded()), isSteady: line.sources.contains(where: \.isSteady),
      messages: details.sum.messages, passed: details.passed, blocked: details.blocked,
      reporters: Int64(details.sum.reporters.count), policyDomains: try names(details.domains),
      headerFroms: texts.headerFroms, spf: try texts.spf.flatMap(OutcomeColumns.spf),
      verdicts: Set(details.verdicts.map { "\($0.verdict)/\($0.subtype)" }).sorted(),
      hosts: Set(line.sources.compactMap(\.host)).sorted(),
      days: Int64(details.sum.days.count),
      firstDay: CalendarDay(number: line.sources.map(\.firstDay).min() ?? 0),
      lastDay: CalendarDay(number: line.sources.map(\.lastDay).max() ?? 0), pool: try pool(index))
    sender.rank = threat
    return sender
  }

  private func names(_ domains: Set<Int64>) throws -> [String] {
    let request: SQLRequest<String> = "SELECT name FROM domain WHERE id IN \(SQL.list(domains))"
    return try request.fetchAll(reader.db).sorted()
  }

  /// The pool of a line.
  func pool(_ index: Int) throws -> UnknownSender.Pool {
    guard let pool = lines[index].pool else { return UnknownSender.Pool(sources: [], parts: []) }
    let flows = FlowStore(reader.db)
    let largest = lines[index].parts
      .sorted { ($1.value, $0.key.outcome, $0.key.verdict) < ($0.value, $1.key.outcome, $1.key.verdict) }
      .prefix(Self.mostParts)
    return UnknownSender.Pool(
      sources: pool.sources.map { UnknownSender.Pool.Source(address: $0.address, host: $0.host) },
      parts: try largest.map { part, messages in
        UnknownSender.Pool.Part(
          outcome: try flows.outcome(part.outcome), verdict: part.verdict, messages: messages)
      })
  }
}
