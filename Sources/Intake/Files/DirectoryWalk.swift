import DMARC
import Glibc

/// Finds the files under what was named on the command line, by name order, without opening any.
///
/// Names that start with a dot are left out, and the first ones named: programs that deliver files give them such names until they are whole. Of a Maildir
/// (a folder with `cur` and `new`) the mails are taken, those of its Maildir++ subfolders (`.Name`) too, and nothing else.
public struct DirectoryWalk {
  /// Something that was left out on purpose.
  public struct Omission: Sendable, Hashable {
    /// What was named on the command line.
    public var source: String
    /// The path as a person would write it.
    public var path: String
    /// Why, without a full stop.
    public var cause: String
    /// Whether it may be gone soon: files have such names until they are whole.
    public var isPassing = false
  }

  /// Regular files and streams, in the order in which they will be read.
  public private(set) var files: [InputFile] = []
  /// Paths that could not be looked at, each with the cause.
  public private(set) var problems: [(path: String, cause: InputError)] = []
  /// What was named on the command line for each of ``problems``.
  public private(set) var problemSources: [String] = []
  /// What was left out, and a person may not expect that.
  public private(set) var omissions: [Omission] = []
  /// Files and folders that were left out because their names start with a dot.
  public private(set) var hiddenNames = 0
  /// Names with a dot that are among the ``omissions``, those that may be gone soon apart.
  private var namedHidden = (passing: 0, lasting: 0)
  private static let mostNamedHidden = 20
  private var seen: Set<String> = []
  private let excluded: Set<String>
  private let now: Int64
  private var source = ""

  /// Walks the paths given; `-` is standard input.
  /// - Parameters:
  ///   - excluding: folders that are not walked.
  ///   - now: epoch seconds.
  public init(_ paths: [String], excluding: [String] = [], now: Int64 = Int64(time(nil))) {
    self.now = now
    excluded = Set(excluding.map { Self.absolute($0) })
    for path in paths {
      source = path
      if path == "-" {
        if seen.insert(path).inserted { files.append(.standardInput(now: now)) }
        continue
      }
      let named = Self.named(path)
      guard let status = Self.status(named) else {
        problem(path, .system("it cannot be accessed"))
        continue
      }
      let absolute = Self.absolute(named)
      let format = status.st_mode & S_IFMT
      if format == S_IFIFO || format == S_IFCHR {
        if seen.insert(named).inserted { files.append(.stream(named, shown: path, now: now)) }
      } else {
        add(absolute, shown: path, status, isNamed: true, maildir: Self.maildir(of: PathText.folder(absolute)))
      }
    }
  }

  private mutating func problem(_ path: String, _ cause: InputError) {
    problems.append((path, cause))
    problemSources.append(source)
  }

  private mutating func omit(_ path: String, _ cause: String) {
    omissions.append(Omission(source: source, path: path, cause: cause))
  }

  private mutating func omitHidden(_ path: String, shown: String) {
    hiddenNames += 1
    guard let status = Self.status(path) else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    let age = now.subtractingClamped(max(Int64(status.st_ctim.tv_sec), Int64(status.st_mtim.tv_sec)))
    let isLasting = isFolder || (Self.looksLikeReport(path) && age > Self.secondsToBecomeWhole)
    guard (isLasting ? namedHidden.lasting : namedHidden.passing) < Self.mostNamedHidden else { return }
    if isLasting { namedHidden.lasting += 1 } else { namedHidden.passing += 1 }
    let way = isFolder ? "name the folder itself to read it" : "rename it to read it"
    omissions.append(
      Omission(
        source: source, path: shown, cause: "its name begins with a dot, so it was left out: \(way)",
        isPassing: !isLasting))
  }

  /// Longer than any program takes to deliver a file.
  private static let secondsToBecomeWhole: Int64 = 3_600

