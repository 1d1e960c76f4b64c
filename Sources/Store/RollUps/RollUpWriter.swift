import DMARC
import GRDB

/// Keeps the roll-ups equal to the records. All of it runs within a write transaction of the caller, who calls ``flush()`` before the commit
/// and before flows are deleted.
///
/// Changes are collected and then applied in the order of the tables, because each row is read and written as a whole.
final class RollUpWriter {
  let db: Database
  private let groups: ReportGroups
  private let flowMonths, domainMonths, reportMonths: DetailTable
  private let flows: RollUpFlows
  private let readReport, readRecords, setGroup, monthsOfKind, addRecipient: RawStatement
  private var cachedKinds: FlowKinds?
  private var lastMove: Move?
  private var lastMonths: (domain: Int64, kind: Int64, months: [Int64])?
  /// Flows from this row id on are new in this transaction, so that no roll-up has rows of them.
  private var firstNewFlow = Int64.max
  /// Stored reports that are not yet in the roll-ups.
  private var added: Set<Int64> = []
  private var changes: [FlowChange] = []
  private var domainChanges: [DetailChange] = []
  private var reportChanges: [DetailChange] = []
  private var recipientChanges: [RecipientKey: Int64] = [:]
  /// Maximum number of collected changes.
  private static let mostChanges = 100_000

  private struct FlowChange {
    var flow, month: Int64
    var entry: SumDetail.Entry
  }

  private struct DetailChange {
    var key: DetailKey
    var entry: SumDetail.Entry
  }

  fileprivate struct RecipientKey: Hashable {
    var flow, domain: Int64
  }

  /// A change of kind, which many flows have in common.
  private struct Move {
    var kind: Int64
    var verdict, subtype, confidence: String
    var isUnknownIP: Bool
    var new: Int64
  }

  init(_ db: Database) throws {
    self.db = db
    groups = try ReportGroups(db)
    flows = try RollUpFlows(db)
    flowMonths = try DetailTable(db, .flowMonth)
    domainMonths = try DetailTable(db, .domainMonth)
    reportMonths = try DetailTable(db, .reportMonth)
    readReport = try RawStatement(
      db,
      """
      SELECT day, reporter_id, sending_organisation_id, first_day, last_day, impossible, ingested_at, contested,
        report_mail.report_id, CASE WHEN authenticated_domain IS NOT NULL THEN authenticated_by END, policy_domain_id,
        dropped_rows, group_id
      FROM report LEFT JOIN report_mail ON report_mail.report_id = report.id WHERE report.id = ?
      """)
    readRecords = try RawStatement(db, "SELECT flow_id, messages, envelope_to_id FROM record WHERE report_id = ?")
    setGroup = try RawStatement(db, "UPDATE report SET group_id = ? WHERE id = ?")
    monthsOfKind = try RawStatement(db, "SELECT month FROM domain_month WHERE domain_id = ? AND kind_id = ?")
    addRecipient = try RawStatement(
      db,
      """
      INSERT INTO recipient (header_from_id, domain_id, row_count) VALUES (?, ?, ?)
      ON CONFLICT (header_from_id, domain_id) DO UPDATE SET row_count = row_count + excluded.row_count
      """)
  }

  /// Forgets what another process or a rollback may have changed, and all changes that are not applied.
  func forget() {
    groups.forget()
    forgetRead()
    cachedKinds = nil
    firstNewFlow = .max
    added.removeAll()
    changes.removeAll()
    domainChanges.removeAll()
    reportChanges.removeAll()
    recipientChanges.removeAll()
  }

  /// Begins a transaction that may add flows.
  func begin() throws {
    firstNewFlow = (try Int64.fetchOne(db, sql: "SELECT max(id) FROM flow") ?? 0).addingClamped(1)
  }

  /// Forgets rows that may be deleted from now on, and row ids that may be used again.
  private func forgetRead() {
    flows.forget()
    (lastMove, lastMonths) = (nil, nil)
  }

  // MARK: Savepoints

  /// The collected changes at a time.
  struct Mark {
    fileprivate var added: Set<Int64>
    fileprivate var changes, reports: Int
    fileprivate var recipients: [RecipientKey: Int64]
  }

  /// What has been collected so far, for ``revert(to:)``.
  var mark: Mark {
    Mark(added: added, changes: changes.count, reports: reportChanges.count, recipients: recipientChanges)
  }

  /// Forgets what was collected since a mark, because the transaction was rolled back to a savepoint.
  func revert(to mark: Mark) {
    added = mark.added
    changes.removeLast(max(0, changes.count - mark.changes))
    reportChanges.removeLast(max(0, reportChanges.count - mark.reports))
    recipientChanges = mark.recipients
  }

