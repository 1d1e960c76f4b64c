import DMARC
import Glibc

/// Finds the files under what was named on the command line, by name order, without opening any.
///
/// Names that start with a dot are left out: programs that deliver files give them such names until they are whole. Of a Maildir
/// (a folder with `cur` and `new`) the mails are taken, and nothing else.
public struct DirectoryWalk {
  /// Regular files, in the order in which they will be read.
  public private(set) var files: [InputFile] = []
  /// Paths that could not be looked at, each with the cause.
  public private(set) var problems: [(path: String, cause: Rejection)] = []
  private var seen: Set<String> = []
  private let excluded: Set<String>

  /// Walks the paths given; `-` is standard input.
  /// - Parameter excluding: folders that are not walked.
  public init(_ paths: [String], excluding: [String] = []) {
    excluded = Set(excluding.map(Self.absolute))
    for path in paths {
      if path == "-" {
        if seen.insert(path).inserted { files.append(.standardInput(now: Int64(time(nil)))) }
        continue
      }
      let absolute = Self.absolute(path)
      guard let status = Self.status(absolute) else {
        problems.append((path, Rejection(.unreadable, systemError("it cannot be looked at"))))
        continue
      }
      add(absolute, shown: path, status, isNamed: true, maildir: Self.maildir(of: PathText.folder(absolute)))
    }
  }

  private mutating func add(_ path: String, shown: String, _ status: stat, isNamed: Bool, maildir: String?) {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: if !excluded.contains(path) { walk(path, shown: shown) }
    case S_IFREG:
      guard seen.insert(path).inserted else { return }
      let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
      let unique = maildir.map { PathText.join($0, String(PathText.last(path).prefix { $0 != ":" })) }
      files.append(
        InputFile(
          path: path, ledgerName: unique ?? path, shown: shown, size: Int64(status.st_size), modified: modified,
          isNamed: isNamed, isInMaildir: maildir != nil))
    default:
      if isNamed { problems.append((shown, Rejection(.unreadable, "it is neither a file nor a folder"))) }
    }
  }

  private mutating func walk(_ folder: String, shown: String) {
    guard let names = names(in: folder, shown: shown) else { return }
    let isMaildir = names.contains("cur") && names.contains("new")
    let maildir = Self.maildir(of: folder)
    for name in names.sorted() {
      if isMaildir, name == "tmp" { continue }
      let path = PathText.join(folder, name)
      var link = stat()
      guard lstat(path, &link) == 0 else { continue }
      // Links to files are followed, links to folders are not: they make circles.
      guard let status = Self.status(path),
        link.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFREG
          || link.st_mode & S_IFMT == S_IFDIR
      else { continue }
      // What servers keep beside `cur` and `new` is no mail.
      if isMaildir, status.st_mode & S_IFMT == S_IFREG { continue }
      add(path, shown: PathText.join(shown, name), status, isNamed: false, maildir: maildir)
    }
  }

  private mutating func names(in folder: String, shown: String) -> [String]? {
    guard let directory = opendir(folder) else {
      problems.append((shown, Rejection(.unreadable, systemError("the folder cannot be read"))))
      return nil
    }
    defer { closedir(directory) }
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
    return names
  }

  /// The Maildir that a folder called `cur` or `new` belongs to.
  private static func maildir(of folder: String) -> String? {
    let name = PathText.last(folder)
    guard name == "cur" || name == "new" else { return nil }
    let root = PathText.folder(folder)
    let sibling = status(PathText.join(root, name == "cur" ? "new" : "cur"))
    return sibling.map { $0.st_mode & S_IFMT == S_IFDIR } == true ? root : nil
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
