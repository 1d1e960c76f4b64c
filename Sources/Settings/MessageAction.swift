/// What to do with a message on the server once it has been read.
package enum MessageAction: Sendable, Hashable, CustomStringConvertible {
  /// Leave it in the mailbox, unchanged.
  case keep
  /// Mark it as read.
  case seen
  /// Move it to this mailbox.
  case move(String)
  /// Delete it.
  case delete

  /// Reads `keep`, `seen`, `delete` or `move:FOLDER`; nil for anything else.
  package init?(_ text: String) {
    switch text {
    case "keep": self = .keep
    case "seen": self = .seen
    case "delete": self = .delete
    default:
      guard text.hasPrefix("move:"), text.count > 5 else { return nil }
      self = .move(String(text.dropFirst(5)))
    }
  }

  /// The form used in the configuration.
  package var description: String {
    switch self {
    case .keep: "keep"
    case .seen: "seen"
    case .delete: "delete"
    case .move(let folder): "move:\(folder)"
    }
  }
}
