package import DMARC
import GRDB

/// The messages of one sender in a period: an operator, a service or a network, whatever number of addresses it uses.
package struct SenderGroup: Sendable, Hashable {
  /// Who it is.
  package var name: String
  /// What its messages have in common, in the words of the question.
  package var label: String
  /// Messages, and those that passed DMARC.
  package var messages: Int64 = 0
  package var passed: Int64 = 0
  /// Messages that were not evaluated, and those that were quarantined or rejected.
  package var notEvaluated: Int64 = 0
  package var blocked: Int64 = 0
  /// Distinct addresses.
  package var addresses = 0
  /// Messages at the positions of the days of the period.
  package var days: [Double]
}

/// How senders are told apart.
package struct SenderNaming {
  /// The organisation that the messages authenticate as; nil if that is the domain owner or nobody.
  package var signer: (AuthenticationOutcome) -> String?
  /// The owner of a host, or else the network of an address.
  package var place: (IPAddress, DomainName?) -> String
  /// What messages have in common.
  package var label: (MessageKind) -> String

  /// Creates a way to name senders.
  package init(
    signer: @escaping (AuthenticationOutcome) -> String?, place: @escaping (IPAddress, DomainName?) -> String,
    label: @escaping (MessageKind) -> String
  ) {
    self.signer = signer
    self.place = place
    self.label = label
  }
}

extension ReportDatabase {
  /// The senders of a bounded period, those with the most messages first.
  /// - Throws: ``StoreError``.
  package func senderGroups(_ filter: RecordFilter, _ naming: SenderNaming) throws(StoreError) -> [SenderGroup] {
    guard let days = PeriodDays(filter) else { return [] }
    return try read { db in
      var senders = try SenderSums(SumReader(db, filter, isSpread: true), days, naming)
      try senders.read()
      return senders.ranked
    }
  }
}

/// Adds up the flows of a period by sender.
private struct SenderSums {
  private let reader: SumReader
  private let days: PeriodDays
  private let naming: SenderNaming
  private let readSource, readSender, readFlow: RawStatement
  private var groups: [Key: SenderGroup] = [:]
  private var sources: [Key: Set<Int64>] = [:]
  private var labels: [Int64: String] = [:]
  private var signers: [Int64: String?] = [:]
  private var places: [Int64: String] = [:]
  private var declared: [Int64: String] = [:]

  private struct Key: Hashable {
    var name, label: String
  }

  init(_ reader: SumReader, _ days: PeriodDays, _ naming: SenderNaming) throws {
    (self.reader, self.days, self.naming) = (reader, days, naming)
    readSource = try RawStatement(
      reader.db,
      "SELECT address, host FROM source LEFT JOIN source_host ON source_host.source_id = source.id WHERE source.id = ?")
    readSender = try RawStatement(reader.db, "SELECT name FROM known_sender WHERE id = ?")
    readFlow = try RawStatement(reader.db, "SELECT known_sender_id FROM flow WHERE id = ?")
  }

  /// Reads all flows.
  mutating func read() throws {
    try reader.forEachFlow(where: { _ in true }, { try add($0) })
    try reader.forEachNeighbourFlow { try add($0) }
  }

  /// The senders, those with the most messages first.
  var ranked: [SenderGroup] {
    groups.map { key, group in
      var group = group
      group.addresses = sources[key]?.count ?? 0
      return group
    }.filter { $0.messages > 0 }
      .sorted { ($1.messages, $0.name, $0.label) < ($0.messages, $1.name, $1.label) }
  }

  private mutating func add(_ row: SumReader.SumRow) throws {
    let messages = row.messages ?? 0
    let key = Key(name: try name(of: row), label: label(of: row))
    var group =
      groups.removeValue(forKey: key)
      ?? SenderGroup(name: key.name, label: key.label, days: Array(repeating: 0, count: days.count))
    group.messages.addClamped(messages)
    if row.kind.passesDMARC { group.passed.addClamped(messages) }
    if row.kind.isNotEvaluated { group.notEvaluated.addClamped(messages) }
    if row.kind.isBlocked { group.blocked.addClamped(messages) }
    row.forEachEntry { days.add($0.messages, $1, to: &group.days) }
    groups[key] = group
    if messages > 0 { sources[key, default: []].insert(row.source) }
  }

  private mutating func label(of row: SumReader.SumRow) -> String {
    if let known = labels[row.kindID] { return known }
    let label = naming.label(MessageKind(row.kind))
    labels[row.kindID] = label
    return label
  }

  /// The declared name, else whom the messages authenticate as, else who owns the host or the network.
  private mutating func name(of row: SumReader.SumRow) throws -> String {
    if let sender = try knownSender(ofFlow: row.flow) { return sender }
    if let signer = try signer(ofOutcome: row.outcome) { return signer }
    if let known = places[row.source] { return known }
    readSource.bind(row.source, at: 1)
    let (address, host) =
      try readSource.first { found in
        (found.withBytes(at: 0) { IPAddress(networkBytes: Array($0)) }, found.text(at: 1))
      } ?? (nil, nil)
    guard let address else {
      throw StoreError("a source address in the database is not valid", remedy: .checkDatabase)
    }
    let place = naming.place(address, host.flatMap(DomainName.init))
    places[row.source] = place
    return place
  }

  private mutating func knownSender(ofFlow flow: Int64) throws -> String? {
    guard reader.hasKnownSenders else { return nil }
    readFlow.bind(flow, at: 1)
    guard let id = try readFlow.firstInteger() else { return nil }
    if let known = declared[id] { return known }
    readSender.bind(id, at: 1)
    let name = try readSender.first { $0.text(at: 0) } ?? nil
    declared[id] = name
    return name
  }

  private mutating func signer(ofOutcome id: Int64) throws -> String? {
    if let known = signers[id] { return known }
    reader.outcomeTexts.bind(id, at: 1)
    let texts = try reader.outcomeTexts.first { ($0.text(at: 0), $0.text(at: 1), $0.text(at: 2)) }
    var outcome = AuthenticationOutcome()
    outcome.headerFrom = texts?.0
    outcome.spf = try OutcomeColumns.spf(texts?.1 ?? "[]")
    outcome.dkim = try OutcomeColumns.dkim(texts?.2 ?? "[]")
    let signer = naming.signer(outcome)
    signers[id] = signer
    return signer
  }
}
