/// The last step that was taken to clean up a message on its server, so that a run which ends anywhere is taken up by the next one.
public enum CleanupStep: Sendable, Hashable {
  /// It is marked as read.
  case seen
  /// It is deleted.
  case deleted
  /// It is in another mailbox, and no longer in its own.
  case moved(to: String)
  /// It is about to be copied, on a server that cannot move. The copy will have at least this identifier (RFC 9051 §2.3.1.1).
  case copying(to: String, uidValidity: UInt32, uidNext: UInt32)
  /// It was copied and has not been deleted.
  case copied(to: String)
}

extension CleanupStep {
  /// The step as the database has it.
  var words: String {
    switch self {
    case .seen: "seen"
    case .deleted: "deleted"
    case .moved(let mailbox): "moved \(mailbox)"
    case .copying(let mailbox, let uidValidity, let uidNext): "copying \(uidValidity) \(uidNext) \(mailbox)"
    case .copied(let mailbox): "copied \(mailbox)"
    }
  }

  /// The step that the database has; nil if its words are not known.
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
