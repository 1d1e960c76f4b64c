/// What becomes of a file once everything in it is stored.
package enum FileCleanup: Hashable, Sendable {
  /// It stays where it is.
  case keep
  /// Into this folder, under its own name.
  case move(String)
  case delete

  /// Reads `keep`, `delete` or `move:FOLDER`; nil for anything else.
  package init?(_ text: String) {
    switch text {
    case "keep": self = .keep
    case "delete": self = .delete
    default:
      guard text.hasPrefix("move:"), text.count > 5 else { return nil }
      self = .move(String(text.dropFirst(5)))
    }
  }

  /// The folder that files are moved to. It is not searched for reports: it holds those that are done.
  package var target: String? {
    if case .move(let folder) = self { return folder }
    return nil
  }

  /// Replaces a leading `~` by the home folder: no shell does that after a colon.
  /// - Throws: ``SettingsError`` if HOME is not set.
  package func expandingHome() throws(SettingsError) -> FileCleanup {
    guard case .move(let folder) = self else { return self }
    return .move(try HomeFolder.expanding(folder))
  }
}
