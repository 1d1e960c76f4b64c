import DMARC

/// What stays the same for all flows of a round of judging.
public struct RuleContext: Sendable {
  /// Who operates which hosts.
  public var table: InfrastructureTable
  /// Which names belong together.
  public var organisations: Organisations
  /// What the rules compare with.
  public var thresholds: Thresholds

  /// A context.
  public init(
    organisations: Organisations, table: InfrastructureTable = .builtIn, thresholds: Thresholds = Thresholds()
  ) {
    self.organisations = organisations
    self.table = table
    self.thresholds = thresholds
  }
}
