import Glibc
import Intake

/// Who may read and write a file or folder.
struct FileRights {
  let mode: mode_t
  let isFolder: Bool
  let owner: uid_t
  let group: gid_t

  /// - Returns: nil if it does not exist or may not be looked at.
  init?(_ path: String) {
    var status = stat()
    guard stat(PathText.native(path), &status) == 0 else { return nil }
    (mode, owner, group) = (status.st_mode & 0o7777, status.st_uid, status.st_gid)
    isFolder = status.st_mode & S_IFMT == S_IFDIR
  }

  /// The mode as `chmod` takes it.
  var octal: String { "0" + String(mode, radix: 8) }

  /// Whether someone other than the owner may change it. In a folder with the sticky bit, only owners change their files.
  var othersMayWrite: Bool { mode & 0o022 != 0 && !(isFolder && mode & S_ISVTX != 0) }
  var othersMayRead: Bool { mode & 0o044 != 0 }
  /// Whether it belongs to someone who is neither this user nor root.
  var isForeign: Bool { owner != geteuid() && owner != 0 }

  /// The owner, and the group if it may read, by name.
  var readers: String {
    let user = getpwuid(owner).map { String(cString: $0.pointee.pw_name) } ?? "UID \(owner)"
    guard mode & 0o040 != 0 else { return user }
    return user + ", " + (getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? "GID \(group)")
  }

  /// The folder that holds a file.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The folder itself, or the nearest one above it that exists.
  static func nearestFolder(_ folder: String) -> String {
    var folder = folder
    while folder != "/", folder != ".", access(PathText.native(folder), F_OK) != 0 { folder = self.folder(of: folder) }
    return folder
  }

  static func mayWrite(_ path: String) -> Bool { access(PathText.native(path), W_OK) == 0 }
}
