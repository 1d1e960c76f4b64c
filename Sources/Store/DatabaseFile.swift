import Glibc

/// The file of a database in the file system: what it may be read by, and whether it is still the one that was opened.
struct DatabaseFile: Sendable {
  let path: String
  private let device: UInt64
  private let inode: UInt64
  /// Never closed: a process loses all POSIX locks on a file, those of SQLite too, when it closes any descriptor of it.
  private let descriptor: Int32

  /// The file that is at a path now; nil if there is none.
  init?(_ path: String) {
    guard let (device, inode) = Self.identity(path) else { return nil }
    self.path = path
    self.device = device
    self.inode = inode
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
  }

  /// Whether the path still leads to this file, and the file is still an SQLite database: it may have been emptied or written over.
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

  /// Makes an empty file that only its owner may read, if there is none; what is there stays as it is. SQLite gives the files that it
  /// puts beside it the same rights.
  /// - Returns: whether the file was made.
  @discardableResult
  static func make(_ path: String) -> Bool {
    // A link may lead to a file that is yet to be made.
    let isThere = access(path, F_OK) == 0
    let descriptor = isThere ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    // The process may run with a umask that takes rights away from the owner.
    fchmod(descriptor, 0o600)
    close(descriptor)
    return true
  }

  static func makeFolders(to path: String) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    guard access(folder, F_OK) != 0 else { return }
    makeFolders(to: folder)
    if mkdir(folder, 0o700) == 0 { chmod(folder, 0o700) }
  }
}
