import DMARC

/// A flow as the history takes it in.
public struct HistoricFlow {
  /// The outcome under its policy.
  public let outcome: AlignedOutcome
  /// Index of the source, from 0, the same for all flows of one address.
  public let source: Int32
  /// The address.
  public let address: IPAddress
  /// What is known of the source.
  public let sourceFacts: SourceFacts
  /// What the operator has declared of it.
  public let declared: OperatorFacts
  /// Equal for flows with equal outcomes.
  public let outcomeID: Int64

  /// A flow.
  public init(
    outcome: AlignedOutcome, source: Int32, address: IPAddress, sourceFacts: SourceFacts, declared: OperatorFacts,
    outcomeID: Int64
  ) {
    self.outcome = outcome
    self.source = source
    self.address = address
    self.sourceFacts = sourceFacts
    self.declared = declared
    self.outcomeID = outcomeID
  }
}
