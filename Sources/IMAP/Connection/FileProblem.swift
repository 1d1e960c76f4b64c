import Glibc

/// Why a file cannot be read.
enum FileProblem {
  /// Words that follow its name; nil if it can be read.
  static func text(_ path: String) -> String? {
    var facts = stat()
    guard stat(path, &facts) == 0, access(path, R_OK) == 0 else {
      return "cannot be read (\(String(cString: strerror(errno)))): check that it exists and that you may read it"
    }
    return facts.st_mode & S_IFMT == S_IFDIR ? "is a folder: name the file in it" : nil
  }
}