  // MARK: Reports

  /// Adds a stored report.
  func add(_ report: Int64) { added.insert(report) }

  /// Takes a report out that is about to be deleted or changed.
  func remove(_ report: Int64) throws {
    if added.remove(report) == nil { try collect(report, sign: -1) }
  }

  /// Changes what a report is grouped by.
  func regroup(_ report: Int64, _ body: () throws -> Void) throws {
    try remove(report)
    try body()
    add(report)
  }

  private func collect(_ report: Int64, sign: Int64) throws {
    readReport.bind(report, at: 1)
    let found = try readReport.first { row -> (group: ReportGroup, domain: Int64, dropped: Int64, stored: Int64?) in
      let isImpossible = row.integer(at: 5) != 0
      return (
        ReportGroup(
          day: row.integer(at: 0), reporter: row.integer(at: 1), organisation: row.integer(at: 2),
          firstDay: row.integer(at: 3), lastDay: row.integer(at: 4), isImpossible: isImpossible,
          arrivalDay: isImpossible ? row.integer(at: 6) / 86_400 : 0, isContested: row.integer(at: 7) != 0,
          cameByMail: !row.isNull(at: 8), authenticatedBy: row.text(at: 9) ?? ""),
        row.integer(at: 10), row.integer(at: 11), row.isNull(at: 12) ? nil : row.integer(at: 12)
      )
    }
    guard let found else { return }
    let group: Int64
    if sign > 0 {
      group = try groups.id(of: found.group)
      setGroup.bind(group, at: 1)
      setGroup.bind(report, at: 2)
      try setGroup.run()
    } else {
      guard let stored = found.stored else { return }
      group = stored
    }
    let month = ReportMonth(of: found.group.day).number
    reportChanges.append(
      DetailChange(
        key: DetailKey(month: month, domain: found.domain),
        entry: SumDetail.Entry(group: group, rows: sign, messages: sign * found.dropped)))
    readRecords.bind(report, at: 1)
    try readRecords.eachRow { row in
      let flow = row.integer(at: 0)
      changes.append(
        FlowChange(
          flow: flow, month: month,
          entry: SumDetail.Entry(group: group, rows: sign, messages: sign * row.integer(at: 1))))
      if !row.isNull(at: 2) {
        recipientChanges[RecipientKey(flow: flow, domain: row.integer(at: 2)), default: 0] += sign
      }
      // One report may have a million rows. Reports are only added by `flush()`, where nothing is reverted any more.
      if sign > 0, changes.count > Self.mostChanges { try apply() }
    }
  }

  // MARK: Verdicts

  /// The kinds of flows.
  private func kinds() throws -> FlowKinds {
    if let cachedKinds { return cachedKinds }
    let kinds = try FlowKinds(db)
    cachedKinds = kinds
    return kinds
  }

  private func id(of kind: FlowKind) throws -> Int64 {
    var kinds = try kinds()
    cachedKinds = nil
    let id = try kinds.id(of: kind, db)
    cachedKinds = kinds
    return id
  }

  private func flow(_ id: Int64) throws -> RollUpFlows.Flow? { try flows.flow(id) { try self.id(of: $0) } }

  /// The kind that flows of a kind get with a verdict; nil if there is no such kind.
  private func kind(_ kind: Int64, with verdict: StoredVerdict) throws -> Int64? {
    if let last = lastMove, last.kind == kind, last.verdict == verdict.verdict, last.subtype == verdict.subtype,
      last.confidence == verdict.confidence, last.isUnknownIP == verdict.isUnknownIP
    {
      return last.new
    }
    guard var facts = try kinds().byID[kind] else { return nil }
    facts.verdict = verdict.verdict
    facts.subtype = verdict.subtype
    facts.confidence = verdict.confidence
    facts.isUnknownIP = verdict.isUnknownIP
    let new = try id(of: facts)
    lastMove = Move(
      kind: kind, verdict: verdict.verdict, subtype: verdict.subtype, confidence: verdict.confidence,
      isUnknownIP: verdict.isUnknownIP, new: new)
    return new
  }

  /// The kind that a flow gets with a verdict, after its rows have been moved there.
  func move(_ verdict: StoredVerdict) throws -> Int64? {
    let id = verdict.flowID
    guard let flow = try flow(id), let new = try kind(flow.kind, with: verdict) else { return nil }
    guard new != flow.kind else { return new }
    for month in try months(flow.domain, flow.kind) {
      let key = DetailKey(month: month, kind: flow.kind, domain: flow.domain, flow: id)
      guard let detail = try flowMonths.move(key, toKind: new) else { continue }
      for entry in detail.entries {
        let sum = DetailKey(month: month, kind: flow.kind, domain: flow.domain)
        domainChanges.append(
          DetailChange(
            key: sum, entry: SumDetail.Entry(group: entry.group, rows: -entry.rows, messages: -entry.messages)))
        domainChanges.append(
          DetailChange(key: DetailKey(month: month, kind: new, domain: flow.domain), entry: entry))
      }
    }
    return new
  }

