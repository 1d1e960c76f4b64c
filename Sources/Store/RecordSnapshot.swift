/// What was published at one name at one time.
package struct ObservedRecord: Sendable, Hashable {
  /// A name that records are published at.
  package struct Place: Sendable, Hashable {
    /// The domain that the record is about.
    package var domain: String
    /// The kind of record.
    package var kind: String
    /// The owner name.
    package var owner: String

    /// Creates a place.
    package init(domain: String, kind: String, owner: String) {
      (self.domain, self.kind, self.owner) = (domain, kind, owner)
    }
  }

  package var place: Place
  /// The state in the form that is compared; nil if nothing is published.
  package var state: String?
  /// The text of the record, if the state is not that text.
  package var text: String?
  /// Whether the state may be due to a brief fault of a name server, so that a second lookup has to confirm it.
  package var isDoubtful: Bool
  /// Whether the record was looked up just now. An answer from the database confirms nothing.
  package var isFresh: Bool
  /// Whether to store that nothing is published, even if nothing was known about the place before.
  package var isExpected: Bool

  /// Creates an observation.
  package init(
    _ place: Place, state: String?, text: String?, isDoubtful: Bool, isFresh: Bool, isExpected: Bool
  ) {
    (self.place, self.state, self.text) = (place, state, text)
    (self.isDoubtful, self.isFresh, self.isExpected) = (isDoubtful, isFresh, isExpected)
  }
}

/// What was published at one name, with the time for which it was observed.
package struct RecordSnapshot: Sendable, Hashable {
  package var place: ObservedRecord.Place
  /// The state in the form that is compared; nil if nothing was published.
  package var state: String?
  /// The text of the record, if the state is not that text.
  package var text: String?
  /// When the record was first and last found in this state, in epoch seconds.
  package var firstSeen, lastSeen: Int64
  /// When the state became certain, in epoch seconds: with a second lookup if it needs one; nil until then.
  package var confirmedAt: Int64?

  /// Creates a dated state.
  package init(
    _ place: ObservedRecord.Place, state: String?, text: String? = nil, firstSeen: Int64, lastSeen: Int64,
    confirmedAt: Int64?
  ) {
    (self.place, self.state, self.text) = (place, state, text)
    (self.firstSeen, self.lastSeen, self.confirmedAt) = (firstSeen, lastSeen, confirmedAt)
  }
}
