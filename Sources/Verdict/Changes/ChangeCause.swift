package import DMARC

/// What goes with a change: found in the same messages, or only at the same time.
package struct ChangeCause: Sendable, Hashable {
  /// What it is. The raw values are printed, and never change.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The messages of one sender changed.
    case sender
    /// The signatures of a key no longer verify, or do again.
    case keyStopped = "key-stopped"
    case keyVerifies = "key-verifies"
    /// The messages no longer carry an aligned signature, or do now.
    case notSigned = "not-signed"
    case signed
    /// SPF no longer passes for the envelope domain, or does now.
    case spfStopped = "spf-stopped"
    case spfPasses = "spf-passes"
    /// A sender appeared or disappeared.
    case senderNew = "sender-new"
    case senderGone = "sender-gone"
    /// A published record changed at the same time.
    case spfRecord = "spf-record"
    case dmarcRecord = "dmarc-record"
    /// The record of the key changed.
    case keyRecord = "key-record"
  }

  /// What it is.
  package var kind: Kind
  /// The sender.
  package var sender: SenderIdentity?
  /// The signing or envelope domain.
  package var domain: String?
  /// The selector; nil if reporters do not name it.
  package var selector: String?
  /// What the record lost and gained.
  package var record: RecordDifference?
  /// Since when.
  package var since: CalendarDay?

  /// Creates a cause.
  package init(_ kind: Kind, since: CalendarDay?) {
    self.kind = kind
    self.since = since
  }

  /// Whether it is only known to have happened at the same time.
  package var isCoincidence: Bool { kind == .spfRecord || kind == .dmarcRecord }
}
