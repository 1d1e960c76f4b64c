package import DMARC
import GRDB

/// Reads what happened in some periods, one policy domain at a time, from the roll-ups.
///
/// Contested reports, and those for days that cannot be, do not count.
package final class ActivityReader {
  private let db: Database
  private let readers: [SumReader]
  private let flows: FlowStore
  private let names, sums, months, knownSender, address, host, reporterName: RawStatement
  private let senderNames: [Int64: String]
  private var firstDays: SourceFirstDays?

  /// The fewest days of a flow that is repeated, and the bytes that the entries of so many days have at least: three each.
  private static let repeatedDays = 4
  private static let repeatedBytes: Int64 = 12

  fileprivate init(_ db: Database, _ filter: RecordFilter, _ periods: [ClosedRange<CalendarDay>]) throws {
    self.db = db
    readers = try periods.map { period in
      var part = filter
      (part.firstDay, part.lastDay, part.limit) = (period.lowerBound, period.upperBound, nil)
      return try SumReader(db, part)
    }
    flows = FlowStore(db)
    names = try RawStatement(db, "SELECT name FROM domain WHERE id = ?")
    sums = try RawStatement(db, "SELECT month, kind_id, detail FROM domain_month WHERE domain_id = ?")
    months = try RawStatement(
      db,
      """
      SELECT flow_id, source_id, outcome_id, detail FROM flow_month
      WHERE month = ? AND kind_id = ? AND domain_id = ? AND length(detail) >= ?
      """)
    knownSender = try RawStatement(db, "SELECT known_sender_id FROM flow WHERE id = ?")
    address = try RawStatement(db, "SELECT address FROM source WHERE id = ?")
    host = try RawStatement(db, "SELECT host FROM source_host WHERE source_id = ?")
    reporterName = try RawStatement(db, "SELECT name FROM reporter WHERE id = ?")
    senderNames = Dictionary(
      try Row.fetchAll(db, sql: "SELECT id, name FROM known_sender").map { ($0[0], $0[1]) }
    ) { first, _ in first }
  }

  /// The reporters with their reports on each day, in the order of their row ids.
  package func reporters() throws -> [ReporterDays] {
    var days: [Int64: [Int64: Int64]] = [:]
    for reader in readers {
      try reader.forEachReportSum { _, entry, facts in
        guard facts.isSelected, !facts.isContested, !facts.isImpossible else { return }
        days[facts.reporter, default: [:]][facts.day, default: 0].addClamped(entry.rows)
      }
    }
    return try days.sorted { $0.key < $1.key }.map { id, days in
      reporterName.bind(id, at: 1)
      let name = try reporterName.first { $0.text(at: 0) ?? "" }
      return ReporterDays(
        id: id, name: name ?? "",
        days: days.sorted { $0.key < $1.key }.map { ReportedDay(day: $0.key, reporter: id, messages: $0.value) })
    }
  }

  /// Row ids of the policy domains with reports, in ascending order.
  package func domains() throws -> [Int64] {
    var found: Set<Int64> = []
    for reader in readers {
      try reader.forEachReportSum { domain, _, facts in if facts.isSelected { found.insert(domain) } }
    }
    return found.sorted()
  }

  /// The name of a policy domain.
  package func name(ofDomain id: Int64) throws -> String {
    names.bind(id, at: 1)
    return try names.first { $0.text(at: 0) ?? "" } ?? ""
  }

  /// The entries of a roll-up that are selected.
  private func days(_ bytes: UnsafeRawBufferPointer, _ reader: SumReader) -> [ReportedDay] {
    var days: [ReportedDay] = []
    var entries = SumDetail.Reader(bytes)
    while let entry = entries.next() {
      guard let facts = reader.groups[entry.group], facts.isSelected, !facts.isContested, !facts.isImpossible else {
        continue
      }
      days.append(ReportedDay(day: facts.day, reporter: facts.reporter, messages: entry.messages))
    }
    return days
  }

  /// The months and kinds of a policy domain.
  private struct Place {
    var month, kindID: Int64
    var kind: MailKind
    var reader: SumReader
  }

  /// The messages of a policy domain by kind. Calls `flow` with its flows of chosen kinds.
  package func messages(
    ofDomain domain: Int64, flows selection: (MailKind) -> FlowSelection, _ flow: (ActiveFlow) throws -> Void
  ) throws -> [(kind: MailKind, days: [ReportedDay])] {
    var result: [(kind: MailKind, days: [ReportedDay])] = []
    var places: [Place] = []
    for reader in readers {
      let wanted = Set(reader.groups.months.map(\.month.number))
      sums.bind(domain, at: 1)
      try sums.eachRow { row in
        guard wanted.contains(row.integer(at: 0)), let stored = reader.kinds.byID[row.integer(at: 1)] else { return }
        let kind = MailKind(stored)
        let days = row.withBytes(at: 2) { self.days($0, reader) }
        guard !days.isEmpty else { return }
        result.append((kind, days))
        places.append(Place(month: row.integer(at: 0), kindID: row.integer(at: 1), kind: kind, reader: reader))
      }
    }
    for place in places {
      let selection = selection(place.kind)
      guard selection != .none else { continue }
      try forEachFlow(of: domain, place, least: selection == .repeated ? Self.repeatedBytes : 0, flow)
    }
    return result
  }

  private func forEachFlow(
    of domain: Int64, _ place: Place, least: Int64, _ body: (ActiveFlow) throws -> Void
  ) throws {
    // Four values.
    for (index, value) in [place.month, place.kindID, domain, least].enumerated() {
      months.bind(value, at: Int32(index + 1))
    }
    try months.eachRow { row in
      let days = row.withBytes(at: 3) { self.days($0, place.reader) }
      guard !days.isEmpty, least == 0 || Set(days.lazy.map(\.day)).count >= Self.repeatedDays else { return }
      try body(
        ActiveFlow(
          source: row.integer(at: 1), outcome: row.integer(at: 2), kind: place.kind,
          knownSender: try knownSender(ofFlow: row.integer(at: 0)), days: days))
    }
  }

  private func knownSender(ofFlow flow: Int64) throws -> String? {
    guard !senderNames.isEmpty else { return nil }
    knownSender.bind(flow, at: 1)
    return try knownSender.firstInteger().flatMap { senderNames[$0] }
  }

  /// The address and the forward-confirmed host name of a source; nil for an unknown row id.
  package func source(_ id: Int64) throws -> (address: IPAddress, host: String?)? {
    address.bind(id, at: 1)
    let found = try address.first { row in row.withBytes(at: 0) { IPAddress(networkBytes: Array($0)) } }
    guard let found, let found else { return nil }
    host.bind(id, at: 1)
    return (found, try host.first { $0.text(at: 0) } ?? nil)
  }

  /// An outcome by its row id.
  package func outcome(_ id: Int64) throws -> AuthenticationOutcome { try flows.outcome(id) }

  /// The first day that reports about a source cover, of all reports; nil if none mentions it.
  package func firstDay(ofSource id: Int64) throws -> Int64? {
    guard let reader = readers.first else { return nil }
    let days = try firstDays ?? SourceFirstDays(reader)
    firstDays = days
    return try days.day(ofSource: id)
  }
}

extension MailKind {
  init(_ kind: FlowKind) {
    self.init(
      passesDMARC: kind.passesDMARC, isEvaluated: !kind.isNotEvaluated, verdict: kind.verdict, subtype: kind.subtype,
      isUnknownIP: kind.isUnknownIP)
  }
}

extension ReportDatabase {
  /// Calls `body` with a reader of what happened in some periods, in one snapshot of the database.
  /// - Parameter filter: the domains; its period does not count.
  /// - Throws: ``StoreError``.
  package func activity<Value>(
    _ filter: RecordFilter, _ periods: [ClosedRange<CalendarDay>], _ body: (ActivityReader) throws -> Value
  ) throws(StoreError) -> Value {
    try read { db in try body(try ActivityReader(db, filter, periods)) }
  }
}
