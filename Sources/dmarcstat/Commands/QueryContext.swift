import Classification
import DMARC
import Settings
import Store
import Verdict

/// What a question about verdicts needs: the configuration, and a database whose verdicts are up to date.
struct QueryContext {
  let configuration: Configuration
  let database: ReportDatabase

  /// Reads the configuration and opens the database.
  init(_ options: DatabaseOptions) throws {
    configuration = try options.configuration()
    database = try options.openUpToDate(configuration)
  }

  /// Texts in the language that was asked for.
  func phrasebook(_ option: LanguageOption) -> Phrasebook { Phrasebook(option.language(configuration)) }

  /// Judges with what is declared now.
  func classifier() throws -> Classifier { try Classifier(configuration, database) }

  /// What verdicts rest on besides reports.
  func classificationContext() throws -> ClassificationContext {
    try ClassificationContext(configuration, database.knownSenders())
  }

  /// The names of sources.
  /// - Parameter isByOperator: whether sources are grouped by operator; otherwise no file with names is read.
  func naming(for isByOperator: Bool) throws -> SourceNaming {
    guard isByOperator else { return .networks }
    return try OperatorNames(configuration, classificationContext()).naming
  }

  /// Refuses a domain that no report is about, neither itself nor one below it.
  /// - Throws: a ``CommandError`` that names similar domains.
  func requireReports(on domain: DomainName) throws {
    guard try database.newestDay(RecordFilter(domains: [domain])) == nil else { return }
    throw CommandError(message: try noReports(on: domain), status: .incomplete)
  }

  /// What a domain without reports ends with: similar domains, which have some.
  func noReports(on domain: DomainName) throws -> String {
    let near = NearNames.of(domain, among: try database.policyDomains()).map(\.name)
    let hint =
      near.isEmpty
      ? "`dmarcstat summary` lists the domains that have some" : "did you mean \(near.joined(separator: ", "))?"
    return "no report is about \(domain): \(hint)"
  }

  /// The period that an answer covers.
  func covered(_ filter: RecordFilter, _ options: PeriodOptions) throws -> CoveredPeriod {
    CoveredPeriod(
      filter, reported: try database.coveredDays(filter), today: options.today(configuration))
  }
}
