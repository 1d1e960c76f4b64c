import DMARC
import GRDB

/// The properties of a report that decide whether its sender is trusted on its own.
package struct StoredReportOrigin: Sendable {
  /// Row ids.
  package let report, organisation, reporter, policyDomain: Int64
  /// UTC day of the report.
  package let day: Int64
  /// End of the reporting period, epoch seconds, as reported.
  package let end: Int64
  /// When it was stored, epoch seconds.
  package let ingestedAt: Int64
  /// When the message with the report arrived, epoch seconds; nil if that is unknown.
  package let receivedAt: Int64?
  /// Whether it arrived by email.
  package let cameByMail: Bool
  /// Whether the message names no author.
  package let isAnonymous: Bool
  /// Whether the message and the report name different organisations.
  package let disagrees: Bool
  /// Whether the message has a signature in the name of its author's organisation.
  package let isSigned: Bool
  /// The host that authenticated the author's organisation; nil if none has.
  package let authenticatedBy: String?
  /// Whether it was contested at the last classification.
  package let isContested: Bool
}

/// An organisation that has sent reports.
package struct SendingOrganisation: Sendable {
  /// Row id.
  package let id: Int64
  /// Domain, or name if there is no domain.
  package let name: String
  /// Why it is trusted on its own: `usual` or `authenticated`; nil if it is not.
  package let standing: String?
}

/// SQL fragments about the origin of reports.
enum ReportOrigins {
  static func organisation(_ name: String, in db: Database) throws -> Int64 {
    let known = try Int64.fetchOne(db, sql: "SELECT id FROM sending_organisation WHERE name = ?", arguments: [name])
    if let known { return known }
    try db.execute(sql: "INSERT INTO sending_organisation (name) VALUES (?)", arguments: [name])
    return db.lastInsertedRowID
  }

  /// Whether a report is not contested, and comes from an organisation that is trusted on its own.
  static let isBelieved: SQL = """
    (NOT report.contested AND report.sending_organisation_id IN
      (SELECT id FROM sending_organisation WHERE standing IS NOT NULL))
    """

  /// Whether one of these hosts has authenticated the message with the report.
  static func isAuthenticated(by hosts: [String]) -> SQL {
    """
    EXISTS (SELECT * FROM report_mail WHERE report_id = report.id AND authenticated_domain IS NOT NULL
      AND authenticated_by IN \(SQL.list(hosts)))
    """
  }
}
