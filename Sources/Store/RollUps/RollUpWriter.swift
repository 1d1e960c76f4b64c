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
  private let readReport, readRecords, setGroup, readFlow, monthsOfKind, addRecipient: RawStatement
  private var cachedKinds: FlowKinds?
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

  private struct Flow {
    var kind, source, outcome, domain: Int64
    var headerFrom: Int64
    var passesDMARC: Bool
  }

  init(_ db: Database) throws {
    self.db = db
    groups = try ReportGroups(db)
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
    readFlow = try RawStatement(
      db,
      """
      SELECT flow.kind_id, source_id, outcome_id, policy.domain_id, header_from_id, dmarc_pass, dkim_aligned, spf_aligned,
        evaluation, disposition, CASE WHEN flow.kind_id IS NULL THEN \(FlowKind.failedSignature) END
      FROM flow JOIN policy ON policy.id = flow.policy_id JOIN outcome ON outcome.id = flow.outcome_id WHERE flow.id = ?
      """)
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
    cachedKinds = nil
    added.removeAll()
    changes.removeAll()
    domainChanges.removeAll()
    reportChanges.removeAll()
    recipientChanges.removeAll()
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

  private func flow(_ id: Int64) throws -> Flow? {
    readFlow.bind(id, at: 1)
    let found = try readFlow.first { row -> (flow: Flow, kind: FlowKind?) in
      let flow = Flow(
        kind: row.integer(at: 0), source: row.integer(at: 1), outcome: row.integer(at: 2), domain: row.integer(at: 3),
        headerFrom: row.integer(at: 4), passesDMARC: row.integer(at: 5) != 0)
      guard row.isNull(at: 0) else { return (flow, nil) }
      return (
        flow,
        FlowKind(
          passesDMARC: flow.passesDMARC, isDKIMAligned: row.integer(at: 6) != 0, isSPFAligned: row.integer(at: 7) != 0,
          evaluation: row.text(at: 8) ?? "", disposition: row.text(at: 9) ?? "",
          hasFailedSignature: row.integer(at: 10) != 0)
      )
    }
    guard var flow = found?.flow else { return nil }
    if let kind = found?.kind { flow.kind = try self.id(of: kind) }
    return flow
  }

  /// The kind that a flow gets with a verdict, after its rows have been moved there.
  func move(
    _ id: Int64, verdict: String, subtype: String, confidence: String, isUnknownIP: Bool
  ) throws -> Int64? {
    guard let flow = try flow(id), var kind = try kinds().byID[flow.kind] else { return nil }
    kind.verdict = verdict
    kind.subtype = subtype
    kind.confidence = confidence
    kind.isUnknownIP = isUnknownIP
    let new = try self.id(of: kind)
    guard new != flow.kind else { return new }
    for month in try months(flow.domain, flow.kind) {
      let key = DetailKey(month: month, kind: flow.kind, domain: flow.domain, flow: id)
      guard let row = try flowMonths.take(key) else { continue }
      var moved = key
      moved.kind = new
      try flowMonths.store(row.detail, moved, row.flow)
      for entry in row.detail.entries {
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
    monthsOfKind.bind(domain, at: 1)
    monthsOfKind.bind(kind, at: 2)
    var months: [Int64] = []
    try monthsOfKind.eachRow { months.append($0.integer(at: 0)) }
    return months
  }

  // MARK: Applying

  /// Whether many changes are waiting.
  var isFull: Bool { added.count > 2_000 || changes.count + domainChanges.count > Self.mostChanges }

  /// Brings all roll-ups up to date.
  func flush() throws {
    for report in added.sorted() {
      try collect(report, sign: 1)
      if changes.count > Self.mostChanges { try apply() }
    }
    added.removeAll(keepingCapacity: true)
    try apply()
  }

  private func apply() throws {
    try applyFlowChanges()
    try Self.apply(&domainChanges, to: domainMonths)
    try Self.apply(&reportChanges, to: reportMonths)
  }

  private func applyFlowChanges() throws {
    guard !changes.isEmpty else { return }
    changes.sort { ($0.flow, $0.month, $0.entry.group) < ($1.flow, $1.month, $1.entry.group) }
    var rows: [(key: DetailKey, flow: DetailTable.FlowColumns, range: Range<Int>)] = []
    var start = 0
    var known: (id: Int64, flow: Flow)?
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
      try flowMonths.change(row.key, entries, row.flow)
      var sum = row.key
      sum.flow = 0
      for entry in entries { domainChanges.append(DetailChange(key: sum, entry: entry)) }
    }
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
