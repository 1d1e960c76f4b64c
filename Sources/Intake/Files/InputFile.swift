public import DMARC
public import Glibc

/// A file that may contain reports, as found in its directory; or a stream: standard input, a FIFO or a device.
public struct InputFile: Sendable, Hashable {
  /// Absolute path; bytes that are not UTF-8 are escaped; `-` for standard input.
  public let path: String
  /// Its name in the ledger: the path, or for a message in a Maildir a name without the flags, which change.
  public let ledgerName: String
  /// The path for display: relative if the given path was.
  public let shown: String
  /// The given path that led to it.
  public let source: String
  /// The size in bytes.
  public let size: Int64
  /// The modification time.
  public let time: FileTime
  /// Whether this file itself was given, rather than a folder that contains it.
  public let isNamed: Bool
  /// Whether it is a message in a Maildir.
  public let isInMaildir: Bool
  /// Whether it can be read only once and is not recorded in the ledger.
  public var isStream = false

  /// The modification time as `FileTime.stamp`.
  public var modified: Int64 { time.stamp }

  /// Standard input.
  /// - Parameter now: the current time, epoch seconds.
  public static func standardInput(now: Int64) -> InputFile { stream("-", shown: "standard input", now: now) }

  /// A FIFO or device that was given.
  static func stream(_ path: String, shown: String, now: Int64) -> InputFile {
    InputFile(
      path: path, ledgerName: path, shown: shown, source: path, size: 0, time: FileTime(seconds: now), isNamed: true,
      isInMaildir: false, isStream: true)
  }

  /// What its name and time say about a report in it.
  var hints: ReportHints {
    ReportHints(names: isStream || isInMaildir ? [] : [path], date: time.seconds)
  }

  /// Whether a file without a report is an error. In a folder it is one only if the name suggests a report.
  var claimsToBeAReport: Bool {
    if isNamed { return true }
    // Nearly all names end like this, so the others are looked at only if this one does not.
    let name = path.suffix(5).lowercased()
    return Self.reportExtensions.contains { name.hasSuffix($0) } || ReportFileName(path) != nil
  }

  /// Whether an Outlook message or an encrypted one contains a report cannot be told.
  private static let reportExtensions = [".xml", ".gz", ".zip", ".gzip", ".bz2", ".tgz", ".tar", ".msg", ".p7m"]

  /// Opens the file for reading.
  /// - Parameter limits: they also limit the size of a stream: to that of inflated bytes or of a message, whichever is larger.
  /// - Throws: `InputError` if it cannot be opened.
  func open(_ limits: Limits) throws(InputError) -> ByteSource {
    let limit = max(limits.inflatedBytes, limits.mailBytes)
    if isStream { return try readStream(limit) }
    let file: OpenFile
    do {
      file = try OpenFile(path: path)
    } catch {
      let isGone = access(PathText.native(path), F_OK) != 0 && errno == ENOENT
      guard isInMaildir, let moved = Self.currentPath(of: path) else { throw isGone && !isNamed ? .vanished : error }
      file = try OpenFile(path: moved)
    }
    // Some file systems do not know the sizes of their files.
    return file.size > 0 ? ByteSource(ofFewBytes: file) ?? ByteSource(file) : try Self.readToEnd(file.descriptor, limit)
  }

  private func readStream(_ limit: Int64) throws(InputError) -> ByteSource {
    if path == "-" { return try Self.readToEnd(STDIN_FILENO, limit) }
    // This waits for a writer, as expected of a FIFO that was given.
    let descriptor = Glibc.open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw InputError.system("it cannot be opened") }
    defer { close(descriptor) }
    return try Self.readToEnd(descriptor, limit)
  }

  /// The current path of a message in a Maildir, which mail readers move from `new` to `cur` and rename; nil if it is gone.
  public static func currentPath(of path: String) -> String? {
    var status = stat()
    if stat(PathText.native(path), &status) == 0 { return path }
    let name = PathText.last(path)
    let unique = name.prefix { $0 != ":" }
    let root = PathText.folder(PathText.folder(path))
    for part in ["cur", "new"] {
      let folder = "\(root)/\(part)"
      guard let directory = opendir(PathText.native(folder)) else { continue }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let candidate = withUnsafeBytes(of: entry.pointee.d_name) { PathText.text($0.prefix { $0 != 0 }) }
        if candidate.prefix(while: { $0 != ":" }) == unique { return "\(folder)/\(candidate)" }
      }
    }
    return nil
  }

  /// The path of the file with this name in the ledger; the name itself if there is none.
  public static func path(ofLedgerName name: String) -> String {
    var status = stat()
    if stat(PathText.native(name), &status) == 0 { return name }
    let inMaildir = PathText.join(PathText.join(PathText.folder(name), "cur"), PathText.last(name))
    return currentPath(of: inMaildir) ?? name
  }

  private static func readToEnd(_ descriptor: Int32, _ limit: Int64) throws(InputError) -> ByteSource {
    if isEndless(descriptor) {
      throw InputError(.unreadable, "it is a device that never ends", remedy: .nameFile)
    }
    let spool = Spool()
    var total: Int64 = 0
    let buffer = PieceBuffer()
    while true {
      let count = read(descriptor, buffer.bytes.baseAddress, buffer.bytes.count)
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw InputError.system("it cannot be read") }
      total += Int64(count)
      if total > limit {
        throw InputError.limit(
          .inflatedBytes, limit, "the stream contains more than \(limit) bytes", remedy: .boundStream)
      }
      try spool.append(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
    }
    return try spool.source()
  }

  /// Whether it is a memory device of the kernel without an end (`/dev/zero`, `/dev/full`, `/dev/urandom`; not `/dev/null`).
  private static func isEndless(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return false }
    let (major, minor) = (status.st_rdev >> 8 & 0xfff, status.st_rdev & 0xff)
    return major == 1 && minor != 3
  }
}

extension FileTime {
  /// The modification time of a file.
  public init(_ status: stat) {
    self.init(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
  }
}