  private static func looksLikeReport(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".xml", ".gz", ".zip", ".eml"].contains { name.hasSuffix($0) }
  }

  private mutating func add(_ path: String, shown: String, _ status: stat, isNamed: Bool, maildir: String?) {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: if !excluded.contains(path) { walk(path, shown: shown) }
    case S_IFREG:
      guard seen.insert(path).inserted else { return }
      let unique = maildir.map { PathText.join($0, String(PathText.last(path).prefix { $0 != ":" })) }
      files.append(
        InputFile(
          path: path, ledgerName: unique ?? path, shown: shown, source: source, size: Int64(status.st_size),
          time: FileTime(status), isNamed: isNamed, isInMaildir: maildir != nil))
    default:
      let kind = Self.kind(status)
      if isNamed {
        problem(
          shown, InputError(.unreadable, "it is \(kind), which cannot be read", remedy: .pipeContent))
      } else {
        omit(shown, "it is \(kind), not a file: left out")
      }
    }
  }

  private static func kind(_ status: stat) -> String {
    switch status.st_mode & S_IFMT {
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }

  private mutating func walk(_ folder: String, shown: String) {
    guard let names = names(in: folder, shown: shown) else { return }
    let isMaildir = names.contains("cur") && names.contains("new")
    let maildir = Self.maildir(of: folder)
    var isRefused = false
    for name in names.sorted() {
      if isMaildir, name == "tmp" { continue }
      let path = PathText.join(folder, name)
      if name.hasPrefix(".") {
        guard isMaildir, Self.isMaildir(path) else {
          // Servers keep lock files and lists here, which are ignored like all files beside `cur` and `new`.
          if !isMaildir || Self.isFolder(path) { omitHidden(path, shown: PathText.join(shown, name)) }
          continue
        }
      }
      var link = stat()
      guard lstat(PathText.native(path), &link) == 0 else {
        // What is gone since the folder was read is no fault; a folder that may not be searched is told once.
        if errno != ENOENT, !isRefused {
          isRefused = true
          problem(shown, .system("the files in this folder cannot be accessed"))
        }
        continue
      }
      addEntry(path, shown: PathText.join(shown, name), link, isInMaildirRoot: isMaildir, maildir: maildir)
    }
  }

  private mutating func addEntry(
    _ path: String, shown: String, _ link: stat, isInMaildirRoot: Bool, maildir: String?
  ) {
    let isLink = link.st_mode & S_IFMT == S_IFLNK
    guard let status = isLink ? Self.status(path) : link else {
      return omit(shown, "it is a link that leads nowhere: left out")
    }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    // Links to files are followed, links to folders are not: they make circles.
    if isLink, isFolder {
      return omit(shown, "it is a link to a folder, and such links are not followed: name the folder itself")
    }
    // What servers keep beside `cur` and `new` is no mail.
    if isInMaildirRoot, !isFolder { return }
    let name = PathText.last(path)
    if isInMaildirRoot, name != "cur", name != "new", !Self.isMaildir(path) {
      return omit(
        shown,
        "it lies in a Maildir, but is not a Maildir itself, so it was left out: name the folder itself to read it")
    }
    add(path, shown: shown, status, isNamed: false, maildir: maildir)
  }

  private mutating func names(in folder: String, shown: String) -> [String]? {
    guard let directory = opendir(PathText.native(folder)) else {
      // A folder may go while its neighbours are walked.
      if errno != ENOENT || shown == source { problem(shown, .system("the folder cannot be read")) }
      return nil
    }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { PathText.text($0.prefix { $0 != 0 }) }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    if errno != 0 { problem(shown, .system("the folder cannot be read to its end")) }
    return names
  }

  /// The Maildir that a folder called `cur` or `new` belongs to.
  private static func maildir(of folder: String) -> String? {
    let name = PathText.last(folder)
    guard name == "cur" || name == "new" else { return nil }
    let root = PathText.folder(folder)
    return isFolder(PathText.join(root, name == "cur" ? "new" : "cur")) ? root : nil
  }

  private static func isMaildir(_ folder: String) -> Bool {
    ["cur", "new"].allSatisfy { isFolder(PathText.join(folder, $0)) }
  }

  private static func isFolder(_ path: String) -> Bool {
    status(path).map { $0.st_mode & S_IFMT == S_IFDIR } == true
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(PathText.native(path), &status) == 0 ? status : nil
  }

  /// A path as a person gave it. It may be the text of a path with other bytes than UTF-8, as it was shown.
  private static func named(_ path: String) -> String {
    let literal = PathText.text(Array(path.utf8))
    return literal == path || status(literal) != nil ? literal : path
  }

  /// The path from the root, without `.` and `..`, so that the ledger knows a file again from another working directory.
  private static func absolute(_ path: String) -> String {
    guard let resolved = realpath(PathText.native(path), nil) else { return path }
    defer { free(resolved) }
    return PathText.text(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
  }
}
