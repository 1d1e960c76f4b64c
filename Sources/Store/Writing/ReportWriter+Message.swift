import DMARC
import GRDB

/// Stores the message that contained a report.
extension ReportWriter {
  func insertMail(_ mail: IncomingMessage?, _ reportID: Int64) throws {
    guard let mail else { return }
    let (header, results) = (mail.header, mail.header.authentication)
    addMail.bind(reportID, at: 1)
    addMail.bind(header.from, at: 2)
    addMail.bind(header.forwardedBy, at: 3)
    addMail.bind(header.receivedAt, at: 4)
    addMail.bind(mail.agreement.rawValue, at: 5)
    addMail.bind(Self.names(header.signatureDomains), at: 6)
    addMail.bind(mail.isSigned ? 1 : 0 as Int64, at: 7)
    addMail.bind(results?.host.name, at: 8)
    addMail.bind(mail.authenticatedDomain?.name, at: 9)
    addMail.bind(Self.names(results?.dkimDomains ?? []), at: 10)
    addMail.bind(results?.spfDomain?.name, at: 11)
    addMail.bind(results?.dmarcDomain?.name, at: 12)
    try addMail.run()
  }

  static let mailInsertion = """
    INSERT OR REPLACE INTO report_mail (report_id, sender, forwarded_by, received_at, agreement, signature_domains,
      is_signed, authenticated_by, authenticated_domain, dkim_domains, spf_domain, dmarc_domain)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  /// A copy with exactly the same bytes that a trusted host authenticated proves more about the origin of the report than the first
  /// copy. Any other copy proves nothing about the stored rows.
  func noteCopy(_ report: IncomingReport, of rowID: Int64) throws {
    guard let mail = report.mail, mail.authenticatedDomain != nil, mail.agreement != .disagrees,
      try findBytes(of: report) == rowID
    else { return }
    let usual = try usualSenders(of: report.identity.reporter)?.organisations ?? []
    let isUsual = report.sendingOrganisation.map(usual.contains) ?? false
    let known = try sender(ofReport: rowID)
    let isStoredUnusual = isUsual && known.map { !usual.contains($0.organisation) } ?? false
    guard known?.authenticatedBy == nil || isStoredUnusual else { return }
    if isUsual { try removeWarnings(.senderUnusual, ofReport: rowID) }
    try rollUps.regroup(rowID) {
      try insertMail(mail, rowID)
      try db.execute(
        sql: "UPDATE report SET sending_organisation_id = ? WHERE id = ?",
        arguments: [try report.sendingOrganisation.map { try interning.sendingOrganisation($0) }, rowID])
    }
    // Reports that were stored before count for more now, so everything is classified again.
    try db.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [FlowStore.judgedReport])
  }

  private static func names(_ domains: [DomainName]) -> String {
    OutcomeColumns.list(domains.lazy.map(\.name))
  }
}
