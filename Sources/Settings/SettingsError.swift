/// Why a setting cannot be used: an error in the configuration or in a mailbox URL, or a missing home folder.
package struct SettingsError: Error, Hashable, CustomStringConvertible {
  /// The configuration file; nil if the error is not in a file.
  package let file: String?
  /// The line in ``file``, from 1; nil if the error concerns the whole file.
  package let line: Int?
  /// What is wrong, and what to write instead.
  package let problem: String

  /// An error in a setting.
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
