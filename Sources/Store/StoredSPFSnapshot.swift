import DMARC

/// A snapshot of an SPF record, with the time for which it was observed.
public struct StoredSPFSnapshot: Sendable, Hashable {
  /// The snapshot.
  public var snapshot: SPFSnapshot
  /// Whether each range, by its index, is shared with other customers of a provider.
  public var isShared: [Bool]
  /// When the record was first found in this state, epoch seconds.
  public var takenAt: Int64
  /// When the record was last found in this state, epoch seconds.
  public var checkedAt: Int64

  /// Creates a dated snapshot.
  public init(snapshot: SPFSnapshot, isShared: [Bool], takenAt: Int64, checkedAt: Int64) {
    self.snapshot = snapshot
    self.isShared = isShared
    self.takenAt = takenAt
    self.checkedAt = checkedAt
  }
}

/// An address whose host name is to be looked up.
public struct SourceToLookUp: Sendable, Hashable {
  /// Row id.
  public let id: Int64
  /// The address.
  public let address: IPAddress
}
