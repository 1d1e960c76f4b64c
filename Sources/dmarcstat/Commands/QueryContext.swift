import Classification
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
}
