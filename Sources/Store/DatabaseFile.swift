import Glibc

/// The file of a database: who may read it, and whether it is still the file that was opened.
struct DatabaseFile: Sendable {
  let path: String
  private let device: UInt64
  private let inode: UInt64
  /// Never closed: when a process closes any descriptor of a file, it loses all its POSIX locks on it, those of SQLite too.
  private let descriptor: Int32

  /// The file at a path; nil if there is none.
  init?(_ path: String) {
    guard let (device, inode) = Self.identity(path) else { return nil }
    self.path = path
    self.device = device
    self.inode = inode
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
  }

  /// Whether the path still names this file, and the file is still an SQLite database: it may have been truncated or overwritten.
  var isInPlace: Bool {
    guard let now = Self.identity(path), now == (device, inode) else { return false }
    var start = [UInt8](repeating: 0, count: Self.magic.count)
    return descriptor >= 0 && pread(descriptor, &start, start.count, 0) == start.count && start == Self.magic
  }

  /// The first bytes of every database file (SQLite, "Database File Format", section 1.3).
  private static let magic = Array("SQLite format 3\0".utf8)

  private static func identity(_ path: String) -> (device: UInt64, inode: UInt64)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return (UInt64(status.st_dev), UInt64(status.st_ino))
  }

  /// Creates an empty file that only its owner may read, unless the file exists. SQLite gives the files that it creates next to it the
  /// same permissions.
  /// - Returns: whether the file was created.
  @discardableResult
  static func make(_ path: String) -> Bool {
    // The path may be a link to a file that does not exist yet.
    let isThere = access(path, F_OK) == 0
    let descriptor = isThere ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    // The umask may take permissions away even from the owner.
    fchmod(descriptor, 0o600)
    close(descriptor)
    return true
  }

  /// Creates the missing folders of a path, for their owner only.
  static func makeFolders(to path: String) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    guard access(folder, F_OK) != 0 else { return }
    makeFolders(to: folder)
    if mkdir(folder, 0o700) == 0 { chmod(folder, 0o700) }
  }
}
