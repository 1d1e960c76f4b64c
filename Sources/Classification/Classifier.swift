package import DMARC
package import Settings
package import Store
import Verdict

/// Keeps the stored verdicts up to date with reports, known senders, DNS lookups and rules.
///
/// A verdict depends on all messages in the name of an organisation, so an organisation is classified as a whole: the organisations in
/// new reports and those that changed declarations touch, or all if anything else in the context has changed.
package struct Classifier {
  private static let contextKey = "judged.rules"
  private static let sendersKey = "judged.senders"
  private static let reportKey = FlowStore.judgedReport

  /// What the verdicts depend on besides reports.
  package let context: ClassificationContext

  /// Creates a classifier with a configuration and the known senders of a database.
  /// - Throws: ``ClassificationError`` or `StoreError`.
  package init(_ configuration: Configuration, _ database: ReportDatabase) throws {
    context = try ClassificationContext(configuration, database.knownSenders())
  }

  private func fingerprint(_ flows: FlowStore) throws -> String { context.fingerprint(try flows.lookUpState()) }

  /// Whether ``refresh(_:all:progress:)`` would change anything.
  package func isNeeded(_ database: ReportDatabase) throws -> Bool {
    try database.readFlows { flows in
      try flows.setting(Self.contextKey) != fingerprint(flows)
        || flows.setting(Self.sendersKey) != JudgedSender.text(context.judgedSenders)
        || flows.setting(Self.reportKey) != String(flows.newestReport())
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

  /// Classifies the organisations in new reports, or all organisations on request or if the context has changed.
  /// - Parameters:
  ///   - all: whether to classify all organisations.
  ///   - progress: takes the completed share, 0 to 1.
  @discardableResult
  package func refresh(
    _ database: ReportDatabase, all: Bool = false, progress: (Double) -> Void = { _ in }
  ) throws -> Outcome {
    try database.withFlows { flows in
      let newest = try flows.newestReport()
      let lastReport = try flows.setting(Self.reportKey).flatMap { Int64($0) } ?? 0
      let fingerprint = try fingerprint(flows)
      let isContextUnchanged = try flows.setting(Self.contextKey) == fingerprint
      let review = try ReporterReview(flows, context)
      let touched = try headerFromsOfChangedSenders(flows)
      let isFullRun = all || !isContextUnchanged || review.requiresFullRun
      let changedHeaderFroms =
        isFullRun
        ? nil
        : try touched.map { touched in
          try touched.union(flows.headerFroms(sinceReport: lastReport)).union(review.changedHeaderFroms(flows))
        }
      let outcome = try classify(flows, changedHeaderFroms, review.trustPolicy, progress)
      try flows.set(Self.contextKey, fingerprint)
      try flows.set(Self.sendersKey, JudgedSender.text(context.judgedSenders))
      try flows.set(Self.reportKey, String(newest))
      return outcome
    }
  }

  /// The From domains that the declarations touch that have come, gone or changed since the last run; nil if those of the last run are
  /// not known.
  private func headerFromsOfChangedSenders(_ flows: FlowStore) throws -> Set<Int64>? {
    guard let before = try flows.setting(Self.sendersKey).flatMap(JudgedSender.set) else { return nil }
    return try before.symmetricDifference(context.judgedSenders).reduce(into: []) {
      $0.formUnion(try $1.headerFroms(flows, context))
    }
  }

  private func classify(
    _ flows: FlowStore, _ changedHeaderFroms: Set<Int64>?, _ trustPolicy: TrustPolicy, _ progress: (Double) -> Void
  ) throws -> Outcome {
    let organisations = try organisations(flows, changedHeaderFroms)
    var outcome = Outcome(organisations: organisations.count)
    guard !organisations.isEmpty else { return outcome }
    let reporters = try flows.reporters()
    let relays = try LearnedRelays(flows)
    for (number, (name, headerFroms)) in organisations.enumerated() {
      let organisation = try OrganisationClassifier(
        flows, headerFroms: headerFroms, context: context, reporters: reporters, trustPolicy: trustPolicy,
        relays: relays)
      outcome.changed += try organisation.classify { outcome.flows += $0 }
      try organisation.teach(name)
      progress(Double(number + 1) / Double(organisations.count))
    }
    if changedHeaderFroms == nil { try flows.forgetRelays(except: organisations.map(\.name)) }
    outcome.changed += try reclassify(unlike: relays, flows, reporters, trustPolicy)
    return outcome
  }

  /// Classifies the organisations again whose mail comes from hosts that only now turned out to be relays, or not to be. What their mail
  /// shows does not depend on this, so once is enough.
  private func reclassify(
    unlike old: LearnedRelays, _ flows: FlowStore, _ reporters: [Int64: String], _ trustPolicy: TrustPolicy
  ) throws -> Int {
    let relays = try LearnedRelays(flows)
    let changed = try LearnedRelays.headerFroms(from: relays.keys(unlike: old), flows, context)
    guard !changed.isEmpty else { return 0 }
    return try organisations(flows, changed).reduce(0) { sum, group in
      let organisation = try OrganisationClassifier(
        flows, headerFroms: group.headerFroms, context: context, reporters: reporters, trustPolicy: trustPolicy,
        relays: relays)
      return sum + (try organisation.classify { _ in })
    }
  }

  /// The maximum number of organisations whose domains are queried one by one.
  private static let maxParentDomains = 16

  /// The From domains of each organisation with at least one of the given domains; of all organisations if nil.
  private func organisations(
    _ flows: FlowStore, _ changedHeaderFroms: Set<Int64>?
  ) throws -> [(name: String, headerFroms: [Int64])] {
    func organisation(_ text: String) -> String {
      guard let name = DomainName(text) else { return "" }
      return (context.ruleContext.organisations.domain(of: name) ?? name).name
    }
    // Only names below an organisational domain can belong to it. With many organisations, one query for all names is cheaper.
    var parentDomains: [String]?
    if let changedHeaderFroms {
      let names = Set(try flows.names(ofHeaderFroms: changedHeaderFroms).map(organisation))
      if names.count <= Self.maxParentDomains { parentDomains = names.filter { !$0.isEmpty } }
    }
    let groups = Dictionary(grouping: try flows.headerFroms(under: parentDomains)) { organisation($0.name) }
    return groups.map { ($0.key, $0.value.map(\.id)) }.filter { _, ids in
      changedHeaderFroms.map { changedHeaderFroms in ids.contains { changedHeaderFroms.contains($0) } } ?? true
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
      let changedHeaderFroms = try headerFroms(flows)
      let reporters = try flows.reporters()
      let trustPolicy = try ReporterReview.trustPolicy(flows)
      var result: [Int64: OrganisationClassifier.Facts] = [:]
      let relays = try LearnedRelays(flows)
      for (_, headerFroms) in try organisations(flows, changedHeaderFroms) {
        let organisation = try OrganisationClassifier(
          flows, headerFroms: headerFroms, context: context, reporters: reporters, trustPolicy: trustPolicy,
          relays: relays)
        result.merge(try facts(organisation)) { first, _ in first }
      }
      return result
    }
  }
}
