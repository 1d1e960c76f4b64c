package import DMARC

/// What the monthly review is about, and what its rows are judged by.
package struct ReviewQuestion: Sendable {
  /// The reports.
  package var filter: RecordFilter
  /// The verdicts, as they are stored, that somebody must decide about. Sources that need review are always decided about.
  package var decisions: Set<String>
  /// Which verdicts make a campaign.
  package var severities: [VerdictSeverity]
  /// Whether the sources of a campaign become one row.
  package var isFolded: Bool
  /// The organisational domain of a host name.
  package var organisation: @Sendable (DomainName) -> DomainName?

  /// Creates a question.
  package init(
    _ filter: RecordFilter, decisions: Set<String>, severities: [VerdictSeverity], isFolded: Bool = true,
    organisation: @escaping @Sendable (DomainName) -> DomainName? = { $0 }
  ) {
    self.filter = filter
    self.decisions = decisions
    self.severities = severities
    self.isFolded = isFolded
    self.organisation = organisation
  }
}
