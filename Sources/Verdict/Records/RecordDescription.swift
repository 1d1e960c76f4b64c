/// A stored state of a watched record, in the form that is shown.
package struct RecordDescription: Sendable, Hashable {
  /// What the state means. The raw values are printed, and never change.
  package enum Condition: String, Sendable, Hashable, CaseIterable {
    case published
    /// Nothing is published.
    case absent
    /// The DMARC record of a parent applies.
    case inherited
    /// There are several records, so none applies.
    case several
    /// Receivers get a permanent error, or cannot use the key.
    case invalid
    /// A key record with an empty `p=` (RFC 6376 §3.6.1).
    case revoked
  }

  package var condition = Condition.published
  /// The text of the record; nil if there is none.
  package var text: String?
  /// The owner of the DMARC record that applies.
  package var inheritedFrom: String?
  /// The type of a key, its length in bits, and its SHA-256 in hexadecimal; nil if the record is not a key.
  package var keyType: String?
  package var keyBits: Int?
  package var fingerprint: String?
  /// Whether the domain only tests DKIM (RFC 6376 §3.6.1, `t=y`).
  package var isTesting = false

  /// - Parameters:
  ///   - state: as ``WatchedRecord/state``; nil if nothing is published.
  ///   - text: the text of the record, if the state is not that text.
  package init(_ kind: RecordKind, state: String?, text: String?) {
    guard let state else {
      condition = .absent
      return
    }
    self.text = text ?? state
    switch kind {
    case .spf where state.hasPrefix(SPFState.permerror):
      (condition, self.text) = (.invalid, SPFState.text(state))
    case .dmarc where state == DMARCState.several: condition = .several
    case .dmarc where state.hasPrefix(DMARCState.inherited):
      (condition, inheritedFrom) = (.inherited, String(state.dropFirst(DMARCState.inherited.count)))
    case .dkim: describe(KeyState(stored: state))
    default: break
    }
  }

  private mutating func describe(_ key: KeyState?) {
    isTesting = key?.isTesting ?? false
    switch key?.condition {
    case .usable(let type, let bits, let hash): (keyType, keyBits, fingerprint) = (type, bits, hash)
    case .revoked: condition = .revoked
    case .unusable(let cause, let hash):
      (condition, fingerprint) = (cause == "several" ? .several : .invalid, hash)
    case nil: condition = .invalid
    }
  }
}
