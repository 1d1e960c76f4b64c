import Glibc
import Intake

/// The copy of a file in the target folder, before it gets its final name.
///
/// It is locked while in use. A copy that is not locked was left by a run that crashed, and may be removed.
struct MoveDraft {
  let path: [CChar]
  let descriptor: Int32

  private static let prefix = ".dmarcstat."
  private static let randomLength = 6

  /// Creates an empty file; nil with `errno` on failure.
  init?(in folder: String) {
    for _ in 0..<100 {
      var template = Array("\(folder)/\(Self.prefix)\(String(repeating: "X", count: Self.randomLength))".utf8CString)
      let file = mkstemp(&template)
      guard file >= 0 else { return nil }
      _ = fcntl(file, F_SETFD, FD_CLOEXEC)
      var status = stat()
      // Another run may have removed it before it was locked. Without locks, no run removes copies.
      let isLocked = flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
      if isLocked, fstat(file, &status) == 0, status.st_nlink > 0 {
        (path, descriptor) = (template, file)
        return
      }
      close(file)
    }
    errno = EAGAIN
    return nil
  }

  /// Removes the temporary name and closes the file, which has its final name by then if it is needed.
  func remove() {
    unlink(path)
    close(descriptor)
  }

  /// Removes copies that crashed runs left in a folder.
  static func removeLeftovers(in folder: String) {
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if isName(name) { removeIfUnused(name, dirfd(directory)) }
    }
  }

  private static func isName(_ name: [UInt8]) -> Bool {
    guard name.count == prefix.utf8.count + randomLength, name.starts(with: prefix.utf8) else { return false }
    return name.suffix(randomLength).allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
  }

  private static func removeIfUnused(_ name: [UInt8], _ folder: Int32) {
    let name = name.map { CChar(bitPattern: $0) } + [0]
    let file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { return }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
      flock(file, LOCK_EX | LOCK_NB) == 0
    else { return }
    unlinkat(folder, name, 0)
  }
}
