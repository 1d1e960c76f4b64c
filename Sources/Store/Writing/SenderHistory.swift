package import DMARC
import GRDB

/// The organisations that usually send the reports of a reporter, judged by the messages that carried them.
package struct UsualSenders: Sendable, Hashable {
  /// Domains of the organisations.
  package let organisations: Set<String>
  /// Whether a trusted host authenticates their messages.
  package let areAuthenticated: Bool

  /// Creates the usual senders of a reporter.
  package init(organisations: Set<String>, areAuthenticated: Bool) {
    self.organisations = organisations
    self.areAuthenticated = areAuthenticated
  }

  /// The number of days with reports from which a sender is usual.
  package static let usualDays = 7
  /// The same for a sender that a trusted host authenticates.
  package static let authenticatedDays = 3
}

/// Counts on how many days each organisation sent the reports of a reporter. Reports in files say nothing about it.
///
/// The counts are read once for each reporter and then kept up to date, because each message asks for them.
struct SenderHistory {
  private struct Days {
    var all: Set<Int64> = []
    var authenticated: Set<Int64> = []
  }

  private var byReporter: [String: [String: Days]] = [:]
  private static let mostReporters = 2_000
  private static let mostOrganisations = 50
  /// More days than this do not change the answer, unless one organisation is far ahead of another.
  private static let mostDays = 400
  /// Maximum number of reports that are read from each end of the index.
  private static let mostReports = 1_000

  mutating func forget() { byReporter.removeAll() }

  /// The usual senders of a reporter; nil if none is.
  mutating func usual(of reporter: String, _ db: Database) throws -> UsualSenders? {
    let organisations = try days(of: reporter, db)
    let authenticated = organisations.filter { $0.value.authenticated.count >= UsualSenders.authenticatedDays }
    if !authenticated.isEmpty { return UsualSenders(organisations: Set(authenticated.keys), areAuthenticated: true) }
    let most = organisations.values.map(\.all.count).max() ?? 0
    let usual = organisations.filter { $0.value.all.count >= UsualSenders.usualDays && $0.value.all.count * 2 >= most }
    return usual.isEmpty ? nil : UsualSenders(organisations: Set(usual.keys), areAuthenticated: false)
  }

  /// Counts a report that has been stored.
  mutating func note(_ report: IncomingReport) {
    guard let mail = report.mail, mail.agreement != .disagrees, let organisation = report.sendingOrganisation,
      var known = byReporter[report.identity.reporter]
    else { return }
    Self.add(organisation, report.identity.day, mail.authenticatedDomain != nil, to: &known)
    byReporter[report.identity.reporter] = known
  }

  private mutating func days(of reporter: String, _ db: Database) throws -> [String: Days] {
    if let known = byReporter[reporter] { return known }
    var found: [String: Days] = [:]
    for order in ["ASC", "DESC"] {
      // In the order of the unique index, so that no other reports are read.
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT sending_organisation.name, day, authenticated_domain IS NOT NULL
            FROM (SELECT id, day, sending_organisation_id, contested FROM report
              WHERE reporter_id = (SELECT id FROM reporter WHERE name = ?) ORDER BY report_key \(order) LIMIT ?) AS report
            JOIN report_mail ON report_mail.report_id = report.id
            JOIN sending_organisation ON sending_organisation.id = report.sending_organisation_id
            WHERE NOT report.contested AND agreement <> 'disagrees'
            """), arguments: [reporter, Self.mostReports])
      while let row = try rows.next() { Self.add(row[0], row[1], row[2], to: &found) }
    }
    if byReporter.count >= Self.mostReporters { byReporter.removeAll() }
    byReporter[reporter] = found
    return found
  }

  private static func add(_ organisation: String, _ day: Int64, _ isAuthenticated: Bool, to known: inout [String: Days])
  {
    guard !organisation.isEmpty, known[organisation] != nil || known.count < mostOrganisations else { return }
    var days = known[organisation] ?? Days()
    if days.all.count < mostDays { days.all.insert(day) }
    if isAuthenticated, days.authenticated.count < mostDays { days.authenticated.insert(day) }
    known[organisation] = days
  }
}

/// Who sent a stored report, if it arrived by email.
package struct StoredReportSender: Sendable, Hashable {
  /// Domain of the organisation; empty if the message names no author.
  package let organisation: String
  /// The host that authenticated it; nil if none did.
  package let authenticatedBy: String?

  /// Creates a sender.
  package init(organisation: String, authenticatedBy: String?) {
    self.organisation = organisation
    self.authenticatedBy = authenticatedBy
  }
}

extension ReportWriter {
  /// The organisations that usually send the reports of a reporter; nil if none does yet.
  package func usualSenders(of reporter: String) throws -> UsualSenders? { try senders.usual(of: reporter, db) }

  /// Who sent a stored report; nil if it was read from a file.
  package func sender(ofReport id: Int64) throws -> StoredReportSender? {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sending_organisation.name, ''),
          CASE WHEN authenticated_domain IS NOT NULL THEN authenticated_by END
        FROM report_mail JOIN report ON report.id = report_mail.report_id
        LEFT JOIN sending_organisation ON sending_organisation.id = report.sending_organisation_id
        WHERE report_mail.report_id = ?
        """, arguments: [id])
    return row.map { StoredReportSender(organisation: $0[0], authenticatedBy: $0[1]) }
  }

  /// Removes the warnings of one kind from a stored report.
  func removeWarnings(_ code: ReportWarning.Code, ofReport id: Int64) throws {
    try db.execute(sql: "DELETE FROM warning WHERE report_id = ? AND code = ?", arguments: [id, code.rawValue])
    guard db.changesCount > 0 else { return }
    try db.execute(
      sql: "UPDATE report SET warning_count = (SELECT count(*) FROM warning WHERE report_id = ?1) WHERE id = ?1",
      arguments: [id])
  }

  /// Adds a warning to a stored report, unless it has one of this kind.
  package func add(_ warning: ReportWarning, toReport id: Int64) throws {
    try db.execute(
      sql: """
        INSERT INTO warning (report_id, ordinal, code, line, message)
        SELECT ?1, coalesce((SELECT max(ordinal) + 1 FROM warning WHERE report_id = ?1), 0), ?2, NULL, ?3
        WHERE NOT EXISTS (SELECT * FROM warning WHERE report_id = ?1 AND code = ?2)
        """, arguments: [id, warning.code.rawValue, warning.message])
    if db.changesCount > 0 {
      try db.execute(sql: "UPDATE report SET warning_count = warning_count + 1 WHERE id = ?", arguments: [id])
    }
  }
}
