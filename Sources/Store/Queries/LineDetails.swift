import DMARC
import GRDB

/// What the messages of lines of `unknown-senders` and of their pools have in common, collected in one pass over the roll-ups.
struct LineDetails {
  private let reader: SumReader
  private let sources: FlaggedSources
  private let flows: FlowStore
  private let readDomain: RawStatement
  private let haveHosts: Bool
  private var lines: [Line] = []

  /// The pool that a declaration of a line would be about.
  enum Pool {
    /// There is none.
    case none
    /// The sources of the line.
    case line
    /// The sources at these places.
    case other([Int])
  }

  /// A line: the places of its sources, and its pool.
  struct Wanted {
    var line: [Int]
    var pool: Pool
  }

  fileprivate struct Line {
    var pool: [Int]
    var isOwnPool: Bool
    var sum = PeriodSum()
    var messagesByKind = KindSums()
    var domains = RowSet()
    var outcomes = RowSet()
    var parts: [Part: Int64] = [:]
  }

  fileprivate struct Part: Hashable {
    var outcome: Int64
    /// Row id of the kind of flow.
    var kind: Int64
  }

  /// The most outcomes of a pool that a proposal takes into account.
  private static let mostParts = 200

  init(_ reader: SumReader, _ sources: FlaggedSources) throws {
    self.reader = reader
    self.sources = sources
    flows = FlowStore(reader.db)
    readDomain = try RawStatement(reader.db, "SELECT name FROM domain WHERE id = ?")
    haveHosts = try reader.haveHosts()
  }

  /// Reads the messages that need review of some lines.
  mutating func read(_ wanted: [Wanted]) throws {
    var lineOfSource = RowNumbers()
    var poolsOfSource: [Int64: [Int]] = [:]
    var few: Set<Int64>? = []
    func note(_ id: Int64) {
      few?.insert(id)
      if few?.count ?? 0 > SumReader.fewSources { few = nil }
    }
    for (index, entry) in wanted.enumerated() {
      var line = Line(pool: [], isOwnPool: false)
      for place in entry.line {
        lineOfSource[sources.ids[place]] = index
        note(sources.ids[place])
      }
      switch entry.pool {
      case .none: break
      case .line: (line.pool, line.isOwnPool) = (entry.line, true)
      case .other(let places):
        line.pool = places
        for place in places {
          poolsOfSource[sources.ids[place], default: []].append(index)
          note(sources.ids[place])
        }
      }
      lines.append(line)
    }
    func add(_ kind: Int64, _ domain: Int64, _ source: Int64, _ outcome: Int64, _ sum: PeriodSum) {
      let part = Part(outcome: outcome, kind: kind)
      if let index = lineOfSource[source] {
        lines[index].add(kind, domain, outcome, sum)
        if lines[index].isOwnPool { lines[index].parts[part, default: 0].addClamped(sum.messages) }
      }
      guard !poolsOfSource.isEmpty else { return }
      for index in poolsOfSource[source] ?? [] { lines[index].parts[part, default: 0].addClamped(sum.messages) }
    }
    if let few {
      try reader.forEachSum(ofSources: few, where: \.isUnknownIP) {
        add($0.kindID, $0.domain, $0.source, $0.outcome, $0.sum)
      }
      return
    }
    try reader.forEachFlow(where: \.isUnknownIP) { row in
      let source = row.source
      guard lineOfSource[source] != nil || poolsOfSource[source] != nil else { return }
      let sum = row.sum
      if sum.rows > 0 { add(row.kindID, row.domain, source, row.outcome, sum) }
    }
  }

