public import DMARC
public import Glibc

/// Finds the files under the given paths in the order of their names, without opening any.
///
/// Names that start with a dot are skipped, because programs that deliver files use such names until a file is complete; the first ones
/// are listed in ``omissions``. In a Maildir (a folder with `cur` and `new`) only the messages are found, including those of Maildir++
/// subfolders (`.Name`).
///
/// ```swift
/// let walk = DirectoryWalk(["reports", "-"])
/// for file in walk.files { print(file.shown, file.size) }
/// for problem in walk.problems { print(problem.path, problem.cause.explanation) }
/// ```
public struct DirectoryWalk {
  /// Something that was skipped on purpose.
  public struct Omission: Sendable, Hashable {
    /// The given path that led to it.
    public var source: String
    /// The path for display.
    public var path: String
    /// Why it was skipped, without a final period.
    public var cause: String
    /// Whether it may disappear soon, because files have such names until they are complete.
    public var isPassing = false
  }

  /// The regular files and streams, in reading order.
  public private(set) var files: [InputFile] = []
  /// The paths that could not be examined, each with the cause.
  public private(set) var problems: [(path: String, cause: InputError)] = []
  /// The given path for each of ``problems``.
  public private(set) var problemSources: [String] = []
  /// What was skipped although a person may not expect it.
  public private(set) var omissions: [Omission] = []
  /// The number of files and folders that were skipped because their names start with a dot.
  public private(set) var hiddenNames = 0
  /// The number of dot names in ``omissions``, temporary and lasting ones.
  private var namedHidden = (passing: 0, lasting: 0)
  private static let maxNamedHidden = 20
  /// The paths found so far; nil if none can be found twice, because only one path was given.
  private var seen: Set<String>?
  private var depth = 0
  private let excluded: Set<String>
  private let now: Int64
  private var source = ""

  /// Walks the given paths; `-` is standard input.
  /// - Parameters:
  ///   - paths: files and folders.
  ///   - excluding: folders to skip.
  ///   - now: the current time, epoch seconds.
  public init(_ paths: [String], excluding: [String] = [], now: Int64 = Int64(time(nil))) {
    self.now = now
    excluded = Set(excluding.map { Self.absolute($0) })
    seen = paths.count > 1 ? [] : nil
    for path in paths {
      source = path
      if path == "-" {
        if isFirst(path) { files.append(.standardInput(now: now)) }
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
        if isFirst(named) { files.append(.stream(named, shown: path, now: now)) }
      } else {
        add(absolute, shown: path, status, isNamed: true, maildir: Self.maildir(of: PathText.folder(absolute)))
      }
    }
  }

  private mutating func isFirst(_ path: String) -> Bool { seen?.insert(path).inserted ?? true }

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
    let isLasting = isFolder || (Self.looksLikeReport(path) && age > Self.maxDeliveryTime)
    guard (isLasting ? namedHidden.lasting : namedHidden.passing) < Self.maxNamedHidden else { return }
    if isLasting { namedHidden.lasting += 1 } else { namedHidden.passing += 1 }
    let hint = isFolder ? "name the folder itself to read it" : "rename it to read it"
    omissions.append(
      Omission(
        source: source, path: shown, cause: "its name starts with a dot, so it was skipped: \(hint)",
        isPassing: !isLasting))
  }

  /// The age in seconds from which a file with a dot name is not being delivered any more.
  private static let maxDeliveryTime: Int64 = 3_600

  private static func looksLikeReport(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".xml", ".gz", ".zip", ".eml"].contains { name.hasSuffix($0) }
  }

  private mutating func add(_ path: String, shown: String, _ status: stat, isNamed: Bool, maildir: String?) {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: if !excluded.contains(path) { walk(path, shown: shown) }
    case S_IFREG:
      guard isFirst(path) else { return }
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
        omit(shown, "it is \(kind), not a file, so it was skipped")
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
    // Names are looked up in the open folder: the kernel need not resolve its path again for each file.
    let handle = depth < Self.maxHandles ? FolderHandle(folder) : nil
    depth += 1
    defer { depth -= 1 }
    let isMaildir = names.contains("cur") && names.contains("new")
    let maildir = Self.maildir(of: folder)
    var isRefused = false
    for name in names.sorted() {
      if isMaildir, name == "tmp" { continue }
      let path = PathText.join(folder, name)
      if name.hasPrefix(".") {
        guard isMaildir, Self.isMaildir(path) else {
          // Servers keep lock files and lists here, which are ignored like all files next to `cur` and `new`.
          if !isMaildir || Self.isFolder(path) { omitHidden(path, shown: PathText.join(shown, name)) }
          continue
        }
      }
      var link = stat()
      guard handle?.status(name, &link) ?? Self.linkStatus(path, &link) else {
        // A file that has disappeared since is not a fault. A folder without search permission is reported once.
        if errno != ENOENT, !isRefused {
          isRefused = true
          problem(shown, .system("the files in this folder cannot be accessed"))
        }
        continue
      }
      addEntry(path, shown: PathText.join(shown, name), link, isInMaildirRoot: isMaildir, maildir: maildir)
    }
  }

  /// The maximum number of folders inside each other that are kept open.
  private static let maxHandles = 64

  private static func linkStatus(_ path: String, _ link: inout stat) -> Bool {
    PathText.withNative(path) { lstat($0, &link) } == 0
  }

  private mutating func addEntry(
    _ path: String, shown: String, _ link: stat, isInMaildirRoot: Bool, maildir: String?
  ) {
    let isLink = link.st_mode & S_IFMT == S_IFLNK
    guard let status = isLink ? Self.status(path) : link else {
      return omit(shown, "it is a broken symbolic link, so it was skipped")
    }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    // Links to files are followed; links to folders are not, because they may form cycles.
    if isLink, isFolder {
      return omit(shown, "it is a symbolic link to a folder, and such links are not followed: name the folder itself")
    }
    // What servers keep next to `cur` and `new` is not a message.
    if isInMaildirRoot, !isFolder { return }
    if isInMaildirRoot, !["cur", "new"].contains(PathText.last(path)), !Self.isMaildir(path) {
      return omit(
        shown,
        "it is in a Maildir, but is not a Maildir itself, so it was skipped: name the folder itself to read it")
    }
    add(path, shown: shown, status, isNamed: false, maildir: maildir)
  }

  private mutating func names(in folder: String, shown: String) -> [String]? {
    guard let directory = opendir(PathText.native(folder)) else {
      // A folder may disappear while its siblings are walked.
      if errno != ENOENT || shown == source { problem(shown, .system("the folder cannot be read")) }
      return nil
    }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { PathText.text($0[..<Self.length(of: $0)]) }
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
    return PathText.withNative(path) { stat($0, &status) } == 0 ? status : nil
  }

  private static func length(of bytes: UnsafeRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress, let end = memchr(start, 0, bytes.count) else { return bytes.count }
    return UnsafeRawPointer(end) - start
  }

  /// A path as given by a person. It may contain the escapes of bytes that are not UTF-8, as displayed.
  private static func named(_ path: String) -> String {
    let literal = PathText.text(Array(path.utf8))
    return literal == path || status(literal) != nil ? literal : path
  }

  /// The absolute path without `.` and `..`, so that the ledger recognises a file from another working directory.
  private static func absolute(_ path: String) -> String {
    guard let resolved = realpath(PathText.native(path), nil) else { return path }
    defer { free(resolved) }
    return PathText.text(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
  }
}
