package import DMARC

/// A snapshot of an SPF record, with the time for which it was observed.
package struct StoredSPFSnapshot: Sendable, Hashable {
  /// The snapshot.
  package var snapshot: SPFSnapshot
  /// Whether each range, by its index, is shared with other customers of a provider.
  package var isShared: [Bool]
  /// When the record was first found in this state, epoch seconds.
  package var takenAt: Int64
  /// When the record was last found in this state, epoch seconds.
  package var checkedAt: Int64

  /// Creates a dated snapshot.
  package init(snapshot: SPFSnapshot, isShared: [Bool], takenAt: Int64, checkedAt: Int64) {
    self.snapshot = snapshot
    self.isShared = isShared
    self.takenAt = takenAt
    self.checkedAt = checkedAt
  }
}

/// An address whose host name is to be looked up.
package struct SourceToLookUp: Sendable, Hashable {
  /// Row id.
  package let id: Int64
  /// The address.
  package let address: IPAddress
}
