import Glibc

/// Explains why a file cannot be read.
enum FileProblem {
  /// The cause, as text that follows the name of the file; nil if the file can be read.
  static func text(_ path: String) -> String? {
    var facts = stat()
    guard stat(path, &facts) == 0, access(path, R_OK) == 0 else {
      return
        "cannot be read (\(String(cString: strerror(errno)))): check that it exists and that you have permission to read it"
    }
    return facts.st_mode & S_IFMT == S_IFDIR ? "is a folder: name the file in it" : nil
  }
}
