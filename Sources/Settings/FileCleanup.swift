/// What to do with a file once everything in it is stored.
package enum FileCleanup: Hashable, Sendable {
  /// Leave it where it is.
  case keep
  /// Move it into this folder, under the same name.
  case move(String)
  /// Delete it.
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

  /// The folder that files are moved to. It is not searched for reports, because its files have been read.
  package var target: String? {
    if case .move(let folder) = self { return folder }
    return nil
  }

  /// Replaces a leading `~` with the home folder, because shells do not expand it after a colon.
  /// - Throws: ``SettingsError`` if HOME is not set.
  package func expandingHome() throws(SettingsError) -> FileCleanup {
    guard case .move(let folder) = self else { return self }
    return .move(try HomeFolder.expanding(folder))
  }
}