  /// A line as an answer.
  func sender(
    _ index: Int, _ line: LineRanking.Line, _ pools: SenderPools, _ names: SenderNames, _ first: SourceFirstDays
  ) throws -> UnknownSender {
    let details = lines[index]
    let texts = try OutcomeTexts(details.outcomes, reader.outcomeTexts)
    let kinds = details.messagesByKind.all.compactMap { id, messages in
      reader.kinds.byID[id].map { (kind: $0, messages: messages) }
    }
    let places = pools.members(line.pool)
    let place = try names.place(line.pool, line.threat)
    // A threat is a sum of a few logarithms of counts.
    var sender = UnknownSender(
      source: place.source, form: line.pool.form, addresses: Int64(places.count),
      networks: Int64(pools.networks(line.pool)), address: place.address, threat: Int64(line.threat.rounded()),
      isSteady: places.contains(where: sources.isSteady), messages: details.sum.messages,
      passed: Self.sum(kinds) { $0.passesDMARC }, blocked: Self.sum(kinds) { $0.isBlocked },
      reporters: Int64(details.sum.reporters.count), policyDomains: try domainNames(details.domains),
      headerFroms: texts.headerFroms, spf: try texts.spf.flatMap(OutcomeColumns.spf),
      verdicts: Set(kinds.map { "\($0.kind.verdict)/\($0.kind.subtype)" }).sorted(),
      hosts: try hosts(places, names), days: Int64(details.sum.days.count),
      firstDay: CalendarDay(number: try places.reduce(.max) { min($0, try first.day($1, sources)) }),
      lastDay: CalendarDay(number: places.lazy.map(sources.lastDay).max() ?? 0), pool: try pool(index, names))
    sender.rank = line.threat
    if line.pool.label == .named, let first = places.first { sender.namedBy = sources.operatorBases(first) }
    return sender
  }

  private static func sum(
    _ kinds: [(kind: FlowKind, messages: Int64)], where condition: (FlowKind) -> Bool
  ) -> Int64 {
    kinds.reduce(0) { condition($1.kind) ? $0.addingClamped($1.messages) : $0 }
  }

  private func hosts(_ places: some Sequence<Int>, _ names: SenderNames) throws -> [String] {
    guard haveHosts else { return [] }
    return Set(try places.compactMap { try names.host($0) }).sorted()
  }

  private func domainNames(_ domains: RowSet) throws -> [String] {
    var names: [String] = []
    try domains.forEachID { id in
      readDomain.bind(id, at: 1)
      if let name = try readDomain.first({ $0.text(at: 0) }) ?? nil { names.append(name) }
    }
    return names.sorted()
  }

  /// The pool of a line.
  func pool(_ index: Int, _ names: SenderNames) throws -> UnknownSender.Pool {
    let line = lines[index]
    guard !line.pool.isEmpty else { return UnknownSender.Pool(sources: [], parts: []) }
    var sums: [VerdictPart: Int64] = [:]
    for (part, messages) in line.parts {
      let verdict = reader.kinds.byID[part.kind]?.verdict ?? ""
      sums[VerdictPart(outcome: part.outcome, verdict: verdict), default: 0].addClamped(messages)
    }
    let largest =
      sums
      .sorted { ($1.value, $0.key.outcome, $0.key.verdict) < ($0.value, $1.key.outcome, $1.key.verdict) }
      .prefix(Self.mostParts)
    return UnknownSender.Pool(
      sources: try line.pool.map { place in
        UnknownSender.Pool.Source(
          address: try names.address(place), host: haveHosts ? try names.host(place) : nil)
      },
      parts: try largest.map { part, messages in
        UnknownSender.Pool.Part(
          outcome: try flows.outcome(part.outcome), verdict: part.verdict, messages: messages)
      })
  }

  private struct VerdictPart: Hashable {
    var outcome: Int64
    var verdict: String
  }
}

extension LineDetails.Line {
  fileprivate mutating func add(_ kind: Int64, _ domain: Int64, _ outcome: Int64, _ sum: PeriodSum) {
    self.sum.add(sum)
    messagesByKind.add(sum.messages, to: kind)
    domains.insert(domain)
    outcomes.insert(outcome)
  }
}
