/// Why a setting cannot be used: a mistake in the configuration, in a mailbox URL, or a home folder that is missing.
package struct SettingsError: Error, Hashable, CustomStringConvertible {
  /// The configuration file; nil if the mistake is not in a file.
  package let file: String?
  /// The line in ``file``, from 1; nil if the mistake concerns the file as a whole.
  package let line: Int?
  /// What is wrong, and what to write instead.
  package let problem: String

  /// A mistake.
  package init(file: String? = nil, line: Int? = nil, _ problem: String) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  /// `FILE: PROBLEM (line LINE)`.
  package var description: String {
    (file.map { "\($0): " } ?? "") + problem + (line.map { " (line \($0))" } ?? "")
  }
}
