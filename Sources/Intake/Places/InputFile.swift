import DMARC
import Glibc

/// A file that may hold reports, as a look at the directory shows it; or standard input.
public struct InputFile: Sendable, Hashable {
  /// Absolute path; `-` for standard input.
  public let path: String
  /// What the ledger knows it by: the path; for a mail in a Maildir a name without the flags, which come and go.
  public let ledgerName: String
  /// Path as a person would write it: relative where the command line was.
  public let shown: String
  /// Bytes.
  public let size: Int64
  /// Time of last change in nanoseconds since 1970.
  public let modified: Int64
  /// Whether a person named this very file, rather than a folder that it lies in.
  public let isNamed: Bool
  /// Whether it is a mail in a Maildir.
  public let isInMaildir: Bool

  /// Standard input: read once, and not remembered.
  public static func standardInput(now: Int64) -> InputFile {
    InputFile(
      path: "-", ledgerName: "-", shown: "standard input", size: 0, modified: now * 1_000_000_000, isNamed: true,
      isInMaildir: false)
  }

  /// Whether this is standard input.
  public var isStandardInput: Bool { path == "-" }

  /// What its name and time say of a report in it.
  var hints: ReportHints {
    ReportHints(names: isStandardInput || isInMaildir ? [] : [path], date: modified / 1_000_000_000)
  }

  /// A file in a folder is missed only where its name promises a report.
  var claimsToBeAReport: Bool {
    let name = path.lowercased()
    return isNamed || [".xml", ".gz", ".zip", ".gzip", ".bz2", ".tgz", ".tar"].contains { name.hasSuffix($0) }
  }

  /// Opens it for reading.
  /// - Throws: a ``Rejection`` where that cannot be done.
  func open() throws(Rejection) -> ByteSource {
    if isStandardInput { return try Self.readToEnd(STDIN_FILENO) }
    let file: OpenFile
    do {
      file = try OpenFile(path: path)
    } catch {
      guard isInMaildir, let moved = Self.currentPath(of: path) else { throw error }
      file = try OpenFile(path: moved)
    }
    // Some file systems do not know how long their files are.
    return file.size > 0 ? ByteSource(file) : try Self.readToEnd(file.descriptor)
  }

  /// Where a mail of a Maildir is by now: programs that read mail move it from `new` to `cur` and change its flags.
  public static func currentPath(of path: String) -> String? {
    var status = stat()
    if stat(path, &status) == 0 { return path }
    let name = PathText.last(path)
    let unique = name.prefix { $0 != ":" }
    let root = PathText.folder(PathText.folder(path))
    for part in ["cur", "new"] {
      let folder = "\(root)/\(part)"
      guard let directory = opendir(folder) else { continue }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let candidate = withUnsafeBytes(of: entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if candidate.prefix(while: { $0 != ":" }) == unique { return "\(folder)/\(candidate)" }
      }
    }
    return nil
  }

  /// The path of a file that the ledger knows by this name; the name itself where there is none.
  public static func path(ofLedgerName name: String) -> String {
    var status = stat()
    if stat(name, &status) == 0 { return name }
    let inMaildir = PathText.join(PathText.join(PathText.folder(name), "cur"), PathText.last(name))
    return currentPath(of: inMaildir) ?? name
  }

  private static func readToEnd(_ descriptor: Int32) throws(Rejection) -> ByteSource {
    let spool = Spool()
    let buffer = PieceBuffer()
    while true {
      let count = read(descriptor, buffer.bytes.baseAddress, buffer.bytes.count)
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Rejection(.unreadable, systemError("it cannot be read")) }
      try spool.append(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
    }
    return try spool.source()
  }
}

/// Paths as text.
enum PathText {
  static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  static func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The folder that a path lies in.
  static func folder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
