package import Store
import Verdict

extension ReviewQuestion {
  /// The monthly review of the reports in a filter.
  /// - Parameter isFolded: whether the sources of a campaign become one row.
  package init(_ filter: RecordFilter, _ context: ClassificationContext, isFolded: Bool) {
    let organisations = context.ruleContext.organisations
    self.init(
      filter, decisions: Set(Verdict.allCases.filter(\.requiresDecision).map(\.rawValue)),
      severities: Verdict.severities, isFolded: isFolded, organisation: { organisations.domain(of: $0) ?? $0 })
  }
}
