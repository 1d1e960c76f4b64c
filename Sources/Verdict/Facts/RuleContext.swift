import DMARC

/// What is the same for all flows that are judged together.
public struct RuleContext: Sendable {
  /// The operators of well-known hosts.
  public var table: InfrastructureTable
  /// Which names belong to one organisation.
  public var organisations: Organisations
  /// The thresholds of the rules.
  public var thresholds: Thresholds

  /// Creates a context.
  public init(
    organisations: Organisations, table: InfrastructureTable = .builtIn, thresholds: Thresholds = Thresholds()
  ) {
    self.organisations = organisations
    self.table = table
    self.thresholds = thresholds
  }
}
