package import DMARC
import GRDB

/// Writes reports into the database: completely or not at all, and each only once.
///
/// ``store(_:_:within:)`` stores a report. The first rows of a long report are added by ``addRows(_:of:_:within:)``; after that, nothing else
/// may be stored until the report is stored or ``discardRows()`` removes them.
package final class ReportWriter {
  let db: Database
  /// The time of new rows, epoch seconds.
  package let now: Int64
  let interning: Interning
  let addMail: RawStatement
  private let addRecord, addReport, findHash, findPlainHash, findIdentity: RawStatement
  let ledger: LedgerStatements
  var senders = SenderHistory()
  let rollUps: RollUpWriter
  private var dataVersion: Int64 = -1
  /// Whether any report is set aside that may arrive again, and the rules that ignore reports; nil before they are needed in a transaction.
  /// Nobody else can change them before its end.
  var hasAside: Bool?
  var ignoreRules: IgnoreRules?
  private var long = LongState.none
  /// What was added besides interned values.
  var ownBytes: Int64 = 0

  /// An estimate of the bytes added to the database file since the writer was created. Discarded rows still count.
  package var storedBytes: Int64 { interning.storedBytes + ownBytes }

  /// A long report before its end.
  private enum LongState {
    case none
    case open(LongReport)
    /// It was discarded because it adds too much; its other rows are ignored.
    case givenUp
  }

  private struct LongReport {
    /// Nil if a complete report of this identity is stored, so that the rows are only compared.
    var rowID: Int64?
    /// The stored report of the same identity, and the rows received so far.
    var copy: StoredCopy?
    var incoming: IncomingRows?
    var policyID: Int64 = 0
    var ordinal: Int64 = 0
    /// What the roll-ups lacked before it.
    var rollUps: RollUpWriter.Mark
  }

  init(_ db: Database, now: Int64) throws {
    self.db = db
    self.now = now
    interning = try Interning(db)
    ledger = try LedgerStatements(db)
    rollUps = try RollUpWriter(db)
    addRecord = try RawStatement(
      db, "INSERT INTO record (report_id, ordinal, flow_id, envelope_to_id, messages) VALUES (?, ?, ?, ?, ?)")
    findHash = try RawStatement(db, "SELECT id FROM report WHERE sha256 = ?")
    findPlainHash = try RawStatement(db, "SELECT id FROM report WHERE plain_sha256 = ?")
    findIdentity = try RawStatement(
      db,
      """
      SELECT id FROM report
      WHERE reporter_id = ? AND report_key = ? AND policy_domain_id = ? AND begin = ? AND end = ?
      """)
    addMail = try RawStatement(db, Self.mailInsertion)
    addReport = try RawStatement(
      db,
      """
      INSERT INTO report (id, reporter_id, report_key, policy_domain_id, begin, end, day, sha256, policy_id, org_name, email,
        extra_contact_info, report_id, errors, generator, version, namespace, dialect, extension, row_count, messages,
        dropped_rows, warning_count, ingested_at, recovered, truncated, lossy, sending_organisation_id, first_day,
        last_day, impossible, plain_sha256)
      VALUES (\(Self.freeRowID), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
  }

  /// Null for the next row id; if the last reports are set aside, one that none of them had.
  private static let freeRowID = """
    (SELECT max(report_row_id) + 1 FROM set_aside WHERE report_row_id > (SELECT coalesce(max(id), 0) FROM report))
    """

  // MARK: Transactions

  /// Begins a transaction, waiting for other writers. Cached row ids are discarded if another process has written.
  package func begin() throws {
    try db.beginTransaction(.immediate)
    let version = try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0
    if version != dataVersion {
      forgetRowIDs()
      rollUps.forget()
    }
    dataVersion = version
    try rollUps.begin()
    (hasAside, ignoreRules) = (nil, nil)
  }

  /// Commits everything since ``begin()``.
  package func commit() throws {
    try rollUps.flush()
    try db.commit()
  }

  /// Undoes everything since ``begin()``.
  package func rollback() throws {
    long = .none
    forgetRowIDs()
    rollUps.forget()
    if db.isInsideTransaction { try db.rollback() }
  }

  /// Cached row ids are invalid after a rollback.
  func forgetRowIDs() {
    interning.forget()
    senders.forget()
  }

  // MARK: Reports

  /// Stores a report with its rows, or a long report with its last rows, unless it is stored already.
  /// - Parameter allowance: the bytes that these rows and everything that belongs to them may add to the database.
  /// - Throws: ``TooManyBytes`` if the report adds more; then nothing of it is stored.
  package func store(
    _ report: IncomingReport, _ lastRows: RecordBatch, within allowance: Int64 = .max
  ) throws -> StoringOutcome {
    switch long {
    case .none: return try storeWhole(report, lastRows, within: allowance)
    case .givenUp: break
    case .open:
      try addRows(lastRows, of: report.identity, report.head, within: allowance)
      if case .open(let open) = long { return try close(open, report) }
    }
    long = .none
    throw TooManyBytes()
  }

  /// Stores a report that is completely in memory.
  func insert(_ report: IncomingReport, _ batch: RecordBatch) throws -> StoringOutcome {
    var replaced: StoredCopy?
    switch try standing(of: report, batch) {
    case .known(let outcome):
      if case .duplicate(let id) = outcome { try noteCopy(report, of: id) }
      return outcome
    case .better(let than): replaced = than
    case .new:
      if let known = try knownAside(report.identity) { return known }
      if let rule = try ignoring(report, batch) {
        return .setAside(try shelve(report, batch, .ignored, rule: rule), .ignored, since: now)
      }
    }
    try replaced.map { try remove($0) }
    let rowID = try insertRows(of: report, batch)
    rollUps.add(rowID)
    try replaced.map { try point($0, to: rowID) }
    return .ingested(rowID)
  }

  /// Inserts a report with everything that belongs to it.
  func insertRows(of report: IncomingReport, _ batch: RecordBatch) throws -> Int64 {
    let policyID = try interning.policy(report.head.policy, domain: report.identity.policyDomain)
    let rowID = try insertReport(report, policyID)
    var ordinal: Int64 = 0
    try insert(batch, rowID, policyID, &ordinal)
    try insertWarnings(report.warnings, rowID)
    try insertMail(report.mail, rowID)
    senders.note(report)
    return rowID
  }

  /// Stores rows of a long report; the first rows begin it. If they add too much, the whole report is discarded, and storing its end throws
  /// that error.
  /// - Parameters:
  ///   - head: complete as far as it identifies the report.
  ///   - allowance: the bytes that these rows and everything that belongs to them may add to the database.
  package func addRows(
    _ batch: RecordBatch, of identity: ReportIdentity, _ head: ReportHead, within allowance: Int64 = .max
  ) throws {
    if case .givenUp = long { return }
    let before = storedBytes
    var open: LongReport
    if case .open(let report) = long { open = report } else { open = try begin(identity, head) }
    // With two owners of the rows, each batch would copy all preceding ones.
    long = .none
    open.incoming?.add(batch)
    if let rowID = open.rowID { try insert(batch, rowID, open.policyID, &open.ordinal) }
    long = .open(open)
    guard storedBytes - before > allowance else { return }
    try discardRows()
    long = .givenUp
  }

  /// Begins a long report, whose rows are added in batches.
  private func begin(_ identity: ReportIdentity, _ head: ReportHead) throws -> LongReport {
    try db.execute(sql: "SAVEPOINT long_report")
    let mark = rollUps.mark
    let copy = try find(identity).map { try storedCopy($0, withRowsIfTruncated: true) }
    let incoming = copy.map { _ in IncomingRows(head.policy, domain: identity.policyDomain) }
    if let copy, !copy.isTruncated { return LongReport(copy: copy, incoming: incoming, rollUps: mark) }
    let policyID = try interning.policy(head.policy, domain: identity.policyDomain)
    try copy.map { try remove($0) }
    // Length and hash are known at the end only. No other connection sees the provisional hash, because everything is in one transaction.
    let provisional = IncomingReport(
      identity: identity, head: head, warnings: [], sha256: [], rows: 0, messages: 0, droppedRows: 0, origin: "")
    return LongReport(
      rowID: try insertReport(provisional, policyID), copy: copy, incoming: incoming, policyID: policyID,
      rollUps: mark)
  }

  /// Ends a long report after its last rows.
  private func close(_ open: LongReport, _ report: IncomingReport) throws -> StoringOutcome {
    var replaced: StoredCopy?
    let standing = try standing(of: report, open.copy) { open.incoming?.digest }
    if case .better(let copy) = standing { replaced = copy }
    if case .known(let outcome) = standing {
      try discardRows()
      if case .duplicate(let id) = outcome { try noteCopy(report, of: id) }
      return try settle(outcome, report, nil)
    }
    guard let rowID = open.rowID else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
    try db.execute(
      sql: """
        UPDATE report SET sha256 = ?, plain_sha256 = ?, row_count = ?, messages = ?, dropped_rows = ?, warning_count = ?,
          errors = ?, dialect = ?, version = ?, extension = ?, recovered = ?, truncated = ?, lossy = ?,
          sending_organisation_id = ?, impossible = ?
        WHERE id = ?
        """,
      arguments: [
        DatabaseBytes(report.sha256), report.differingPlainHash.map { DatabaseBytes($0) }, report.rows, report.messages,
        report.droppedRows, report.warnings.count,
        Self.errors(report.head), report.head.dialect.rawValue, report.head.version,
        report.head.extensionXML, report.isRecovered, report.isTruncated, report.isLossy,
        try report.sendingOrganisation.map { try interning.sendingOrganisation($0) },
        !report.isPeriodPossible, rowID,
      ])
    try insertWarnings(report.warnings, rowID)
    try insertMail(report.mail, rowID)
    if replaced == nil, let outcome = try setAsideAtEnd(report, rowID) {
      long = .none
      return outcome
    }
    senders.note(report)
    try replaced.map { try point($0, to: rowID) }
    try db.execute(sql: "RELEASE long_report")
    rollUps.add(rowID)
    long = .none
    return .ingested(rowID)
  }

  /// Sets a long report aside whose rows are in the tables, if it was removed before or is ignored.
  private func setAsideAtEnd(_ report: IncomingReport, _ rowID: Int64) throws -> StoringOutcome? {
    if let known = try knownAside(report.identity) {
      try discardRows()
      return known
    }
    guard let rule = try ignoring(report, rowID) else { return nil }
    let content = try ReportContent(reading: rowID, db)
    try discardRows()
    hasAside = true
    return .setAside(
      try asideReports.insert(content, .ignored, origin: report.origin, rule: rule), .ignored, since: now)
  }

  /// Discards the rows of an unfinished long report; does nothing if there is none.
  package func discardRows() throws {
    defer { long = .none }
    guard case .open(let open) = long else { return }
    interning.forget()
    rollUps.revert(to: open.rollUps)
    try db.execute(sql: "ROLLBACK TO long_report; RELEASE long_report")
  }

  /// Whether there is an unfinished long report. Then nothing can be committed.
  package var isLongOpen: Bool { if case .open = long { true } else { false } }

  // MARK: Identity

  /// The stored report with the same bytes, apart from line ends and a byte order mark.
  func findBytes(of report: IncomingReport) throws -> Int64? {
    findHash.bind(report.sha256, at: 1)
    if let id = try findHash.firstInteger() { return id }
    findPlainHash.bind(report.plainSHA256, at: 1)
    if let id = try findPlainHash.firstInteger() { return id }
    guard report.plainSHA256 != report.sha256 else { return nil }
    findHash.bind(report.plainSHA256, at: 1)
    return try findHash.firstInteger()
  }

  func find(_ identity: ReportIdentity) throws -> Int64? {
    findIdentity.bind(try interning.reporter(identity.reporter), at: 1)
    findIdentity.bind(identity.reportID, at: 2)
    findIdentity.bind(try interning.domain(identity.policyDomain.name), at: 3)
    findIdentity.bind(identity.begin, at: 4)
    findIdentity.bind(identity.end, at: 5)
    return try findIdentity.firstInteger()
  }

  // MARK: Rows

  private func insertReport(_ report: IncomingReport, _ policyID: Int64) throws -> Int64 {
    let (identity, head) = (report.identity, report.head)
    ownBytes += StoredBytes.report(report)
    addReport.bind(try interning.reporter(identity.reporter), at: 1)
    addReport.bind(identity.reportID, at: 2)
    addReport.bind(try interning.domain(identity.policyDomain.name), at: 3)
    addReport.bind(identity.begin, at: 4)
    addReport.bind(identity.end, at: 5)
    addReport.bind(identity.day, at: 6)
    addReport.bind(report.sha256, at: 7)
    addReport.bind(policyID, at: 8)
    let metadata = head.metadata
    let texts = [metadata.orgName, metadata.email, metadata.extraContactInfo, metadata.reportID, Self.errors(head)]
    let more = [metadata.generator, head.version, head.namespace, head.dialect.rawValue, head.extensionXML]
    for (index, text) in (texts + more).enumerated() { addReport.bind(text, at: Int32(9 + index)) }
    addReport.bind(Int64(report.rows), at: 19)
    addReport.bind(report.messages, at: 20)
    addReport.bind(Int64(report.droppedRows), at: 21)
    addReport.bind(Int64(report.warnings.count), at: 22)
    addReport.bind(now, at: 23)
    addReport.bind(report.isRecovered ? 1 : 0 as Int64, at: 24)
    addReport.bind(report.isTruncated ? 1 : 0 as Int64, at: 25)
    addReport.bind(report.isLossy ? 1 : 0 as Int64, at: 26)
    addReport.bind(try report.sendingOrganisation.map { try interning.sendingOrganisation($0) }, at: 27)
    let days = CoveredDays(begin: identity.begin, end: identity.end)
    addReport.bind(days.first, at: 28)
    addReport.bind(days.last, at: 29)
    addReport.bind(report.isPeriodPossible ? 0 : 1 as Int64, at: 30)
    addReport.bind(report.differingPlainHash, at: 31)
    return try addReport.insert()
  }

  private static func errors(_ head: ReportHead) -> String {
    OutcomeColumns.json { $0.array { for error in head.metadata.errors { $0.value(error) } } }
  }

  private func insert(_ batch: RecordBatch, _ reportID: Int64, _ policyID: Int64, _ ordinal: inout Int64) throws {
    let outcomes = try batch.outcomes.map { try interning.outcome($0) }
    let envelopeTos = try batch.envelopeTos.map { try interning.domain(OutcomeColumns.fold($0)) }
    addRecord.bind(reportID, at: 1)
    ownBytes += Int64(batch.rows.count) * StoredBytes.record
    for row in batch.rows {
      let source = try interning.source(row.source)
      let flow = try interning.flow(source: source, outcome: outcomes[row.outcome], policy: policyID)
      addRecord.bind(ordinal, at: 2)
      addRecord.bind(flow, at: 3)
      addRecord.bind(row.envelopeTo.map { envelopeTos[$0] }, at: 4)
      addRecord.bind(row.messages, at: 5)
      try addRecord.run()
      ordinal += 1
    }
  }

  private func insertWarnings(_ warnings: [ReportWarning], _ reportID: Int64) throws {
    guard !warnings.isEmpty else { return }
    let statement = try db.cachedStatement(
      sql: "INSERT INTO warning (report_id, ordinal, code, line, message) VALUES (?, ?, ?, ?, ?)")
    for (ordinal, warning) in warnings.enumerated() {
      ownBytes += StoredBytes.warning(warning)
      try statement.execute(arguments: [reportID, ordinal, warning.code.rawValue, warning.line, warning.message])
    }
  }
}
