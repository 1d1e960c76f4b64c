package import DMARC
package import Settings
package import Store
import Verdict

/// Keeps the stored verdicts up to date with reports, known senders, DNS lookups and rules.
///
/// A verdict depends on all messages in the name of an organisation, so an organisation is classified as a whole: the organisations in
/// new reports and those that changed declarations touch, or all if anything else in the context has changed.
package struct Classifier {
  /// What the verdicts depend on besides reports.
  package let context: ClassificationContext
  private let configuration: Configuration

  /// Creates a classifier with a configuration and the known senders of a database.
  /// - Throws: ``ClassificationError`` or `StoreError`.
  package init(_ configuration: Configuration, _ database: ReportDatabase) throws {
    self.configuration = configuration
    context = try ClassificationContext(configuration, database.knownSenders())
  }

  /// Whether ``refresh(_:all:progress:)`` would change anything that no other process is about to change.
  package func isNeeded(_ database: ReportDatabase) throws -> Bool {
    try database.readFlows { flows in
      let state = try JudgingState(flows)
      guard try state.fingerprint == context.fingerprint(flows.lookUpState()),
        try state.senders == JudgedSender.text(context.judgedSenders),
        try state.newestReport == flows.newestReport()
      else { return true }
      return try state.unfinished != nil && !JudgingState.isOtherJudging(flows)
    }
  }

  /// The counts of a classification run.
  package struct Outcome {
    /// The organisations that were classified.
    package var organisations = 0
    /// The flows that were classified.
    package var flows = 0
    /// The flows whose verdict has changed.
    package var changed = 0
  }

  /// How often a run begins again if declarations change meanwhile.
  private static let mostRuns = 3

  /// Classifies the organisations in new reports, or all organisations on request or if the context has changed, and those that a run
  /// that did not come to its end has left. If another process keeps changing declarations, it is left to judge the rest.
  /// - Parameters:
  ///   - all: whether to classify all organisations.
  ///   - progress: takes the completed share, 0 to 1.
  @discardableResult
  package func refresh(
    _ database: ReportDatabase, all: Bool = false, progress: (Double) -> Void = { _ in }
  ) throws -> Outcome {
    var context = context
    var outcome = Outcome()
    for _ in 0..<Self.mostRuns {
      var run = try JudgingRun(database, context, all: all)
      do {
        try run.finish(progress)
        return run.outcome
      } catch is JudgingRun.Outdated {
        outcome = run.outcome
        context = try ClassificationContext(configuration, database.knownSenders())
      }
    }
    return outcome
  }

  /// The maximum number of organisations whose domains are queried one by one.
  private static let maxParentDomains = 16

  /// The From domains of organisations, by name.
  static func headerFroms(
    of organisations: Set<String>, _ flows: FlowStore, _ context: ClassificationContext
  ) throws -> [String: [Int64]] {
    // Only names below an organisational domain can belong to it. With many organisations, one query for all names is cheaper.
    let parents = organisations.count <= maxParentDomains ? organisations.filter { !$0.isEmpty } : nil
    return try flows.headerFroms(under: parents.map(Array.init)).reduce(into: [:]) { groups, headerFrom in
      let name = context.organisation(ofHeaderFrom: headerFrom.name)
      if organisations.contains(name) { groups[name, default: []].append(headerFrom.id) }
    }
  }

  /// The facts about flows, by row id.
  package func facts(
    _ database: ReportDatabase, ofFlows ids: Set<Int64>
  ) throws -> [Int64: OrganisationClassifier.Facts] {
    try facts(database, { try $0.headerFroms(ofFlows: ids) }, { try $0.facts(ofFlows: ids) })
  }

  /// The facts about the flows of a source, by row id.
  package func facts(_ database: ReportDatabase, _ source: IPAddress) throws -> [Int64: OrganisationClassifier.Facts] {
    try facts(database, { try $0.headerFroms(from: source) }, { try $0.facts(of: source) })
  }

  private func facts(
    _ database: ReportDatabase, _ headerFroms: (FlowStore) throws -> Set<Int64>,
    _ facts: (OrganisationClassifier) throws -> [Int64: OrganisationClassifier.Facts]
  ) throws -> [Int64: OrganisationClassifier.Facts] {
    try database.readFlows { flows in
      let names = try flows.names(ofHeaderFroms: headerFroms(flows)).map(context.organisation(ofHeaderFrom:))
      let standings = try ReporterStandings(flows)
      let relays = try LearnedRelays.judged(flows)
      var result: [Int64: OrganisationClassifier.Facts] = [:]
      for (_, headerFroms) in try Self.headerFroms(of: Set(names), flows, context) {
        let organisation = try OrganisationClassifier(
          flows, headerFroms: headerFroms, context: context, standings: standings, relays: relays)
        result.merge(try facts(organisation)) { first, _ in first }
      }
      return result
    }
  }
}
