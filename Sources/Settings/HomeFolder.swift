import Glibc

/// The user's folders according to the environment.
package enum HomeFolder {
  /// `$HOME`; nil if it is not set, or not an absolute path.
  static var path: String? { absolute("HOME") }

  /// The folder named by an XDG variable, otherwise one below `$HOME`. A variable that is empty or relative is ignored
  /// (XDG Base Directory Specification).
  package static func folder(_ variable: String, default name: String) -> String? {
    absolute(variable) ?? path.map { ($0 == "/" ? "" : $0) + "/" + name }
  }

  /// A path with a leading `~` replaced with `$HOME`.
  /// - Throws: ``SettingsError`` if HOME is not set.
  package static func expanding(_ text: String) throws(SettingsError) -> String {
    guard text == "~" || text.hasPrefix("~/") else { return text }
    guard let path else { throw SettingsError("\(text): \(whyMissing): write an absolute path") }
    return path + text.dropFirst()
  }

  /// Why ``path`` is nil.
  package static var whyMissing: String {
    guard let value = getenv("HOME").map({ String(cString: $0) }), !value.isEmpty else { return "HOME is not set" }
    return "HOME is not an absolute path (\"\(value)\")"
  }

  private static func absolute(_ variable: String) -> String? {
    guard let value = getenv(variable).map({ String(cString: $0) }), value.hasPrefix("/") else { return nil }
    return value
  }
}
