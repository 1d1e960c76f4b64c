import DMARC
import Settings
import Store
import Verdict

/// Keeps the stored verdicts up to date with reports, declared senders, look-ups and rules.
///
/// Verdicts rest on all mail in the name of an organisation, so an organisation is judged as a whole: those that new reports speak of,
/// or all, if the context has changed.
package struct Classifier {
  private static let groundKey = "judged.rules"
  private static let reportKey = FlowStore.judgedReport

  package let context: ClassificationContext

  package init(_ configuration: Configuration, _ database: ReportDatabase) throws {
    context = try ClassificationContext(configuration, database.knownSenders())
  }

  private func fingerprint(_ flows: FlowStore) throws -> String { context.fingerprint(try flows.lookUpState()) }

  /// Whether ``refresh(_:all:progress:)`` would do anything.
  package func isNeeded(_ database: ReportDatabase) throws -> Bool {
    try database.readFlows { flows in
      try flows.setting(Self.groundKey) != fingerprint(flows)
        || flows.setting(Self.reportKey) != String(flows.newestReport())
    }
  }

  /// What a round of judging did.
  package struct Outcome {
    package var organisations = 0
    package var flows = 0
    package var changed = 0
  }

  /// Judges what is new; everything, where that is asked for or the context of old verdicts has changed.
  @discardableResult
  package func refresh(
    _ database: ReportDatabase, all: Bool = false, progress: (Double) -> Void = { _ in }
  ) throws -> Outcome {
    try database.withFlows { flows in
      let newest = try flows.newestReport()
      let judged = try flows.setting(Self.reportKey).flatMap { Int64($0) } ?? 0
      let fingerprint = try fingerprint(flows)
      let isSameGround = try flows.setting(Self.groundKey) == fingerprint
      let review = try ReporterReview(flows, context)
      let isWhole = all || !isSameGround || review.changesAll
      let touched = isWhole ? nil : try flows.headerFroms(sinceReport: judged).union(review.touched)
      let outcome = try judge(flows, touched, review.trustPolicy, progress)
      try flows.set(Self.groundKey, fingerprint)
      try flows.set(Self.reportKey, String(newest))
      return outcome
    }
  }

  private func judge(
    _ flows: FlowStore, _ touched: Set<Int64>?, _ trustPolicy: TrustPolicy, _ progress: (Double) -> Void
  ) throws -> Outcome {
    let units = try units(flows, touched)
    var outcome = Outcome(organisations: units.count)
    guard !units.isEmpty else { return outcome }
    let reporters = try flows.reporters()
    for (number, headerFroms) in units.enumerated() {
      let unit = try OrganisationClassifier(
        flows, headerFroms: headerFroms, context: context, reporters: reporters, trustPolicy: trustPolicy)
      outcome.changed += try unit.judge { outcome.flows += $0 }
      progress(Double(number + 1) / Double(units.count))
    }
    return outcome
  }

  private static let fewOrganisations = 16

  /// The From domains of each organisation that is to be judged.
  private func units(_ flows: FlowStore, _ touched: Set<Int64>?) throws -> [[Int64]] {
    func organisation(_ text: String) -> String {
      guard let name = DomainName(text) else { return "" }
      return (context.ruleContext.organisations.domain(of: name) ?? name).name
    }
    // Only names below an organisation can belong to it; with many organisations, one look at all names is cheaper.
    var parents: [String]?
    if let touched {
      let names = Set(try flows.names(ofHeaderFroms: touched).map(organisation))
      if names.count <= Self.fewOrganisations { parents = names.filter { !$0.isEmpty } }
    }
    let groups = Dictionary(grouping: try flows.headerFroms(under: parents)) { organisation($0.name) }
    return groups.values.map { $0.map(\.id) }.filter { ids in
      touched.map { touched in ids.contains { touched.contains($0) } } ?? true
    }
  }

  /// The facts on the flows of one source, by row id.
  package func facts(_ database: ReportDatabase, _ source: IPAddress) throws -> [Int64: OrganisationClassifier.Facts] {
    try database.readFlows { flows in
      let touched = try flows.headerFroms(from: source)
      let reporters = try flows.reporters()
      let trustPolicy = try ReporterReview.trustPolicy(flows)
      var result: [Int64: OrganisationClassifier.Facts] = [:]
      for headerFroms in try units(flows, touched) {
        let unit = try OrganisationClassifier(
          flows, headerFroms: headerFroms, context: context, reporters: reporters, trustPolicy: trustPolicy)
        result.merge(try unit.facts(of: source)) { first, _ in first }
      }
      return result
    }
  }
}
