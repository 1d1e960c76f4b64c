import DMARC
import GRDB

/// A flow with what is needed to find its rows in the roll-ups.
struct FlowPlace: Hashable {
  /// Row ids of the flow, its kind and its policy domain.
  var flow, kind, domain: Int64
}

/// Reads the sums of single flows in a period.
final class FlowSums {
  private let reader: SumReader
  private let months, rows, columns: RawStatement
  private var known: [DetailKey: [Int64]] = [:]
  private let wholeMonths: [Int64: Bool]

  init(_ reader: SumReader) throws {
    self.reader = reader
    months = try RawStatement(reader.db, "SELECT month FROM domain_month WHERE domain_id = ? AND kind_id = ?")
    rows = try RawStatement(
      reader.db, "SELECT detail FROM flow_month WHERE month = ? AND kind_id = ? AND domain_id = ? AND flow_id = ?")
    columns = try RawStatement(reader.db, "SELECT source_id, outcome_id FROM flow WHERE id = ?")
    var wholeMonths = Dictionary(uniqueKeysWithValues: reader.groups.months.map { ($0.month.number, $0.isWhole) })
    for month in reader.groups.neighbours { wholeMonths[month.number] = false }
    self.wholeMonths = wholeMonths
  }

  /// The flows for which a condition on the tables flow, outcome, source and source_host holds.
  static func places(_ db: Database, _ condition: SQL) throws -> [FlowPlace] {
    let kinds = try FlowKinds(db)
    let request: SQLRequest<Row> = """
      SELECT flow.id, flow.kind_id, policy.domain_id, dmarc_pass, dkim_aligned, spf_aligned, evaluation, disposition,
        CASE WHEN flow.kind_id IS NULL THEN \(sql: FlowKind.failedSignature) END AS failed_signature
      FROM flow JOIN policy ON policy.id = policy_id JOIN outcome ON outcome.id = outcome_id \(Join.source) \(Join.sourceHost)
      WHERE \(condition)
      """
    return try request.fetchAll(db).compactMap { row in
      ((row[1] as Int64?) ?? kinds.unjudged(row)).map { FlowPlace(flow: row[0], kind: $0, domain: row[2]) }
    }
  }

  /// Calls `body` with the entries of a flow and the facts of their groups, whether they are selected or not.
  func forEachEntry(
    _ place: FlowPlace, _ body: (SumDetail.Entry, PeriodGroups.Facts, ReportMonth) -> Void
  ) throws {
    if let domains = reader.domains, !domains.contains(place.domain) { return }
    for month in try months(of: place) {
      for (index, value) in [month, place.kind, place.domain, place.flow].enumerated() {
        rows.bind(value, at: Int32(index + 1))
      }
      try rows.eachRow { row in
        row.withBytes(at: 0) { bytes in
          var entries = SumDetail.Reader(bytes)
          while let entry = entries.next() {
            if let facts = reader.groups[entry.group] { body(entry, facts, ReportMonth(number: month)) }
          }
        }
      }
    }
  }

  /// The sum of a flow over the selected reports; nil if none mentions it.
  func sum(_ place: FlowPlace) throws -> PeriodSum? {
    var sum = PeriodSum()
    try forEachEntry(place) { entry, facts, month in
      if facts.isSelected { sum.add(entry, facts, of: month) }
    }
    return sum.rows > 0 ? sum : nil
  }

  /// The source and the outcome of a flow.
  func flow(_ id: Int64) throws -> DetailTable.FlowColumns {
    columns.bind(id, at: 1)
    let found = try columns.first { DetailTable.FlowColumns(source: $0.integer(at: 0), outcome: $0.integer(at: 1)) }
    return found ?? DetailTable.FlowColumns(source: 0, outcome: 0)
  }

  private func months(of place: FlowPlace) throws -> [Int64] {
    let key = DetailKey(month: 0, kind: place.kind, domain: place.domain)
    if let found = known[key] { return found }
    var found: [Int64] = []
    months.bind(place.domain, at: 1)
    months.bind(place.kind, at: 2)
    try months.eachRow { found.append($0.integer(at: 0)) }
    found = found.filter { wholeMonths[$0] != nil }.sorted()
    known[key] = found
    return found
  }
}
