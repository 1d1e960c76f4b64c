import DMARC
import Glibc

/// A file that may hold reports, as a look at the directory shows it.
public struct InputFile: Sendable, Hashable {
  /// Absolute path: what the ledger knows it by.
  public let path: String
  /// Path as a person would write it: relative where the command line was.
  public let shown: String
  /// Bytes.
  public let size: Int64
  /// Time of last change in nanoseconds since 1970.
  public let modified: Int64
  /// Whether a person named this very file, rather than a folder that it lies in.
  public let isNamed: Bool
}

/// Finds the files under what was named on the command line, by name order, without opening any.
///
/// Names that start with a dot are left out: programs that deliver files give them such names until they are whole.
public struct DirectoryWalk {
  /// Regular files, in the order in which they will be read.
  public private(set) var files: [InputFile] = []
  /// Paths that could not be looked at, each with the cause.
  public private(set) var problems: [(path: String, cause: Rejection)] = []
  private var seen: Set<String> = []

  /// Walks the paths given.
  public init(_ paths: [String]) {
    for path in paths {
      let absolute = Self.absolute(path)
      guard let status = Self.status(absolute) else {
        problems.append((path, Rejection(.unreadable, systemError("it cannot be looked at"))))
        continue
      }
      add(absolute, shown: path, status, isNamed: true)
    }
  }

  private mutating func add(_ path: String, shown: String, _ status: stat, isNamed: Bool) {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: walk(path, shown: shown)
    case S_IFREG:
      guard seen.insert(path).inserted else { return }
      let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
      files.append(
        InputFile(path: path, shown: shown, size: Int64(status.st_size), modified: modified, isNamed: isNamed))
    default:
      if isNamed { problems.append((shown, Rejection(.unreadable, "it is neither a file nor a folder"))) }
    }
  }

  private mutating func walk(_ folder: String, shown: String) {
    guard let directory = opendir(folder) else {
      problems.append((shown, Rejection(.unreadable, systemError("the folder cannot be read"))))
      return
    }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(validating: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let name else {
        problems.append(
          (shown, Rejection(.unreadable, "it holds a file whose name is not UTF-8", nextStep: "rename it")))
        continue
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    closedir(directory)
    for name in names.sorted() {
      let path = Self.join(folder, name)
      var link = stat()
      guard lstat(path, &link) == 0 else { continue }
      // Links to files are followed, links to folders are not: they make circles.
      guard let status = Self.status(path),
        link.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFREG
          || link.st_mode & S_IFMT == S_IFDIR
      else { continue }
      add(path, shown: Self.join(shown, name), status, isNamed: false)
    }
  }

  private static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }

  /// The path from the root, without `.` and `..`, so that the ledger knows a file again from another working directory.
  private static func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
