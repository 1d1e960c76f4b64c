import DMARC
import GRDB

extension FlowStore {
  /// Setting that holds the row id of the newest report that verdicts take into account.
  package static let judgedReport = "judged.report"

  /// Sets the sending organisation of reports that were stored before it was recorded, from their own metadata.
  /// - Parameter name: the organisation of a reporter with this name and address.
  package func fillSendingOrganisations(_ name: (_ reporter: String, _ email: String?) -> String) throws {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT DISTINCT reporter.id, reporter.name, report.email FROM report JOIN reporter ON reporter.id = reporter_id
        WHERE sending_organisation_id IS NULL
        """)
    let rollUps = try rollUps
    for row in rows {
      let id = try ReportOrigins.organisation(name(row[1], row[2]), in: db)
      let reports = try Int64.fetchAll(
        db,
        sql: "SELECT id FROM report WHERE sending_organisation_id IS NULL AND reporter_id = ? AND email IS ?",
        arguments: [row[0] as Int64, row[2] as String?])
      for report in reports {
        try rollUps.regroup(report) {
          try db.cachedStatement(sql: "UPDATE report SET sending_organisation_id = ? WHERE id = ?")
            .execute(arguments: [id, report])
        }
        if rollUps.isFull { try rollUps.flush() }
      }
    }
  }

  /// Calls `body` with the origin of each report, in order of organisation, reporter, policy domain and day.
  package func forEachOrigin(_ body: (StoredReportOrigin) -> Void) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT report.id, sending_organisation_id, reporter_id, policy_domain_id, day, end, ingested_at, received_at,
          report_mail.report_id IS NOT NULL, sender IS NULL, agreement = 'disagrees', is_signed,
          CASE WHEN authenticated_domain IS NOT NULL THEN authenticated_by END, contested
        FROM report LEFT JOIN report_mail ON report_mail.report_id = report.id
        WHERE sending_organisation_id IS NOT NULL
        ORDER BY sending_organisation_id, reporter_id, policy_domain_id, day
        """)
    while let row = try rows.next() {
      body(
        StoredReportOrigin(
          report: row[0], organisation: row[1], reporter: row[2], policyDomain: row[3], day: row[4], end: row[5],
          ingestedAt: row[6], receivedAt: row[7], cameByMail: row[8], isAnonymous: row[9], disagrees: row[10] ?? false,
          isSigned: row[11] ?? false, authenticatedBy: row[12], isContested: row[13]))
    }
  }

  /// Networks that an organisation's latest reports support, because messages from there passed or were forwarded. A network is the
  /// prefix that neighbouring addresses of a site share (IPv4 /24, IPv6 /48). The number of reports and rows that are read is bounded.
  /// - Returns: messages by network.
  package func favouredNetworks(byOrganisation id: Int64) throws -> [[UInt8]: Int64] {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT source.address, record.messages
        FROM (SELECT id FROM report WHERE sending_organisation_id = ? AND NOT contested ORDER BY id DESC LIMIT 1000) AS latest
        CROSS JOIN record ON record.report_id = latest.id CROSS JOIN flow ON flow.id = record.flow_id
        CROSS JOIN outcome ON outcome.id = flow.outcome_id CROSS JOIN source ON source.id = flow.source_id
        WHERE outcome.dmarc_pass OR outcome.reasons <> '[]' LIMIT 50000
        """, arguments: [id])
    var sums: [[UInt8]: Int64] = [:]
    while let row = try rows.next() {
      let network = try row.withUnsafeData(atIndex: 0) { bytes in
        bytes.map { [UInt8]($0.prefix($0.count == 4 ? 3 : 6)) } ?? []
      }
      sums[network] = (sums[network] ?? 0).addingClamped(row[1])
    }
    return sums
  }

  /// Row ids of the organisations with at least one report that arrived by email.
  package func organisationsByMail() throws -> Set<Int64> {
    try Int64.fetchSet(
      db,
      sql: """
        SELECT DISTINCT sending_organisation_id FROM report_mail JOIN report ON report.id = report_mail.report_id
        WHERE sending_organisation_id IS NOT NULL
        """)
  }

  /// Whether most reports arrived by email.
  package func isMostlyMail() throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT (SELECT count(*) FROM report_mail) * 2 > (SELECT count(*) FROM report)") ?? false
  }

  /// When the first report was stored, epoch seconds; 0 if there is none.
  package func firstIngestion() throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT min(ingested_at) FROM report") ?? 0
  }

  /// All organisations that have sent reports.
  package func sendingOrganisations() throws -> [SendingOrganisation] {
    try Row.fetchAll(db, sql: "SELECT id, name, standing FROM sending_organisation")
      .map { SendingOrganisation(id: $0[0], name: $0[1], standing: $0[2]) }
  }

  /// Stores why an organisation is trusted on its own; nil if it is not.
  package func set(standing: String?, ofOrganisation id: Int64) throws {
    try db.execute(sql: "UPDATE sending_organisation SET standing = ? WHERE id = ?", arguments: [standing, id])
  }

  /// Stores whether a report is contested, which means that it may not come from the organisation that it names.
  package func set(contested: Bool, ofReport id: Int64) throws {
    let rollUps = try rollUps
    try rollUps.regroup(id) {
      try db.cachedStatement(sql: "UPDATE report SET contested = ? WHERE id = ?").execute(arguments: [contested, id])
    }
    if rollUps.isFull { try rollUps.flush() }
  }

  /// Row ids of the From domains in the reports of these organisations, and in these reports.
  package func headerFroms(ofOrganisations organisations: [Int64], reports: [Int64]) throws -> Set<Int64> {
    var found: Set<Int64> = []
    let lists: [(column: SQL, ids: [Int64])] = [("sending_organisation_id", organisations), ("id", reports)]
    for (column, ids) in lists where !ids.isEmpty {
      let request: SQLRequest<Int64> = """
        SELECT DISTINCT coalesce(outcome.header_from_id, 0) FROM report
        CROSS JOIN record ON record.report_id = report.id
        JOIN flow ON flow.id = record.flow_id JOIN outcome ON outcome.id = flow.outcome_id
        WHERE report.\(column) IN \(SQL.list(ids))
        """
      found.formUnion(try request.fetchSet(db))
    }
    return found
  }
}
