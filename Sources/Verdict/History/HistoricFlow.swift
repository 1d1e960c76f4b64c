public import DMARC

/// A flow as input of ``OrganisationHistory``.
public struct HistoricFlow {
  /// The outcome under its policy.
  public let outcome: AlignedOutcome
  /// The index of the source, from 0; the same for all flows of one address.
  public let source: Int32
  /// The sending address.
  public let address: IPAddress
  /// What is known about the source.
  public let sourceFacts: SourceFacts
  /// What the operator has declared about it.
  public let declared: OperatorFacts
  /// The number of the outcome; equal for equal outcomes.
  public let outcomeID: Int64

  /// Creates a flow.
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
