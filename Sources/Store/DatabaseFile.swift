import Glibc

/// The file of a database in the file system: what it may be read by, and whether it is still the one that was opened.
struct DatabaseFile: Sendable {
  let path: String
  private let device: UInt64
  private let inode: UInt64

  /// The file that is at a path now; nil if there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.path = path
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// Whether the path still leads to this file.
  var isInPlace: Bool {
    guard let now = DatabaseFile(path) else { return false }
    return now.device == device && now.inode == inode
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
