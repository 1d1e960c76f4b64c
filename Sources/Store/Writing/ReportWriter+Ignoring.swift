import DMARC
import GRDB

/// Incoming reports that a rule of `dmarcstat ignore` leaves out.
extension ReportWriter {
  private func currentRules() throws -> IgnoreRules {
    let rules = try ignoreRules ?? IgnoreRules(db)
    ignoreRules = rules
    return rules
  }

  /// The rule that ignores a report in memory; nil if none does.
  func ignoring(_ report: IncomingReport, _ batch: RecordBatch) throws -> Int64? {
    let rules = try currentRules()
    guard !rules.isEmpty else { return nil }
    return rules.match(
      reporter: report.identity.reporter, organisation: report.sendingOrganisation,
      policyDomain: report.identity.policyDomain.name,
      headerFroms: Set(batch.outcomes.map { $0.headerFrom.map(OutcomeColumns.fold) }))
  }

  /// The rule that ignores a long report, whose rows are in the tables; nil if none does.
  func ignoring(_ report: IncomingReport, _ rowID: Int64) throws -> Int64? {
    let rules = try currentRules()
    guard !rules.isEmpty else { return nil }
    return rules.match(
      reporter: report.identity.reporter, organisation: report.sendingOrganisation,
      policyDomain: report.identity.policyDomain.name, headerFroms: try IgnoreRules.headerFroms(of: rowID, db))
  }
}
