import DMARC
import Glibc

/// A file that may hold reports, as a look at the directory shows it; or a stream: standard input, a FIFO or a device.
public struct InputFile: Sendable, Hashable {
  /// Absolute path; bytes that are not UTF-8 are escaped; `-` for standard input.
  public let path: String
  /// What the ledger knows it by: the path; for a mail in a Maildir a name without the flags, which come and go.
  public let ledgerName: String
  /// Path as a person would write it: relative where the command line was.
  public let shown: String
  /// What was named on the command line.
  public let source: String
  /// Bytes.
  public let size: Int64
  /// Time of last change.
  public let time: FileTime
  /// Whether a person named this very file, rather than a folder that it lies in.
  public let isNamed: Bool
  /// Whether it is a mail in a Maildir.
  public let isInMaildir: Bool
  /// Whether it can be read only once, and is not remembered.
  public var isStream = false

  /// Time of last change: `FileTime.stamp`.
  public var modified: Int64 { time.stamp }

  /// Standard input.
  public static func standardInput(now: Int64) -> InputFile { stream("-", shown: "standard input", now: now) }

  /// A FIFO or a device that a person named.
  static func stream(_ path: String, shown: String, now: Int64) -> InputFile {
    InputFile(
      path: path, ledgerName: path, shown: shown, source: path, size: 0, time: FileTime(seconds: now), isNamed: true,
      isInMaildir: false, isStream: true)
  }

  /// What its name and time say of a report in it.
  var hints: ReportHints {
    ReportHints(names: isStream || isInMaildir ? [] : [path], date: time.seconds)
  }

  /// A file in a folder is missed only where its name promises a report.
  var claimsToBeAReport: Bool {
    let name = path.lowercased()
    return isNamed || [".xml", ".gz", ".zip", ".gzip", ".bz2", ".tgz", ".tar"].contains { name.hasSuffix($0) }
  }

  /// Opens it for reading.
  /// - Parameter limits: a stream may have as many bytes as an input may inflate to, or a message may have.
  /// - Throws: a `InputError` where that cannot be done.
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
    // Some file systems do not know how long their files are.
    return file.size > 0 ? ByteSource(file) : try Self.readToEnd(file.descriptor, limit)
  }

  private func readStream(_ limit: Int64) throws(InputError) -> ByteSource {
    if path == "-" { return try Self.readToEnd(STDIN_FILENO, limit) }
    // This waits for a writer: a person named the FIFO and expects one.
    let descriptor = Glibc.open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw InputError.system("it cannot be opened") }
    defer { close(descriptor) }
    return try Self.readToEnd(descriptor, limit)
  }

  /// Where a mail of a Maildir is by now: programs that read mail move it from `new` to `cur` and change its flags.
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

  /// The path of a file that the ledger knows by this name; the name itself where there is none.
  public static func path(ofLedgerName name: String) -> String {
    var status = stat()
    if stat(PathText.native(name), &status) == 0 { return name }
    let inMaildir = PathText.join(PathText.join(PathText.folder(name), "cur"), PathText.last(name))
    return currentPath(of: inMaildir) ?? name
  }

  private static func readToEnd(_ descriptor: Int32, _ limit: Int64) throws(InputError) -> ByteSource {
    if isEndless(descriptor) {
      throw InputError(.unreadable, "it is a device without an end", remedy: .nameFile)
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
          .inflatedBytes, limit, "the stream has more than \(limit) bytes", remedy: .boundStream)
      }
      try spool.append(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
    }
    return try spool.source()
  }

  /// Whether it is one of the kernel's memory devices (`/dev/zero`, `/dev/full`, `/dev/urandom`), of which only `/dev/null` ends.
  private static func isEndless(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return false }
    let (major, minor) = (status.st_rdev >> 8 & 0xfff, status.st_rdev & 0xff)
    return major == 1 && minor != 3
  }
}

extension FileTime {
  /// The time of last change of a file.
  public init(_ status: stat) {
    self.init(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
  }
}
