/// The last step that was taken to clean up a message on its server, so that the next run can continue after an interruption at any point.
package enum CleanupStep: Sendable, Hashable {
  /// It is marked as read.
  case seen
  /// It is deleted.
  case deleted
  /// It was moved to another mailbox.
  case moved(to: String)
  /// It is about to be copied, on a server that cannot move. The copy will have at least this identifier (RFC 9051 §2.3.1.1).
  case copying(to: String, uidValidity: UInt32, uidNext: UInt32)
  /// It was copied and has not been deleted.
  case copied(to: String)
}

extension CleanupStep {
  /// The step in its stored form.
  var words: String {
    switch self {
    case .seen: "seen"
    case .deleted: "deleted"
    case .moved(let mailbox): "moved \(mailbox)"
    case .copying(let mailbox, let uidValidity, let uidNext): "copying \(uidValidity) \(uidNext) \(mailbox)"
    case .copied(let mailbox): "copied \(mailbox)"
    }
  }

  /// Decodes a stored step; nil if its words are unknown.
  init?(words text: String) {
    // The name of a mailbox may have spaces anywhere.
    let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (words[0], words.count) {
    case ("seen", 1): self = .seen
    case ("deleted", 1): self = .deleted
    case ("moved", 2): self = .moved(to: words[1])
    case ("copied", 2): self = .copied(to: words[1])
    case ("copying", 2):
      let parts = words[1].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, let uidValidity = UInt32(parts[0]), let uidNext = UInt32(parts[1]) else { return nil }
      self = .copying(to: String(parts[2]), uidValidity: uidValidity, uidNext: uidNext)
    default: return nil
    }
  }
}