  private func months(_ domain: Int64, _ kind: Int64) throws -> [Int64] {
    if let last = lastMonths, last.domain == domain, last.kind == kind { return last.months }
    monthsOfKind.bind(domain, at: 1)
    monthsOfKind.bind(kind, at: 2)
    var months: [Int64] = []
    try monthsOfKind.eachRow { months.append($0.integer(at: 0)) }
    lastMonths = (domain, kind, months)
    return months
  }

  // MARK: Applying

  /// Whether many changes are waiting.
  var isFull: Bool { added.count > 2_000 || changes.count + domainChanges.count > Self.mostChanges }

  /// Brings all roll-ups up to date.
  func flush() throws {
    for report in added.sorted() {
      try collect(report, sign: 1)
    }
    added.removeAll(keepingCapacity: true)
    try apply()
  }

  private func apply() throws {
    try applyFlowChanges()
    try Self.apply(&domainChanges, to: domainMonths)
    try Self.apply(&reportChanges, to: reportMonths)
    forgetRead()
  }

  private func applyFlowChanges() throws {
    guard !changes.isEmpty else { return }
    changes.sort { ($0.flow, $0.month, $0.entry.group) < ($1.flow, $1.month, $1.entry.group) }
    var rows: [(key: DetailKey, flow: DetailTable.FlowColumns, range: Range<Int>)] = []
    var start = 0
    var known: (id: Int64, flow: RollUpFlows.Flow)?
    while start < changes.count {
      let first = changes[start]
      var end = start + 1
      while end < changes.count, changes[end].flow == first.flow, changes[end].month == first.month { end += 1 }
      if known?.id != first.flow {
        guard let flow = try flow(first.flow) else { throw RollUpDamage() }
        known = (first.flow, flow)
      }
      if let flow = known?.flow {
        rows.append(
          (
            DetailKey(month: first.month, kind: flow.kind, domain: flow.domain, flow: first.flow),
            DetailTable.FlowColumns(source: flow.source, outcome: flow.outcome), start..<end
          ))
      }
      start = end
    }
    rows.sort { $0.key < $1.key }
    for row in rows {
      let entries = Self.merge(changes[row.range].lazy.map(\.entry))
      try flowMonths.change(row.key, entries, row.flow, isNew: row.key.flow >= firstNewFlow)
      var sum = row.key
      sum.flow = 0
      for entry in entries { domainChanges.append(DetailChange(key: sum, entry: entry)) }
    }
    if let last = changes.last, last.flow >= firstNewFlow { firstNewFlow = last.flow.addingClamped(1) }
    changes.removeAll(keepingCapacity: true)
    try applyRecipients()
  }

  private func applyRecipients() throws {
    guard !recipientChanges.isEmpty else { return }
    var hasVanished = false
    for (key, rows) in recipientChanges where rows != 0 {
      guard let flow = try flow(key.flow), flow.passesDMARC else { continue }
      addRecipient.bind(flow.headerFrom, at: 1)
      addRecipient.bind(key.domain, at: 2)
      addRecipient.bind(rows, at: 3)
      try addRecipient.run()
      if rows < 0 { hasVanished = true }
    }
    if hasVanished { try db.execute(sql: "DELETE FROM recipient WHERE row_count <= 0") }
    recipientChanges.removeAll(keepingCapacity: true)
  }

  private static func apply(_ changes: inout [DetailChange], to table: DetailTable) throws {
    changes.sort { ($0.key, $0.entry.group) < ($1.key, $1.entry.group) }
    var start = 0
    while start < changes.count {
      let key = changes[start].key
      var end = start + 1
      while end < changes.count, changes[end].key == key { end += 1 }
      try table.change(key, merge(changes[start..<end].lazy.map(\.entry)))
      start = end
    }
    changes.removeAll(keepingCapacity: true)
  }

  /// Sums entries of the same group, which follow each other.
  private static func merge(_ entries: some Sequence<SumDetail.Entry>) -> [SumDetail.Entry] {
    var merged: [SumDetail.Entry] = []
    for entry in entries {
      if let last = merged.last, last.group == entry.group {
        merged[merged.count - 1].rows.addClamped(entry.rows)
        merged[merged.count - 1].messages.addClamped(entry.messages)
      } else {
        merged.append(entry)
      }
    }
    return merged.filter { $0.rows != 0 || $0.messages != 0 }
  }
}
